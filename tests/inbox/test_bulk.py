"""One act on many conversations: the refusals it has alone, one change for the screens, and the way back."""

from datetime import timedelta
from threading import Event, Thread

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox.models import AnswerRules, Change, CloseReason, Conversation, Episode, GlassBreak, Tag, Tagging
from inbox.operations import handling
from tests.factories import make_clinic, make_conversation, make_member, make_team

from .screens import signed_in

UNDO = "/conversations/bulk/undo/"


def act_on(by, conversations, act, seen=None, **fields):
    ids = ",".join(str(each.pk) for each in conversations)
    seen = ",".join(seen or [each.heard for each in conversations])
    answer = signed_in(by).post("/conversations/bulk/", {"act": act, "ids": ids, "seen": seen, **fields})
    return answer.json()


def undo(by, told) -> tuple[int, int]:
    answer = signed_in(by).post(UNDO, {"token": told["undo"]}).json()
    return answer["restored"], answer["kept"]


def state(conversation) -> tuple:
    row = Conversation.objects.get(pk=conversation.pk)
    tags = sorted(Tagging.objects.filter(conversation=row).values_list("tag__name", flat=True))
    plain = (
        row.status,
        row.snoozed_until,
        row.assignee,
        row.team,
        row.priority,
        row.unread,
        row.waiting_since,
    )
    episodes = Episode.objects.filter(conversation=row).order_by("opened_at")
    return *plain, tags, [(each.closed_at, each.closed_by) for each in episodes]


ACTS = {
    "close": {}, "snooze": {"until": "hours"}, "assign": {"member": "{member}"}, "tag": {"tags": "{tag}"},
    "untag": {"tags": "{worn}"}, "priority": {"priority": "urgent"}, "read": {}, "unread": {},
}  # fmt: skip


@pytest.mark.parametrize("act", [*ACTS, "reopen"])
def test_each_act_is_done_to_all_of_them_as_one_change_and_taken_back(member, act):
    tag, worn = Tag.objects.create(name="Invoice"), Tag.objects.create(name="Worn")
    status, unread = "closed" if act == "reopen" else "open", 0 if act == "unread" else 2
    some = [
        make_conversation(
            status=status, unread=unread, team=make_team(f"Team {n}"), waiting_since=timezone.now()
        )
        for n in range(3)
    ]
    Tagging.objects.bulk_create(Tagging(conversation=each, tag=worn) for each in some)
    before, ids = [state(each) for each in some], {"member": member.pk, "tag": tag.pk, "worn": worn.pk}

    told = act_on(member, some, act, **{key: value.format(**ids) for key, value in ACTS.get(act, {}).items()})
    after = [state(each) for each in some]

    assert sorted(told["done"]) == sorted(str(each.pk) for each in some)
    assert (told["refused"], told["busy"]) == ([], [])
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert {f"conversation-{each.pk}" for each in some} <= set(Change.objects.get().topics)
    assert undo(member, told) == (3, 0)
    assert [state(each) for each in some] == before


def test_many_are_closed_for_a_reason_and_not_without_where_one_is_wanted(member):
    AnswerRules.objects.create(asks_reason=AnswerRules.Reason.REQUIRED)
    reason, some = CloseReason.objects.create(name="Booked"), [make_conversation() for _ in range(2)]

    without = act_on(member, some, "close")
    told = act_on(member, some, "close", close_reason=reason.pk)
    closed = set(Episode.objects.values_list("close_reason", flat=True))

    assert [why for _pk, why in without["refused"]] == ["Choose why the conversation is closed."] * 2
    assert (len(told["done"]), closed) == (2, {reason.pk})
    assert undo(member, told) == (2, 0)
    assert set(Episode.objects.values_list("close_reason", "closed_at")) == {(None, None)}


def test_only_what_nobody_changed_meanwhile_is_put_back(member):
    changed, written, left = (make_conversation() for _ in range(3))
    told = act_on(member, [changed, written, left], "close")
    handling.reopen(changed, by=make_member("Ines Agent"))
    Conversation.objects.filter(pk=written.pk).update(status="open", unread=1, last_inbound_at=timezone.now())

    assert undo(member, told) == (1, 2)
    assert [Conversation.objects.get(pk=each.pk).status for each in (changed, written, left)] == ["open"] * 3
    assert Conversation.objects.get(pk=written.pk).unread == 1
    assert list(left.messages.order_by("sent_at").values_list("kind", flat=True)) == ["closed", "undone"]


def test_what_is_refused_alone_is_refused_among_many_with_its_reason(clinic):
    uma = make_member("Uma Agent", visibility="team")
    secret = make_conversation(assignee=uma, is_sensitive=True)
    opened, hidden = (make_conversation(assignee=make_member(name)) for name in ("Tom Agent", "Ida Agent"))
    plain = make_conversation(assignee=uma)
    until = timezone.now() + timedelta(hours=1)
    GlassBreak.objects.create(member=uma, conversation=opened, reason="Fits", ends_at=until)

    told = act_on(uma, [secret, opened, hidden, plain], "assign", member="")

    assert told["done"] == [str(plain.pk)]
    why = dict(told["refused"])
    assert {pk: sentence.split(".")[0] for pk, sentence in why.items()} == {
        str(secret.pk): "A sensitive conversation needs somebody who sees it",
        str(opened.pk): "Emergency access lets you read and answer",
        str(hidden.pk): "You do not see this conversation any more",
    }
    assert hidden.messages.count() == 0


def test_a_patient_who_has_just_written_is_not_hidden(member):
    quiet, loud = make_conversation(), make_conversation()
    seen = [quiet.heard, loud.heard]
    Conversation.objects.filter(pk=loud.pk).update(last_inbound_at=timezone.now(), unread=1)

    told = act_on(member, [quiet, loud], "close", seen)

    assert (told["done"], [pk for pk, _why in told["refused"]]) == ([str(quiet.pk)], [str(loud.pk)])
    assert "has just written" in told["refused"][0][1]
    assert Conversation.objects.get(pk=loud.pk).status == "open"


def test_the_way_back_is_for_who_did_it_and_for_a_moment(member, admin):
    conversation = make_conversation()
    told = act_on(member, [conversation], "close")

    by_another = signed_in(admin).post(UNDO, {"token": told["undo"]}).status_code
    changed = signed_in(member).post(UNDO, {"token": told["undo"][:-3] + "abc"}).status_code
    with time_machine.travel(timezone.now() + timedelta(seconds=90)):
        late = signed_in(member).post(UNDO, {"token": told["undo"]})

    assert (by_another, changed, late.status_code) == (422, 422, 422)
    assert Conversation.objects.get().status == "closed"


@pytest.mark.parametrize(
    "fields",
    [{"act": "destroy"}, {"act": "tag"}, {"act": "priority"}, {"act": "snooze"}, {"act": "close", "ids": "x"},
     {"act": "close", "ids": ",".join(["00000000-0000-0000-0000-000000000000"] * 51)}],
)  # fmt: skip
def test_half_a_wish_does_nothing(member, fields):
    conversation = make_conversation()

    answer = signed_in(member).post("/conversations/bulk/", {"ids": str(conversation.pk)} | fields)

    assert answer.status_code == 422
    assert conversation.messages.count() == 0


def test_a_list_is_chosen_whole_up_to_a_limit(member, monkeypatch):
    monkeypatch.setattr("inbox.listed.MOST_CHOSEN", 2)
    for _number in range(3):
        make_conversation(assignee=member)
    make_conversation()

    told = signed_in(member).get("/conversations/chosen/", {"view": "mine"}).json()

    newest = Conversation.objects.filter(assignee=member).order_by("-last_message_at")[:2]
    assert sorted(told["chosen"]) == sorted([str(each.pk), each.heard] for each in newest)


@pytest.mark.django_db(transaction=True)
def test_what_somebody_is_changing_is_told_as_busy_and_not_waited_for():
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        member, held, free = make_member(), make_conversation(), make_conversation()
    locked, done = Event(), Event()

    def hold():
        with clinic_scope(clinic.pk), transaction.atomic():
            Conversation.objects.select_for_update().get(pk=held.pk)
            locked.set()
            done.wait(20)
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    locked.wait(20)
    try:
        told = act_on(member.user, [held, free], "close")
    finally:
        done.set()
        thread.join()

    assert (told["busy"], told["done"], told["refused"]) == ([str(held.pk)], [str(free.pk)], [])
