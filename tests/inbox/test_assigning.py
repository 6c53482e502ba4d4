"""Who gets a conversation by rule."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import BusinessHours, Member
from clinics.queries import hours_of
from inbox import answering
from inbox.attending import assigning, rounds, targets
from inbox.models import AnswerRules, ChannelRule, Conversation, Episode, Message, TeamTarget
from inbox.operations import handling
from tests.factories import (
    make_contact,
    make_conversation,
    make_identity,
    make_member,
    make_message,
    make_team,
)
from tests.inbox.payloads import messages_webhook, text_message

ROUND, LEAST = AnswerRules.Assigning.ROUND_ROBIN, AnswerRules.Assigning.LEAST_OPEN


def here(name, **fields) -> Member:
    return make_member(name, here_at=timezone.now(), **fields)


def begin(**fields) -> Conversation:
    """A conversation that a patient has just begun."""
    now = timezone.now()
    conversation = make_conversation(attend_at=now - timedelta(seconds=1), waiting_since=now, **fields)
    return conversation


def holders(clinic, *conversations) -> list:
    rounds._batch()
    found = Conversation.objects.select_related("assignee").in_bulk([each.pk for each in conversations])
    return [found[each.pk].assignee and found[each.pk].assignee.name for each in conversations]


@pytest.fixture
def rules(clinic):
    return AnswerRules.objects.create(assigning=ROUND)


def test_each_gets_one_in_turn(clinic, rules):
    here("Ana"), here("Bo"), here("Cy")

    found = holders(clinic, *(begin() for _ in range(4)))

    assert found == ["Ana", "Bo", "Cy", "Ana"]


def test_the_thread_says_by_which_rule(clinic, rules):
    here("Ana")
    conversation = begin()
    holders(clinic, conversation)

    event = Message.objects.get(conversation=conversation, kind="assigned")
    assert event.content == {"to": "Ana", "rule": "round_robin"}
    assert Episode.objects.get(conversation=conversation).assignee.name == "Ana"


def test_who_has_the_fewest_open_gets_it(clinic, rules):
    AnswerRules.objects.update(assigning=LEAST)
    ana = here("Ana")
    here("Bo")
    make_conversation(assignee=ana)

    assert holders(clinic, begin()) == ["Bo"]


@pytest.mark.parametrize(
    "absent",
    [
        {"is_away": True},
        {"here_at": None},
        {"here_at": timezone.now() - timedelta(minutes=10)},
        {"is_active": False},
        {"most_open": 0},
    ],
)
def test_who_is_not_here_or_has_no_room_gets_nothing(clinic, rules, absent):
    Member.objects.filter(pk=here("Ana").pk).update(**absent)

    assert holders(clinic, begin()) == [None]


def test_a_team_works_for_its_channel_alone(clinic, rules):
    here("Ana")
    team = make_team("Nurses", [here("Bo")])
    conversation = begin()
    ChannelRule.objects.create(channel=conversation.channel, team=team)

    assert holders(clinic, conversation) == ["Bo"]
    assert Conversation.objects.get(pk=conversation.pk).team == team


def test_rather_somebody_who_speaks_the_patients_language(clinic, rules):
    here("Ana", speaks=["en"]), here("Bo", speaks=["es"])
    spanish, greek = (make_identity(make_contact(language=code)) for code in ("es-MX", "el"))

    assert holders(clinic, begin(identity=spanish), begin(identity=greek)) == ["Bo", "Ana"]


@pytest.mark.parametrize(("is_sticky", "kept"), [(True, "Bo"), (False, "Ana")])
def test_whoever_held_it_keeps_it_if_they_are_here_and_the_clinic_wishes(clinic, rules, is_sticky, kept):
    AnswerRules.objects.update(is_sticky=is_sticky)
    here("Ana")
    bo = here("Bo", given_at=timezone.now())

    assert holders(clinic, begin(assignee=bo)) == [kept]


def test_whoever_held_it_and_is_away_does_not_keep_it(clinic, rules):
    here("Ana")

    assert holders(clinic, begin(assignee=here("Bo", is_away=True))) == ["Ana"]


def test_outside_the_hours_and_of_sensitive_ones_nothing_is_handed_out(clinic, rules):
    here("Ana")
    sensitive = begin(is_sensitive=True)
    assert holders(clinic, sensitive) == [None]

    BusinessHours.objects.create(week=[[]] * 7)
    assert holders(clinic, begin()) == [None]


def test_what_found_nobody_goes_to_who_comes(clinic, rules):
    conversation = begin()
    assert holders(clinic, conversation) == [None]

    here("Ana")
    rounds._offer(timezone.now())

    conversation.refresh_from_db()
    assert conversation.assignee.name == "Ana"


@pytest.mark.parametrize(("is_offered", "holder"), [(True, "Ana"), (False, "Bo")])
def test_what_waits_for_who_is_away_is_offered_to_others_if_wished(clinic, rules, is_offered, holder):
    AnswerRules.objects.update(offers_back=is_offered)
    here("Ana")
    conversation = make_conversation(assignee=here("Bo", is_away=True), waiting_since=timezone.now())

    rounds._offer(timezone.now())

    conversation.refresh_from_db()
    assert conversation.assignee.name == holder


def test_two_workers_at_once_hand_out_each_once_and_within_the_limit(channel, arrive):
    with clinic_scope(channel.clinic_id):
        AnswerRules.objects.create(assigning=LEAST)
        for name in ("Ana", "Bo"):
            here(name, most_open=3)
    arrive(*(messages_webhook(channel, text_message(wa_id=f"1202555020{at}")) for at in range(9)))

    def work(_number):
        try:
            return rounds.attend(channel.clinic_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))

    with clinic_scope(channel.clinic_id):
        held = list(Conversation.objects.values_list("assignee__name", flat=True))
        events = Message.objects.filter(kind="assigned").count()
    assert (held.count("Ana"), held.count("Bo"), held.count(None), events) == (3, 3, 3, 6)


def test_an_answer_is_due_after_so_much_business_time_and_its_outcome_is_kept(clinic, rules):
    AnswerRules.objects.update(first_reply_minutes=60, next_reply_minutes=20, assigning="off")
    conversation = begin()
    rounds._batch()

    conversation.refresh_from_db()
    since = conversation.waiting_since
    assert conversation.reply_due_at == since + timedelta(minutes=60)
    assert conversation.reply_soon_at == since + timedelta(minutes=45)

    answering.show_in_list(conversation, make_message(conversation, "Yes", "out", sent_at=timezone.now()))

    conversation.refresh_from_db()
    episode = Episode.objects.get(conversation=conversation)
    assert (conversation.reply_due_at, episode.replies_met, episode.replies_missed) == (None, 1, 0)

    Conversation.objects.update(waiting_since=timezone.now() - timedelta(hours=1), attend_at=timezone.now())
    rounds._batch()
    late = make_message(conversation, "Yes", "out", sent_at=timezone.now())
    answering.show_in_list(conversation, late)

    episode.refresh_from_db()
    assert (episode.replies_met, episode.replies_missed) == (1, 1)


def test_what_comes_at_night_is_due_in_the_morning(clinic, rules):
    zone = ZoneInfo("Europe/Berlin")
    clinic.time_zone = "Europe/Berlin"
    BusinessHours.objects.create(week=[[[480, 1080]]] * 7)
    rules.first_reply_minutes = 30
    night = datetime(2026, 11, 25, 23, tzinfo=zone)
    conversation = make_conversation(waiting_since=night)

    targets.set_due(conversation, Episode.objects.get(), rules, hours_of(clinic))

    assert conversation.reply_due_at == datetime(2026, 11, 26, 8, 30, tzinfo=zone)


def test_an_answer_from_the_clinics_phone_and_closing_end_what_is_due(clinic, rules, member):
    conversation = make_conversation(
        waiting_since=timezone.now(), reply_due_at=timezone.now(), reply_soon_at=timezone.now()
    )

    handling.close(conversation, by=member)

    conversation.refresh_from_db()
    assert (conversation.reply_due_at, conversation.reply_soon_at) == (None, None)
    assert assigning.is_here(member, timezone.now()) is False


def due_of(conversation) -> timedelta | None:
    conversation.refresh_from_db()
    return conversation.reply_due_at and conversation.reply_due_at - conversation.waiting_since


def test_a_team_has_targets_of_its_own_and_the_clinics_where_it_has_none(clinic, rules):
    AnswerRules.objects.update(first_reply_minutes=60, next_reply_minutes=20, assigning="off")
    doctors, others = make_team("Doctors"), make_team("Others")
    TeamTarget.objects.create(team=doctors, first_reply_minutes=240)
    theirs, answered = begin(team=doctors), begin(team=doctors)
    plain, nobodys = begin(team=others), begin()
    Episode.objects.filter(conversation=answered).update(first_reply_at=timezone.now())

    rounds._batch()

    minutes = [due_of(each) / timedelta(minutes=1) for each in (theirs, answered, plain, nobodys)]
    assert minutes == [240, 20, 60, 60]


def test_a_target_holds_without_one_of_the_clinic(clinic, rules):
    AnswerRules.objects.update(assigning="off")
    team = make_team("Doctors")
    TeamTarget.objects.create(team=team, first_reply_minutes=30)
    theirs, nobodys = begin(team=team), begin()

    rounds._batch()

    assert (due_of(theirs), due_of(nobodys)) == (timedelta(minutes=30), None)


def test_who_waits_and_is_handed_to_another_team_waits_by_its_target(clinic, rules, member):
    AnswerRules.objects.update(first_reply_minutes=60, assigning="off")
    doctors, nurses = make_team("Doctors", [member]), make_team("Nurses")
    TeamTarget.objects.create(team=doctors, first_reply_minutes=240)
    conversation = begin()
    rounds._batch()
    seen = [due_of(conversation)]

    for to in (doctors, member, nurses):
        handling.assign(conversation, to=to, by=None)
        seen.append(due_of(conversation))

    assert [each / timedelta(minutes=1) for each in seen] == [60, 240, 240, 60]


@pytest.mark.parametrize("offers_back", [False, True])
def test_who_waits_for_a_team_that_is_not_here_holds_up_nobody(clinic, rules, monkeypatch, offers_back):
    AnswerRules.objects.update(offers_back=offers_back)
    monkeypatch.setattr(rounds, "MOST_OFFERED", 2)
    away, absent = make_member("Tom Agent", is_away=True), make_team("Nurses")
    now, holder = timezone.now(), away if offers_back else None
    for hours in (4, 3, 2):
        make_conversation(team=absent, assignee=holder, waiting_since=now - timedelta(hours=hours))
    other = make_conversation(assignee=holder, waiting_since=now)
    here("Ana")

    rounds._offer(now)

    assert Conversation.objects.select_related("assignee").get(pk=other.pk).assignee.name == "Ana"
    assert set(Conversation.objects.filter(team=absent).values_list("assignee", flat=True)) == {
        holder and holder.pk
    }
