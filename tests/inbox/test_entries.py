"""Which link brought a patient is counted while messages are taken in, once for each conversation."""

import pytest

from clinic_inbox.tenancy import clinic_scope
from inbox.models import EntryLink, EntryUse
from tests.factories import make_channel, make_clinic
from tests.inbox.payloads import messages_webhook, text_message

SAID = "Hello, I have a question. (#k7q2d)"


@pytest.fixture
def counted(channel, arrive):
    """Lets messages arrive, and tells how many conversations the link of the channel has brought."""
    with clinic_scope(channel.clinic_id):
        EntryLink.objects.create(channel=channel, name="Poster", code="k7q2d")

    def count(*messages):
        arrive(*[messages_webhook(channel, message) for message in messages])
        with clinic_scope(channel.clinic_id):
            return EntryUse.objects.count()

    return count


def test_a_conversation_is_counted_once_however_often_its_text_comes(counted):
    first = counted(text_message(SAID, wamid="wamid.1"))
    again = counted(text_message(SAID, wamid="wamid.1"), text_message(SAID, wamid="wamid.2"))
    other = counted(text_message(SAID, wa_id="12025550102"))

    assert (first, again, other) == (1, 1, 2)


@pytest.mark.parametrize("text", ["Hello", "k7q2d", "(#zzzzz)", "(#K7Q2D)", "(#k7q2dd)"])
def test_other_words_count_nothing(counted, text):
    assert counted(text_message(text)) == 0


def test_another_numbers_or_clinics_link_counts_nothing(channel, arrive):
    with clinic_scope(channel.clinic_id):
        EntryLink.objects.create(channel=make_channel(), name="Other number", code="k7q2d")
    theirs = make_clinic()
    with clinic_scope(theirs.pk):
        EntryLink.objects.create(channel=make_channel(), name="Theirs", code="k7q2d")

    arrive(messages_webhook(channel, text_message(SAID)))

    for clinic_id in (channel.clinic_id, theirs.pk):
        with clinic_scope(clinic_id):
            assert EntryUse.objects.count() == 0
