"""One person met by number and by user id, in any order, ends as one contact whose threads can be answered."""

import pytest

from clinic_inbox.tenancy import clinic_scope
from contacts.matching import match_or_create
from contacts.models import Contact, ContactNote, Identity
from inbox import gate
from inbox.models import Conversation
from inbox.operations.sending import Draft
from integrations.events import Sender
from tests.factories import make_member
from tests.inbox.payloads import messages_webhook, person, text_message
from tests.inbox.templates import FILLED, make_template

BOTH = [person(user_id="US.1")]
HIDDEN = [person("", user_id="US.1")]


def _by_number(channel, text):
    return messages_webhook(channel, text_message(text))


def _by_user_id(channel, text):
    message = text_message(text, from_user_id="US.1")
    del message["from"]
    return messages_webhook(channel, message, people=HIDDEN)


def _by_both(channel, text):
    return messages_webhook(channel, text_message(text, from_user_id="US.1"), people=BOTH)


@pytest.fixture
def two_threads(channel, arrive):
    """The same person's threads by number and by user id, before and after we learn that they are one."""
    arrive(_by_number(channel, "by number"))
    arrive(_by_user_id(channel, "by user id"))
    arrive(_by_both(channel, "by both"))
    with clinic_scope(channel.clinic_id):
        threads = Conversation.objects.select_related("identity", "contact", "channel")
        yield {thread.identity.user_id: thread for thread in threads}


def test_both_threads_of_one_person_show_the_same_contact(two_threads):
    assert two_threads["US.1"].contact == two_threads[None].contact
    assert two_threads[None].identity.contact == two_threads[None].contact


def test_what_was_kept_of_either_is_kept_of_the_one_who_is_left(channel, arrive):
    arrive(_by_number(channel, "by number"))
    with clinic_scope(channel.clinic_id):
        contact = Contact.objects.get()
        Contact.objects.update(note="Bring the X-ray", language="es", fields={"doctor": "Dr. Placeholder"})
        ContactNote.objects.create(contact=contact, author=make_member(), text="Prefers mornings")
    arrive(_by_user_id(channel, "by user id"))
    with clinic_scope(channel.clinic_id):
        Contact.objects.exclude(pk=contact.pk).update(note="Deaf", language="pt")

    arrive(_by_both(channel, "by both"))

    with clinic_scope(channel.clinic_id):
        left = Contact.objects.get()
        assert (left.note, left.language) == ("Deaf\nBring the X-ray", "pt")
        assert left.fields == {"doctor": "Dr. Placeholder"}
        assert [note.text for note in left.notes.all()] == ["Prefers mornings"]
        assert set(Conversation.objects.values_list("contact", flat=True)) == {left.pk}


def test_a_thread_without_an_address_says_so_and_is_not_answered(two_threads):
    with pytest.raises(gate.Refused) as refused:
        gate.may_send(two_threads[None], Draft(text="Hello"))

    assert refused.value.code == "no_address"
    assert two_threads[None].messages.filter(kind="address_lost").count() == 1
    assert gate.may_send(two_threads["US.1"], Draft(text="Hello")).rule == "window"


def test_a_thread_by_number_goes_on_with_the_user_id_first_met_in_this_batch(channel, arrive):
    arrive(_by_number(channel, "by number"))

    arrive(_by_user_id(channel, "by user id"), _by_both(channel, "by both"))

    with clinic_scope(channel.clinic_id):
        thread = Conversation.objects.get()
        assert (thread.identity.user_id, thread.identity.wa_id) == ("US.1", "12025550101")
        assert thread.messages.filter(direction="in").count() == 3
        assert Contact.objects.get() == thread.contact


def _marketing_refused(thread) -> bool:
    draft = Draft(template=make_template(thread.channel, category="MARKETING"), values=FILLED)
    with pytest.raises(gate.Refused) as refused:
        gate.may_send(thread, draft)
    return refused.value.code == "opted_out"


def test_a_stop_goes_along_when_the_thread_goes_on_with_the_user_id(channel, arrive):
    arrive(_by_number(channel, "STOP"))

    arrive(_by_user_id(channel, "by user id"), _by_both(channel, "by both"))

    with clinic_scope(channel.clinic_id):
        thread = Conversation.objects.get()
        assert thread.identity.user_id == "US.1"
        assert _marketing_refused(thread)


def test_a_stop_holds_in_the_other_thread_of_who_turns_out_to_be_one_person(channel, arrive):
    arrive(_by_number(channel, "STOP"))
    arrive(_by_user_id(channel, "by user id"))

    arrive(_by_both(channel, "by both"))

    with clinic_scope(channel.clinic_id):
        assert _marketing_refused(Conversation.objects.get(identity__user_id="US.1"))


def test_a_stop_holds_at_the_number_that_the_person_tells_is_theirs_too(channel, arrive):
    other = "12025550102"
    arrive(_by_number(channel, "STOP"))
    arrive(messages_webhook(channel, text_message("from the new phone", other)))
    move = {"type": "user_changed_number", "body": "moved", "wa_id": other, "new_wa_id": other}

    arrive(messages_webhook(channel, text_message("", type="system", system=move)))

    with clinic_scope(channel.clinic_id):
        assert _marketing_refused(Conversation.objects.get(identity__wa_id=other))


def test_a_number_given_up_earlier_in_the_batch_is_nobodys(clinic, monkeypatch):
    match_or_create("whatsapp", "", {Sender(user_id="US.1", wa_id="12025550101")})
    # A set has no order of its own; here the change of number comes first.
    senders = [Sender(user_id="US.1", wa_id="12025550102"), Sender(wa_id="12025550101", name="Sam")]

    found = match_or_create("whatsapp", "", senders)

    assert found[senders[0]].id != found[senders[1]].id
    assert sorted(Identity.objects.values_list("wa_id", "user_id")) == [
        ("12025550101", None),
        ("12025550102", "US.1"),
    ]
