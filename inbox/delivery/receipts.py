"""Telling the provider what the clinic has read. Done twice it does no harm, so there is no attempt to keep."""

import asyncio
import logging
from uuid import UUID

from clinic_inbox.tenancy import clinic_scope
from integrations import http
from integrations.credentials import credentials_of
from integrations.events import ProviderError
from integrations.models import Channel
from integrations.whatsapp.api import Credentials
from integrations.whatsapp.send import mark_read

from ..models import Conversation, Message

logger = logging.getLogger(__name__)


def show_read(clinic_id: UUID, conversation_id: UUID, *, typing: bool) -> None:
    """Mark the conversation's newest message from the patient, and all before it, as read at the provider."""
    with clinic_scope(clinic_id):
        conversation = Conversation.objects.select_related("channel").get(pk=conversation_id)
    try:
        _tell(clinic_id, conversation, typing)
    except (
        Exception
    ):  # whatever it is: the ticks stay grey, and the next opening of the conversation tries again
        logger.exception("receipt_not_told", extra={"conversation_id": conversation_id})
    with clinic_scope(clinic_id):
        done = Conversation.objects.filter(pk=conversation_id, receipt_due_at=conversation.receipt_due_at)
        done.update(receipt_due_at=None)


def _tell(clinic_id: UUID, conversation: Conversation, typing: bool) -> None:
    with clinic_scope(clinic_id):
        newest = Message.objects.filter(conversation=conversation, direction="in", external_id__isnull=False)
        external_id = newest.order_by("-sent_at", "-id").values_list("external_id", flat=True).first()
        is_connected = conversation.channel.state == Channel.State.CONNECTED
        credentials = credentials_of(conversation.channel) if external_id and is_connected else None
    if credentials:
        asyncio.run(_mark(credentials, external_id, typing))


async def _mark(credentials: Credentials, external_id: str, typing: bool) -> None:
    async with http.open_client(allow_private=credentials.allow_private, connections=1) as client:
        try:
            await mark_read(client, credentials, external_id, typing=typing)
        except ProviderError:
            return  # the ticks stay grey; the next opening of the conversation tries again
