"""Messages of a conversation: reading, and sending exactly once per Idempotency-Key."""

import hashlib

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from clinic_inbox.api.problems import Overtaken, Unprocessable
from clinics import audit
from integrations.events import Invalid

from .. import gate, machines, queries
from ..models import Conversation, Message
from ..operations import later, sending
from . import pages
from .drafts import ANY, read_draft, read_seen
from .shapes import MessageShape, page_of

LONGEST_KEY = 255
PAGE = page_of(MessageShape)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Made by you, new for each message: the same key again returns the message it made",
)


@extend_schema(
    operation_id="list_messages",
    methods=["GET"],
    responses=PAGE,
    parameters=pages.PARAMETERS,
)
@extend_schema(
    operation_id="send_message",
    methods=["POST"],
    request=ANY,
    responses={201: MessageShape},
    parameters=[KEY],
)
@api_view(["GET", "POST"])
def messages(request, pk):
    """GET lists the thread, newest first. POST queues a message; read it again to see it sent, delivered, read."""
    seen = machines.visible_to_machine(request.auth)
    conversation = get_object_or_404(seen.select_related("channel", "identity"), pk=pk)
    if request.method == "POST":
        message = _send(conversation, request)
        if message.send_at is None:  # what waits for its time is on record as that
            audit.record("message.sent", actor=request.auth.name, target=message)
        return Response(MessageShape(message).data, status=201)
    query = pages.read_query(pages.PageQuery, request)
    audit.record("conversation.opened", actor=request.auth.name, target=conversation)
    thread = _rows().filter(conversation=conversation).exclude(state__in=queries.NOT_IN_THREAD)
    return pages.respond(thread, "sent_at", query, MessageShape)


@extend_schema(operation_id="list_scheduled_messages", responses=PAGE, parameters=pages.PARAMETERS)
@api_view(["GET"])
def scheduled(request, pk):
    """What waits for its time in a conversation, the latest first."""
    conversation = get_object_or_404(machines.visible_to_machine(request.auth), pk=pk)
    query = pages.read_query(pages.PageQuery, request)
    audit.record("conversation.opened", actor=request.auth.name, target=conversation)
    waiting = _rows().filter(conversation=conversation, state=Message.State.SCHEDULED, send_at__isnull=False)
    return pages.respond(waiting, "send_at", query, MessageShape)


@extend_schema(operation_id="cancel_message", request=None, responses=MessageShape)
@api_view(["POST"])
def cancel(request, pk):
    """Take back a message that has not left yet: one that waits for its time, or for a worker."""
    seen = machines.visible_to_machine(request.auth)
    found = get_object_or_404(Message, pk=pk, conversation__in=seen)
    try:
        later.take_back(found, by=None, actor=request.auth.name)
    except sending.Conflict as conflict:
        raise Unprocessable(str(conflict), "too_late") from conflict
    return Response(MessageShape(_rows().get(pk=pk)).data)


@extend_schema(operation_id="get_message", responses=MessageShape)
@api_view(["GET"])
def message(request, pk):
    """One message and how far it has come."""
    seen = machines.visible_to_machine(request.auth)
    found = get_object_or_404(_rows().select_related("conversation"), pk=pk, conversation__in=seen)
    audit.record("conversation.opened", actor=request.auth.name, target=found.conversation)
    return Response(MessageShape(found).data)


def _rows():
    return Message.objects.select_related("author").prefetch_related("attachments", "answering")


def _send(conversation: Conversation, request) -> Message:
    client_id = _client_id(request)
    draft, plan = read_draft(request.data, conversation, request.auth)
    seen = read_seen(request.data, conversation)
    try:
        return sending.send_message(
            conversation,
            draft,
            client_id=client_id,
            actor=request.auth.name,
            source=Message.Source.API,
            seen=seen,
            plan=plan,
        )
    except sending.Stale as stale:
        raise Overtaken(_("The patient or a member has written since the message you name.")) from stale
    except gate.Refused as refused:
        raise Unprocessable(str(refused.sentence), refused.code) from refused
    except Invalid as invalid:
        raise Unprocessable(str(invalid), "invalid_message") from invalid
    except sending.Conflict as conflict:
        raise Unprocessable(
            _("This Idempotency-Key was already used for another message."), "key_reused"
        ) from conflict


def _client_id(request) -> str:
    """The key as one of our ids: hashed, since it may be long, and apart from those that browsers make."""
    key = request.headers.get("Idempotency-Key", "")
    if not key or len(key) > LONGEST_KEY:
        raise ValidationError({"Idempotency-Key": [_("This header is required, up to 255 characters.")]})
    return f"api-{hashlib.sha256(key.encode()).hexdigest()}"
