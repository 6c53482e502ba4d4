"""What a patient wrote in a group stands in their thread, says so, and is never answered from there."""

import pytest

from inbox import gate
from inbox.models import Message
from inbox.operations.sending import Draft, react, send_message
from tests.factories import make_conversation, make_message

from .screens import signed_in


@pytest.fixture
def in_group(clinic):
    """A message from a group, in a thread whose window is open."""
    return make_message(make_conversation(), text="Who knows a dentist?", content={"group_id": "group.1"})


def test_a_message_from_a_group_is_not_quoted_in_private(in_group):
    with pytest.raises(gate.Refused) as refused:
        send_message(in_group.conversation, Draft(text="We do", reply_to=in_group), client_id="c-1")

    assert refused.value.code == "group_message"
    assert Message.objects.count() == 1


def test_nobody_reacts_to_a_message_from_a_group(in_group):
    with pytest.raises(gate.Refused):
        react(in_group, "👍", author=None)

    assert Message.objects.count() == 1


def test_the_bubble_says_that_it_was_in_a_group_and_offers_no_answer(in_group, member):
    private = make_message(in_group.conversation, text="And my knee?")

    page = signed_in(member).get(f"/conversations/{in_group.conversation_id}/").content.decode()

    group, own = (page.split(f'id="message-{each.pk}"')[1].split("</li>")[0] for each in (in_group, private))
    assert ("In a group" in group, "In a group" in own) == (True, False)
    assert ("bubble-actions" in group, "bubble-actions" in own) == (False, True)
