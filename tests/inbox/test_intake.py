from datetime import UTC, datetime, timedelta

from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from contacts.models import Consent
from inbox import realtime
from inbox.intake import messages
from inbox.models import Attachment, Conversation, Episode, Message, Reaction
from integrations.models import WebhookEvent
from tests.factories import make_channel, make_clinic
from tests.inbox.payloads import change, messages_webhook, person, text_message, webhook


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


def test_changes_are_numbered_without_gaps(channel, arrive, scope):
    for number in range(3):
        arrive(messages_webhook(channel, text_message(f"{number}")))

    with scope():
        thread = Conversation.objects.get()
        assert realtime.changes_since(0) == (3, [realtime.topic(thread.pk)])
        assert realtime.changes_since(3) == (3, [])
        assert realtime.changes_since(99) == (3, None)
