"""Many who ask at once what they missed cost one look, and nobody's answer is older than their question."""

import asyncio
import threading

import pytest

from clinic_inbox.tenancy import clinic_scope
from inbox import missed, realtime
from tests.factories import make_clinic, make_member


@pytest.fixture
def looks(monkeypatch):
    """Each look's questions; the first waits until `go` is set."""
    seen, go, find = [], threading.Event(), missed._find

    def slowly(clinic_id, asked):
        seen.append(len(asked))
        if len(seen) == 1:
            go.wait(20)
        return find(clinic_id, asked)

    monkeypatch.setattr(missed, "_find", slowly)
    return seen, go


@pytest.fixture
def place(transactional_db):
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        realtime.publish("templates")
        return str(clinic.pk), [make_member(f"Member {number}").pk for number in range(30)]


async def test_whoever_asks_while_somebody_looks_shares_the_next_look(place, looks):
    (clinic_id, members), (seen, go), desk = place, looks, missed.Missed()

    first = asyncio.create_task(desk.since(clinic_id, members[0], 0))
    while not seen:
        await asyncio.sleep(0.01)
    others = [asyncio.create_task(desk.since(clinic_id, member, 0)) for member in members for _ in range(2)]
    await asyncio.sleep(0)
    go.set()
    answers = await asyncio.gather(first, *others)

    assert seen == [1, 30]
    assert {(seq, tuple(topics)) for seq, topics in answers} == {(1, ("templates",))}
    assert desk.looking == {}


async def test_a_failed_look_is_told_to_all_who_asked_and_the_next_one_works(place, monkeypatch):
    (clinic_id, members), desk, find = place, missed.Missed(), missed._find
    monkeypatch.setattr(missed, "_find", lambda *asked: 1 / 0)
    asked = [desk.since(clinic_id, member, 0) for member in members[:3]]

    failures = await asyncio.gather(*asked, return_exceptions=True)
    monkeypatch.setattr(missed, "_find", find)

    assert [type(failure) for failure in failures] == [ZeroDivisionError] * 3
    assert await desk.since(clinic_id, members[0], 1) == (1, [])
