"""Forwarding: what was said in one conversation, sent to the patient of another one."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member
from clinics.refusal import Refused
from integrations.events import MEDIA_KINDS, Invalid, Kind
from integrations.whatsapp.limits import check_file

from .. import bells, files, gate, sounds
from ..models import Attachment, Conversation, Message
from .handling import NOT_YOURS, sees_by_right
from .sending import Draft, send_message

FORWARDED = {"is_forwarded": True}


def can_be_forwarded(message: Message, files: Iterable[Attachment]) -> bool:
    """Whether a copy could go to anybody at all: words, or a file that is here and may be sent as what it is."""
    if (
        message.direction not in (Message.Direction.IN, Message.Direction.OUT)
        or message.revoked_at is not None
    ):
        return False
    if message.kind not in MEDIA_KINDS:
        return message.kind == Kind.TEXT and bool(message.text.strip())
    stored = _stored(files)
    return stored is not None and _may_be_sent(Kind(message.kind), stored)


def forward(message: Message, to: Conversation, *, by: Member, client_id: str) -> Message:
    """Send a copy of a message, with its file, in another conversation; the same id again returns the one it made.

    Raises Refused for what cannot be forwarded, or for a conversation that `by` sees in an emergency only, and what
    send_message raises.
    """
    if (made := Message.objects.filter(client_id=client_id, conversation=to).first()) is not None:
        return made
    if not (sees_by_right(message.conversation, by) and sees_by_right(to, by)):
        raise Refused(NOT_YOURS)
    draft = _draft_of(message)
    gate.may_send(to, draft)
    copies = []
    try:
        with transaction.atomic():  # a refusal takes the copy's row along
            if draft.attachment:
                copies.append(_copy(draft.attachment, to, by))
                draft = Draft(draft.kind, draft.text, FORWARDED, copies[0])
            new = send_message(to, draft, client_id=client_id, author=by)
    except Exception:
        files.forget(copies)
        raise
    audit.record("message.forwarded", member=by, target=new, detail={"from": str(message.pk)})
    return new


def _draft_of(message: Message) -> Draft:
    files = list(message.attachments.order_by("created_at"))
    if not can_be_forwarded(message, files):
        raise Refused(_("This message cannot be forwarded."))
    file = _stored(files) if message.kind in MEDIA_KINDS else None
    return Draft(Kind(message.kind), message.text, FORWARDED, file)


def _stored(files: Iterable[Attachment]) -> Attachment | None:
    return next((each for each in files if each.state == Attachment.State.STORED), None)


def _may_be_sent(kind: Kind, file: Attachment) -> bool:
    try:
        check_file(kind, file.content_type, file.size or 0)
    except Invalid:
        return False
    return True


def _copy(source: Attachment, to: Conversation, by: Member) -> Attachment:
    """A file of its own: each is deleted with its own conversation."""
    kept = (
        "kind",
        "declared_type",
        "content_type",
        "filename",
        "size",
        "width",
        "height",
        "seconds",
        "peaks",
    )
    copy = Attachment(
        channel_id=to.channel_id,
        uploaded_by=by,
        state=Attachment.State.STORED,
        **{name: getattr(source, name) for name in kept},
    )
    files.copy(source, copy)
    is_sound = sounds.expect(copy)
    copy.save(force_insert=True)
    if is_sound:
        bells.ring(bells.PREPARE_SOUND, copy.clinic_id, copy.pk)
    return copy
