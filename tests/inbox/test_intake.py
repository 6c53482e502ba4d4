from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from contacts.models import Consent, Contact, Identity
from inbox import realtime
from inbox.models import Attachment, Conversation, Episode, Message, Reaction, StatusEvent
from integrations.models import ChannelEvent, Template, WebhookEvent
from tests.factories import make_channel, make_clinic, make_conversation, make_identity, make_message
from tests.inbox.payloads import change, messages_webhook, person, status, text_message, webhook


@pytest.fixture
def scope(channel):
    return lambda: clinic_scope(channel.clinic_id)


def test_a_message_becomes_a_contact_a_conversation_and_an_unread_line(channel, arrive, scope):
    arrive(messages_webhook(channel, text_message("Is my visit on?", wamid="wamid.1")))

    with scope():
        conversation = Conversation.objects.get()
        assert conversation.contact.name == "Nora Example"
        assert (conversation.unread, conversation.preview, conversation.status) == (
            1,
            "Is my visit on?",
            "open",
        )
        assert [message.text for message in conversation.messages.all()] == ["Is my visit on?"]
        assert conversation.episodes.count() == 1
    assert WebhookEvent.objects.get().state == "done"


def test_the_same_message_again_changes_nothing(channel, arrive, scope):
    body = messages_webhook(channel, text_message(wamid="wamid.1"))

    arrive(body, body)
    arrive(body)

    with scope():
        assert (Message.objects.count(), Conversation.objects.get().unread) == (1, 1)
        assert realtime.current_seq() == 1


def test_every_message_of_a_batch_is_read(channel, arrive, scope):
    first = [text_message(f"one {number}") for number in range(3)]
    second = [text_message(f"two {number}", wa_id="12025550102") for number in range(2)]
    entries = [change(channel, contacts=[person()], messages=first)]
    entries += [change(channel, contacts=[person("12025550102", "Sam Placeholder")], messages=second)]

    arrive(webhook(channel, *entries))

    with scope():
        assert sorted(Conversation.objects.values_list("contact__name", "unread")) == [
            ("Nora Example", 3),
            ("Sam Placeholder", 2),
        ]


def test_a_message_reopens_a_closed_conversation_with_a_new_episode(channel, arrive, scope):
    arrive(messages_webhook(channel, text_message()))
    with scope():
        Conversation.objects.update(status="closed")
        Episode.objects.update(closed_at=timezone.now())

    arrive(messages_webhook(channel, text_message("Hello again")))

    with scope():
        assert Conversation.objects.get().status == "open"
        assert Episode.objects.filter(closed_at=None).count() == 1
        assert Episode.objects.count() == 2


def test_the_window_counts_from_the_messages_own_time(channel, arrive, scope):
    sent_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=23)

    arrive(messages_webhook(channel, text_message(at=sent_at.timestamp())))

    with scope():
        assert Conversation.objects.get().window_closes_at == sent_at + timedelta(hours=24)


def test_an_older_message_that_comes_late_does_not_move_the_preview_back(channel, arrive, scope):
    now = datetime.now(UTC).timestamp()
    arrive(messages_webhook(channel, text_message("newer", at=now)))

    arrive(messages_webhook(channel, text_message("older", at=now - 60)))

    with scope():
        assert Conversation.objects.get().preview == "newer"


def test_a_hook_cannot_speak_for_a_number_it_does_not_own(channel, arrive, scope):
    with clinic_scope(make_clinic().pk):
        stranger = make_channel()

    arrive(messages_webhook(channel, text_message()), hook=stranger.hook)

    with scope():
        assert Message.objects.count() == 0
    assert WebhookEvent.objects.get().state == "quarantined"


def test_two_clinics_in_one_body_each_get_their_own(channel, arrive, scope):
    other = make_clinic()
    with clinic_scope(other.pk):
        second = make_channel(hook=channel.hook)
    entries = [
        change(channel, contacts=[person()], messages=[text_message("for A")]),
        change(second, contacts=[person()], messages=[text_message("for B")]),
    ]

    arrive(webhook(channel, *entries))

    with scope():
        assert list(Message.objects.values_list("text", flat=True)) == ["for A"]
    with clinic_scope(other.pk):
        assert list(Message.objects.values_list("text", flat=True)) == ["for B"]


def test_a_poison_event_holds_up_nobody(channel, arrive, scope, monkeypatch):
    from inbox.intake import messages

    content = messages._content

    def choke(event):
        if event.text == "poison":
            raise ValueError
        return content(event)

    monkeypatch.setattr(messages, "_content", choke)

    arrive(*(messages_webhook(channel, text_message(text)) for text in ("one", "poison", "two")))

    with scope():
        assert sorted(Message.objects.values_list("text", flat=True)) == ["one", "two"]
    poisoned = WebhookEvent.objects.exclude(state="done").get()
    assert (poisoned.state, poisoned.attempts, poisoned.error) == ("waiting", 1, "not applied: ValueError")
    assert poisoned.due_at > timezone.now()


def test_what_is_not_json_is_quarantined(channel, arrive):
    arrive(b"{", b"[]", b'{"object":"page","entry":[]}')

    assert list(WebhookEvent.objects.values_list("state", flat=True)) == ["quarantined"] * 3


def test_a_known_number_that_comes_with_a_user_id_is_linked(channel, arrive, scope):
    arrive(messages_webhook(channel, text_message()))

    message = text_message(from_user_id="US.100200300")
    arrive(messages_webhook(channel, message, people=[person(user_id="US.100200300")]))

    with scope():
        assert list(Identity.objects.values_list("wa_id", "user_id")) == [("12025550101", "US.100200300")]
        assert Conversation.objects.get().unread == 2


def test_a_person_without_a_number_is_known_by_user_id(channel, arrive, scope):
    def message():
        hidden = text_message(from_user_id="US.777")
        del hidden["from"]
        return hidden

    sender = person("", "Kim Sample", "US.777")
    arrive(
        messages_webhook(channel, message(), people=[sender]),
        messages_webhook(channel, message(), people=[sender]),
    )

    with scope():
        assert list(Identity.objects.values_list("wa_id", "user_id")) == [(None, "US.777")]
        assert Message.objects.count() == 2


def test_a_brazilian_number_with_and_without_its_ninth_digit_is_one_person(channel, arrive, scope):
    arrive(messages_webhook(channel, text_message(wa_id="556196660123")))

    arrive(messages_webhook(channel, text_message(wa_id="5561996660123")))

    with scope():
        assert Conversation.objects.count() == 1


def test_a_recycled_number_with_another_user_id_is_somebody_else(channel, arrive, scope):
    arrive(
        messages_webhook(channel, text_message("old", from_user_id="US.1"), people=[person(user_id="US.1")])
    )

    newcomer = [person(name="New Owner", user_id="US.2")]
    arrive(messages_webhook(channel, text_message("new", from_user_id="US.2"), people=newcomer))

    with scope():
        assert sorted(Message.objects.values_list("text", "conversation__contact__name")) == [
            ("new", "New Owner"),
            ("old", "Nora Example"),
        ]
        assert dict(Identity.objects.values_list("user_id", "wa_id")) == {"US.1": None, "US.2": "12025550101"}


def test_a_changed_number_moves_the_identity_and_keeps_the_thread(channel, arrive, scope):
    arrive(messages_webhook(channel, text_message("before")))
    system = {"type": "user_changed_number", "wa_id": "12025550199", "body": "changed"}
    moved = {
        "from": "12025550101",
        "id": "wamid.sys",
        "timestamp": "1790000000",
        "type": "system",
        "system": system,
    }

    arrive(webhook(channel, messages=[moved]))
    arrive(messages_webhook(channel, text_message("after", wa_id="12025550199")))

    with scope():
        thread = Conversation.objects.get()
        assert thread.identity.wa_id == "12025550199"
        assert {"before", "after"} <= set(thread.messages.values_list("text", flat=True))


def test_what_came_with_the_changed_number_in_one_batch_stays_one_thread(channel, arrive, scope):
    system = {"type": "user_changed_number", "wa_id": "12025550199", "body": "changed"}
    moved = text_message(wamid="wamid.sys") | {"type": "system", "system": system}

    arrive(
        messages_webhook(channel, text_message("before")),
        webhook(channel, messages=[moved]),
        messages_webhook(channel, text_message("after", wa_id="12025550199")),
    )

    with scope():
        thread = Conversation.objects.get()
        assert thread.identity.wa_id == "12025550199"
        assert {"before", "after"} <= set(thread.messages.values_list("text", flat=True))


@pytest.mark.parametrize(
    "order", [("sent", "delivered", "read"), ("read", "delivered", "sent"), ("delivered", "read")]
)
def test_statuses_only_move_forward(channel, arrive, scope, order):
    with scope():
        make_message(
            make_conversation(channel=channel), direction="out", external_id="wamid.out", state="sent"
        )

    arrive(*(webhook(channel, statuses=[status("wamid.out", state)]) for state in order * 2))

    with scope():
        assert Message.objects.get().state == "read"
        assert StatusEvent.objects.count() == len(order)


def test_a_status_that_comes_before_our_own_record_waits_for_it(channel, arrive, scope):
    from inbox import statuses

    arrive(webhook(channel, statuses=[status("wamid.early", "delivered")]))
    with scope():
        message = make_message(
            make_conversation(channel=channel), direction="out", state="claimed", external_id=None
        )
        message.external_id, message.state = "wamid.early", "sent"
        message.save()

        statuses.adopt([message.pk])

        assert Message.objects.get().state == "delivered"


def test_a_failed_message_tells_the_providers_reason(channel, arrive, scope):
    with scope():
        make_message(make_conversation(channel=channel), direction="out", external_id="wamid.out")
    error = {"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Not on WhatsApp"}}

    arrive(webhook(channel, statuses=[status("wamid.out", "failed", errors=[error])]))

    with scope():
        message = Message.objects.get()
        assert (message.state, message.error_code, message.error_detail) == (
            "failed",
            "131026",
            "Not on WhatsApp",
        )


def test_a_reaction_before_its_message_waits_for_it(channel, arrive, scope):
    reaction = {"message_id": "wamid.later", "emoji": "👍"}
    early = {"from": "12025550101", "id": "wamid.r", "timestamp": "1790000000", "type": "reaction"}

    arrive(webhook(channel, contacts=[person()], messages=[early | {"reaction": reaction}]))
    arrive(messages_webhook(channel, text_message(wamid="wamid.later")))

    with scope():
        assert Reaction.objects.get().message.external_id == "wamid.later"


def test_a_photo_waits_to_be_fetched(channel, arrive, scope):
    photo = text_message()
    del photo["text"]
    photo |= {
        "type": "image",
        "image": {"id": "900", "mime_type": "image/jpeg", "sha256": "x", "caption": "My knee"},
    }

    arrive(messages_webhook(channel, photo))

    with scope():
        attachment = Attachment.objects.get()
        assert (attachment.kind, attachment.external_id, attachment.state) == ("image", "900", "waiting")
        assert attachment.message.text == "My knee"


def test_stop_is_recorded_with_its_proof_once(channel, arrive, scope):
    body = messages_webhook(channel, text_message("Stop!", wamid="wamid.stop"))

    arrive(body, body)

    with scope():
        assert sorted(Consent.objects.values_list("purpose", "is_granted", "external_id")) == [
            ("care", False, "wamid.stop"),
            ("marketing", False, "wamid.stop"),
        ]


def test_a_sentence_with_stop_in_it_is_no_opt_out(channel, arrive, scope):
    arrive(messages_webhook(channel, text_message("I can't stop bleeding")))

    with scope():
        assert Consent.objects.count() == 0


def test_an_echo_of_the_phone_answers_the_patient(channel, arrive, scope):
    arrive(messages_webhook(channel, text_message(at=datetime.now(UTC).timestamp() - 60)))
    echo = text_message("Come at ten", wa_id="12025550100") | {"to": "12025550101"}

    arrive(
        webhook(channel, change(channel, "smb_message_echoes", contacts=[person()], message_echoes=[echo]))
    )

    with scope():
        conversation = Conversation.objects.get()
        assert (conversation.unread, conversation.waiting_since, conversation.preview_direction) == (
            0,
            None,
            "out",
        )
        assert conversation.messages.get(direction="out").source == "phone"


@pytest.mark.parametrize("is_one_batch", [False, True])
def test_an_answer_from_the_phone_is_a_first_reply_and_ends_the_wait(channel, arrive, scope, is_one_batch):
    asked_at = datetime.now(UTC).timestamp() - 60
    asked = messages_webhook(channel, text_message(at=asked_at))
    echo = text_message("Come at ten", wamid="wamid.2", wa_id="12025550100", at=asked_at + 30) | {
        "to": "12025550101"
    }
    answer = webhook(
        channel, change(channel, "smb_message_echoes", contacts=[person()], message_echoes=[echo])
    )

    arrive(*([asked] if not is_one_batch else [asked, answer]))
    with scope():
        due = timezone.now() + timedelta(hours=1)
        Conversation.objects.filter(waiting_since__isnull=False).update(reply_due_at=due)
    if not is_one_batch:
        arrive(answer)

    with scope():
        episode = Episode.objects.get()
        assert Conversation.objects.get().reply_due_at is None
        assert episode.first_reply_at >= episode.opened_at
        assert episode.replies_met == (0 if is_one_batch else 1)


def test_an_answer_of_before_is_no_first_reply_to_what_was_asked_after_it(channel, arrive, scope):
    now = datetime.now(UTC).timestamp()
    echo = text_message("Come at ten", wamid="wamid.2", wa_id="12025550100", at=now - 60) | {
        "to": "12025550101"
    }
    answer = webhook(
        channel, change(channel, "smb_message_echoes", contacts=[person()], message_echoes=[echo])
    )

    arrive(answer, messages_webhook(channel, text_message(at=now - 30)))

    with scope():
        assert Episode.objects.get().first_reply_at is None
        assert Conversation.objects.get().waiting_since is not None


def test_history_never_looks_live(channel, arrive, scope):
    old = text_message("last year", at=1760000000) | {"history_context": {"status": "READ"}}
    thread = {"id": "12025550101", "messages": [old]}
    history = [{"metadata": {"phase": 0, "chunk_order": 1, "progress": 50}, "threads": [thread]}]

    arrive(webhook(channel, change(channel, "history", history=history)))

    with scope():
        conversation = Conversation.objects.get()
        assert (conversation.unread, conversation.last_inbound_at, conversation.status) == (0, None, "closed")
        assert conversation.messages.get().source == "history"


def test_a_rejected_template_says_why(channel, arrive, scope):
    with scope():
        Template.objects.create(
            provider="whatsapp", business_id=channel.business_id, external_id="55", name="hello",
            language="en", category="UTILITY", status="APPROVED",
        )  # fmt: skip
    value = {
        "event": "REJECTED",
        "message_template_id": 55,
        "message_template_name": "hello",
        "reason": "SCAM",
    }
    body = webhook(channel, {"field": "message_template_status_update", "value": value})

    arrive(body, body)

    with scope():
        assert Template.objects.values_list("status", "reason").get() == ("REJECTED", "SCAM")
        assert ChannelEvent.objects.count() == 1


def test_changes_are_numbered_without_gaps(channel, arrive, scope):
    for number in range(3):
        arrive(messages_webhook(channel, text_message(f"{number}")))

    with scope():
        thread = Conversation.objects.get()
        assert realtime.changes_since(0) == (3, [realtime.topic(thread.pk)])
        assert realtime.changes_since(3) == (3, [])
        assert realtime.changes_since(99) == (3, None)


def test_a_contact_keeps_the_name_staff_gave(channel, arrive, scope):
    with scope():
        make_identity(
            wa_id="12025550101", contact=Contact.objects.create(name="Nora (mother)", is_name_edited=True)
        )

    arrive(messages_webhook(channel, text_message()))

    with scope():
        assert Contact.objects.get().name == "Nora (mother)"
