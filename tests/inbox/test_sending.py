"""What members and machines send becomes one queued row, once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox import gate
from inbox.models import Attachment, Conversation, Episode, Message, Reaction
from inbox.operations.sending import Conflict, Draft, react, retry_message, send_message, show_read_and_typing
from integrations.events import Invalid, Kind
from tests.factories import make_channel, make_clinic, make_conversation, make_identity, make_message
from tests.inbox.templates import FILLED, make_template


def test_a_message_waits_in_the_ledger_with_what_allowed_it(clinic, member):
    conversation = make_conversation()

    message = send_message(conversation, Draft(text="See you at ten."), client_id="c-1", author=member)

    stored = Message.objects.get(pk=message.pk)
    assert (stored.state, stored.direction, stored.source, stored.author) == (
        "queued",
        "out",
        "agent",
        member,
    )
    assert (stored.text, stored.kind, stored.client_id) == ("See you at ten.", "text", "c-1")
    assert stored.due_at <= timezone.now()
    assert stored.gate["rule"] == "window"


def test_the_same_client_id_sends_once(clinic):
    conversation = make_conversation()

    first = send_message(conversation, Draft(text="Hello"), client_id="c-1")
    second = send_message(conversation, Draft(text="Hello"), client_id="c-1")

    assert first == second
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "other", [Draft(text="Bye"), Draft(kind=Kind.LOCATION, content={"latitude": 1, "longitude": 1})]
)
def test_the_same_client_id_with_other_content_is_a_conflict(clinic, other):
    conversation = make_conversation()
    send_message(conversation, Draft(text="Hello"), client_id="c-1")

    with pytest.raises(Conflict):
        send_message(conversation, other, client_id="c-1")


def test_the_same_client_id_in_another_conversation_is_a_conflict(clinic):
    send_message(make_conversation(), Draft(text="Hello"), client_id="c-1")

    with pytest.raises(Conflict):
        send_message(make_conversation(make_identity()), Draft(text="Hello"), client_id="c-1")


def test_the_same_client_id_still_answers_after_the_window_has_closed(clinic):
    conversation = make_conversation()
    first = send_message(conversation, Draft(text="Hello"), client_id="c-1")
    conversation.last_inbound_at = timezone.now() - timedelta(hours=25)

    assert send_message(conversation, Draft(text="Hello"), client_id="c-1") == first


def test_two_clicks_at_the_same_moment_send_once(transactional_db):
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        conversation = make_conversation(channel=make_channel())
    start, made = threading.Barrier(4), []

    def click():
        start.wait()
        with clinic_scope(clinic.pk):
            made.append(send_message(conversation, Draft(text="Hello"), client_id="c-1").pk)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert len(made) == 4
    assert len(set(made)) == 1


def test_a_refused_message_leaves_nothing_behind(clinic):
    conversation = make_conversation(last_inbound_at=None)

    with pytest.raises(gate.Refused):
        send_message(conversation, Draft(text="Hello"), client_id="c-1")

    assert Message.objects.count() == 0


@pytest.mark.parametrize("draft", [Draft(text=""), Draft(text="x" * 4097), Draft(kind=Kind.IMAGE)])
def test_a_message_beyond_the_provider_s_limits_is_refused_before_it_is_queued(clinic, draft):
    conversation = make_conversation()

    with pytest.raises(Invalid):
        send_message(conversation, draft, client_id="c-1")

    assert Message.objects.count() == 0


def test_a_member_s_answer_shows_in_the_list_and_ends_the_waiting(clinic, member):
    waiting = {"unread": 2, "waiting_since": timezone.now()}
    conversation = make_conversation(last_message_at=timezone.now() - timedelta(hours=1), **waiting)

    message = send_message(conversation, Draft(text="Hello"), client_id="c-1", author=member)

    conversation.refresh_from_db()
    assert (conversation.preview, conversation.preview_direction) == ("Hello", "out")
    assert (conversation.unread, conversation.waiting_since) == (0, None)
    assert conversation.last_message_at == message.sent_at
    assert Episode.objects.get().first_reply_at == message.sent_at


def test_a_reminder_answers_nobody(clinic):
    waiting_since = timezone.now()
    conversation = make_conversation(unread=2, waiting_since=waiting_since)
    draft = Draft(template=make_template(conversation.channel), values=FILLED)

    send_message(conversation, draft, client_id="c-1", source=Message.Source.SYSTEM)

    conversation.refresh_from_db()
    assert (conversation.unread, conversation.waiting_since) == (2, waiting_since)
    assert conversation.preview == "Hello Nora, your visit is on 3 May."
    assert Episode.objects.get().first_reply_at is None


def test_a_template_keeps_its_values_and_how_it_reads(clinic):
    conversation = make_conversation()
    draft = Draft(template=make_template(conversation.channel), values=FILLED)

    message = send_message(conversation, draft, client_id="c-1")

    assert (message.kind, message.text) == ("template", "Hello Nora, your visit is on 3 May.")
    assert message.content["parameters"] == FILLED
    assert message.content["rendered"]["footer"] == "Clinic Example"
    assert message.gate["template"]["name"] == "visit_reminder"


def test_a_file_becomes_the_message_s(clinic):
    conversation = make_conversation()
    file = Attachment.objects.create(
        channel=conversation.channel, kind="image", file="a/b.jpg", state="stored"
    )
    draft = Draft(kind=Kind.IMAGE, text="Your X-ray", attachment=file)

    message = send_message(conversation, draft, client_id="c-1")

    assert send_message(conversation, draft, client_id="c-1") == message
    assert [each.pk for each in message.attachments.all()] == [file.pk]


def test_a_failed_message_is_sent_again_as_a_new_one(clinic, member):
    conversation = make_conversation()
    old = make_message(conversation, "Hello", "out", state="failed", error_code="131026", external_id=None)

    new = retry_message(old, client_id="c-2", author=member)

    old.refresh_from_db()
    assert (old.state, new.state, new.text, new.author) == ("retried", "queued", "Hello", member)
    assert new.pk != old.pk
    assert retry_message(old, client_id="c-2", author=member) == new


def test_two_members_cannot_both_send_it_again(clinic, member):
    old = make_message(text="Hello", direction="out", state="uncertain", external_id=None)
    retry_message(old, client_id="c-2", author=member)

    with pytest.raises(Conflict):
        retry_message(old, client_id="c-3", author=member)


@pytest.mark.parametrize("state", ["queued", "claimed", "sent", "delivered", "read"])
def test_a_message_on_its_way_is_not_sent_again(clinic, member, state):
    message = make_message(text="Hello", direction="out", state=state)

    with pytest.raises(Conflict):
        retry_message(message, client_id="c-2", author=member)


def test_sending_again_asks_the_gate_again(clinic, member):
    conversation = make_conversation(last_inbound_at=timezone.now() - timedelta(hours=25))
    old = make_message(conversation, "Hello", "out", state="failed")

    with pytest.raises(gate.Refused):
        retry_message(old, client_id="c-2", author=member)

    old.refresh_from_db()
    assert old.state == "failed"


def test_a_file_is_sent_again_with_its_message(clinic, member):
    old = make_message(direction="out", kind="image", text="Your X-ray", state="failed")
    Attachment.objects.create(channel=old.channel, message=old, kind="image", file="a/b.jpg", state="stored")

    new = retry_message(old, client_id="c-2", author=member)

    assert [each.file.name for each in new.attachments.all()] == ["a/b.jpg"]
    assert [each.file.name for each in old.attachments.all()] == ["a/b.jpg"]


def test_a_reaction_shows_at_once_and_travels_as_a_message(clinic, member):
    message = make_message()

    react(message, "👍", author=member)
    carrier = react(message, "🙏", author=member)

    assert Reaction.objects.values_list("emoji", "author", "message").get() == ("🙏", "clinic", message.pk)
    assert (carrier.kind, carrier.state) == ("reaction", "queued")
    assert carrier.content == {"target": message.external_id, "emoji": "🙏"}


def test_a_reaction_is_no_news_in_the_list(clinic, member):
    message = make_message()
    before = Conversation.objects.values("preview", "last_message_at", "unread").get()

    react(message, "👍", author=member)

    assert Conversation.objects.values("preview", "last_message_at", "unread").get() == before


def test_nobody_reacts_to_a_message_without_the_provider_s_id(clinic, member):
    message = make_message(direction="out", state="queued", external_id=None)

    with pytest.raises(Conflict):
        react(message, "👍", author=member)


def test_reading_leaves_work_to_tell_the_provider(clinic):
    conversation = make_conversation()

    show_read_and_typing(conversation, typing=False)

    conversation.refresh_from_db()
    assert conversation.receipt_due_at is not None
