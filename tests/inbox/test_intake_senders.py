"""Who a message is from: by number, by user id, and when one of them changes."""

from contacts.models import Contact, Identity
from inbox.models import Conversation, Message
from tests.factories import make_identity
from tests.inbox.payloads import messages_webhook, person, text_message, webhook


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


def test_a_contact_keeps_the_name_staff_gave(channel, arrive, scope):
    with scope():
        make_identity(
            wa_id="12025550101", contact=Contact.objects.create(name="Nora (mother)", is_name_edited=True)
        )

    arrive(messages_webhook(channel, text_message()))

    with scope():
        assert Contact.objects.get().name == "Nora (mother)"
