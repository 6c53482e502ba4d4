"""Forwarding a message to another patient."""

from uuid import UUID

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.refusal import Refused
from integrations.events import Invalid

from .. import gate, queries
from ..models import Message
from ..operations import sending
from ..operations.forwarding import forward as forward_message
from .access import members_only
from .refusing import refuse, refuse_because


@require_POST
@members_only
def forward(request, pk):
    """Send a copy of the message in the given `conversation`: {"sentence", "url"}, or 422 with a sentence."""
    seen = queries.visible_conversations(request.member)
    message = get_object_or_404(Message.objects.select_related("conversation"), pk=pk, conversation__in=seen)
    try:
        to, client_id = UUID(request.POST.get("conversation", "")), UUID(request.POST.get("client_id", ""))
    except ValueError:
        return refuse("invalid", _("This could not be read."))
    other = get_object_or_404(seen.select_related("contact", "identity", "channel"), pk=to)
    try:
        forward_message(message, other, by=request.member, client_id=str(client_id))
    except (gate.Refused, Invalid, sending.Conflict, Refused) as problem:
        return refuse_because(problem)
    name = other.contact.name or other.identity.address
    sentence = _("Forwarded to %(name)s.") % {"name": name}
    return JsonResponse({"sentence": sentence, "url": reverse("inbox:conversation", args=[other.pk])})
