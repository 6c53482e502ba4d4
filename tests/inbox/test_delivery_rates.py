"""How fast a number may send."""

import asyncio
from itertools import pairwise

import pytest

from clinic_inbox.tenancy import clinic_scope
from inbox import realtime
from inbox.delivery import rates
from inbox.delivery.claim import claim
from inbox.delivery.rates import Pace, retry_delay
from inbox.delivery.record import MOST_TRIES
from tests.inbox.outbound import to


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def turns(pace: Pace, clock: Clock, count: int) -> list[float]:
    """When `count` sends left, each taking its turn as soon as it may."""
    left = []
    for _ in range(count):
        clock.now += max(0.0, pace.reserve())
        clock.now += pace.crowded()
        pace.begin()
        pace.done()
        left.append(clock.now)
    return left


def most_in_a_second(times: list[float]) -> int:
    """The largest number of sends in any window of one second."""
    return max(sum(start <= time < start + 1 for time in times) for start in times)


@pytest.mark.parametrize("limit", [1, 5, 20, 80, 250, 1000])
def test_no_second_holds_more_than_the_limit(limit):
    clock = Clock()
    left = turns(Pace(limit, clock), clock, 4 * limit)

    assert most_in_a_second(left) <= limit


@pytest.mark.parametrize("limit", [20, 80, 1000])
def test_a_long_queue_leaves_at_nearly_the_limit(limit):
    clock = Clock()
    left = turns(Pace(limit, clock), clock, 10 * limit)

    assert 0.95 * limit <= (len(left) - 1) / (left[-1] - left[0]) <= limit


@pytest.mark.parametrize("limit", [20, 80, 1000])
def test_a_pause_saves_up_no_burst_beyond_the_limit(limit):
    clock = Clock()
    pace = Pace(limit, clock)
    left = turns(pace, clock, limit)
    clock.now += 60
    left += turns(pace, clock, 2 * limit)

    assert most_in_a_second(left) <= limit


@pytest.mark.parametrize("limit", [20, 80, 1000])
def test_a_new_runner_adds_nothing_to_the_last_second_of_the_one_before(limit):
    clock = Clock()
    left = turns(Pace(limit, clock), clock, limit)
    left += turns(Pace(limit, clock), clock, 2 * limit)

    assert most_in_a_second(left) <= limit


@pytest.mark.parametrize("limit", [1, 20, 80])
def test_turns_that_come_late_together_do_not_crowd_a_second(limit):
    clock, left = Clock(), []
    pace = Pace(limit, clock)
    clock.now += 5  # the machine was busy, and all these waited

    for _ in range(3 * limit):
        clock.now += pace.crowded()
        pace.begin()
        pace.done()
        left.append(clock.now)

    assert most_in_a_second(left) <= limit


def test_a_message_counts_until_a_second_after_it_was_surely_written():
    clock = Clock()
    pace = Pace(2, clock)
    pace.begin()
    pace.begin()
    clock.now += 5  # the machine was busy: when these two arrived in between, nobody knows
    stuck = pace.crowded()
    pace.done()
    pace.done()

    assert stuck > 0
    assert pace.crowded() >= 1


def test_a_complaint_halves_the_rate_and_quiet_seconds_bring_it_back():
    clock = Clock()
    pace = Pace(80, clock)

    pace.slow_down()
    pace.slow_down()
    halved = pace.rate
    clock.now += 6
    pace.reserve()
    clock.now += 6
    pace.reserve()

    assert halved == 40
    assert pace.rate == 80


def test_after_a_complaint_nothing_leaves_for_a_second():
    clock = Clock()
    pace = Pace(80, clock)

    pace.slow_down()

    assert pace.reserve() >= 1


def test_waiting_for_a_turn_takes_as_long_as_the_rate_says():
    async def five() -> list[float]:
        pace, left = Pace(100), []
        for _ in range(5):
            await pace.turn()
            left.append(asyncio.get_running_loop().time())
        return left

    left = asyncio.run(five())

    assert all(later - earlier >= 0.004 for earlier, later in pairwise(left[1:]))


def test_a_pair_limit_asks_for_four_to_the_power_of_the_tries():
    assert [retry_delay("131056", tries, None) for tries in (1, 2, 3, 4)] == [4, 16, 64, 256]


def test_other_pauses_double_and_never_come_all_at_once():
    pauses = [retry_delay("4", 3, None) for _ in range(50)]

    assert min(pauses) >= 8
    assert max(pauses) <= 8 * 1.3
    assert len(set(pauses)) > 1


def test_a_person_whose_limit_is_reached_holds_up_nobody_else(outbound):
    crowded, other = outbound.queue("one"), outbound.queue("two")
    outbound.provider.behave(to(crowded), (400, 131056))

    outbound.deliver()

    assert (outbound.read(crowded).state, outbound.read(other).state) == ("queued", "sent")


@pytest.mark.parametrize("spread", [1.0, 1.3])
def test_ten_minutes_of_refusal_are_survived_and_fifteen_end_it(monkeypatch, spread):
    monkeypatch.setattr(rates.random, "uniform", lambda least, most: spread)

    waited = sum(retry_delay("4", tries, None) for tries in range(1, MOST_TRIES))

    assert 10 * 60 < waited < 15 * 60


def test_who_waits_for_room_at_one_patient_is_told_of(outbound, monkeypatch):
    monkeypatch.setattr(rates, "RECIPIENT_MOST", 1)
    conversation = outbound.conversation()
    outbound.queue("one", conversation)
    outbound.deliver()
    second = outbound.queue("two", conversation)
    with clinic_scope(outbound.clinic_id):
        at = realtime.current_seq()

    assert claim(outbound.clinic_id, outbound.channel.pk) == []

    assert outbound.read(second).state == "queued"
    with clinic_scope(outbound.clinic_id):
        assert realtime.topic(conversation.pk) in realtime.changes_since(at)[1]
