"""What a patient took back or corrected is not readable any more where it was only mentioned."""

import pytest

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Conversation
from inbox.search import find_conversations
from inbox.views.rows import rows_of
from tests.factories import make_member
from tests.inbox.payloads import messages_webhook, text_message, webhook

from .screens import signed_in


@pytest.fixture
def preview(channel):
    """What the list shows of the only conversation."""

    def preview():
        with clinic_scope(channel.clinic_id):
            return rows_of(list(Conversation.objects.all()))[0].preview

    return preview


def _take_back(wamid):
    return text_message() | {"type": "revoke", "revoke": {"original_message_id": wamid}}


def _correct(wamid, text):
    edit = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": text}}}
    return text_message() | {"type": "edit", "edit": edit}


def test_the_list_does_not_show_what_was_taken_back(channel, arrive, preview):
    arrive(messages_webhook(channel, text_message("My secret", wamid="wamid.1")))

    arrive(webhook(channel, messages=[_take_back("wamid.1")]))

    assert preview() == "Message taken back"


def test_the_list_shows_the_corrected_text(channel, arrive, preview):
    arrive(messages_webhook(channel, text_message("At tne", wamid="wamid.1")))

    arrive(webhook(channel, messages=[_correct("wamid.1", "At ten")]))

    assert preview() == "At ten"


@pytest.mark.parametrize("amended", [_take_back("wamid.1"), _correct("wamid.1", "Corrected")])
def test_an_older_message_that_changes_leaves_the_newest_in_the_list(channel, arrive, preview, amended):
    old, new = text_message("My secret", wamid="wamid.1", at=1790000000), text_message("newest")
    arrive(messages_webhook(channel, old, new))

    arrive(webhook(channel, messages=[amended]))

    assert preview() == "newest"


def test_what_was_taken_back_is_neither_quoted_nor_found(channel, arrive):
    answer = text_message("Never mind", context={"id": "wamid.1"})
    arrive(messages_webhook(channel, text_message("My secret", wamid="wamid.1"), answer))

    arrive(webhook(channel, messages=[_take_back("wamid.1")]))

    with clinic_scope(channel.clinic_id):
        member = make_member()
        assert find_conversations(member, "secret") == []
        page = signed_in(member).get(f"/conversations/{Conversation.objects.get().pk}/").content.decode()
    quote = page.split('class="quote"')[1].split("</a>")[0]
    assert ("My secret" in quote, "Message taken back" in quote) == (False, True)
