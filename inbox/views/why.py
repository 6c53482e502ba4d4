"""Why a message was sent or not, and what became of it."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from ..models import Message
from ..rates import price_of
from ..story import story_of
from .access import find_conversation, members_only, put_on_record

TOLD = (Message.Direction.IN, Message.Direction.OUT)


@require_GET
@members_only
def why(request, pk):
    """What is on record about one message of the patient's or ours."""
    messages = Message.objects.select_related("author", "conversation__identity", "conversation__contact")
    message = get_object_or_404(messages, pk=pk, direction__in=TOLD)
    put_on_record(request, find_conversation(request, message.conversation_id), is_again=True)
    context = {"story": story_of(message, request.member), "message": message, "price": price_of(message)}
    return render(request, "inbox/_why.html", context)
