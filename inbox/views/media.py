"""Files of a thread, for members who may see the conversation; and uploads for the next message."""

from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic_inbox.tenancy import clinic_scope
from clinics import audit
from clinics.middleware import outside_clinic
from integrations.events import Invalid, Kind

from .. import queries
from ..models import Attachment
from ..operations import uploading
from ..serving import serve
from .access import find_conversation, members_only


@require_GET
@members_only
def media(request, pk):
    """The file itself. Each opening is in the audit log."""
    attachment = _open(request, pk)
    return serve(request, attachment.file, attachment.content_type, attachment.filename)


@require_GET
@members_only
def playable(request, pk):
    """The sound in the form that every browser plays; the file itself while there is no other form."""
    attachment = _open(request, pk)
    if not attachment.playable_file:
        return serve(request, attachment.file, attachment.content_type, attachment.filename)
    return serve(request, attachment.playable_file, attachment.playable_type, attachment.filename)


@require_GET
@members_only
def thumbnail(request, pk):
    """The small picture that a thread shows."""
    attachment = _find(request, pk)
    if not attachment.thumbnail:
        raise Http404
    # Opening a thread shows all its small pictures, and is on record already.
    seen = attachment.message.conversation if attachment.message else attachment
    action = "conversation.opened" if attachment.message else "attachment.opened"
    audit.record_reading(action, member=request.member, target=seen)
    return serve(request, attachment.thumbnail, "image/webp", "thumbnail.webp")


@require_POST
@transaction.non_atomic_requests
@outside_clinic
@members_only
def upload(request, pk):
    """Keep a file for the composer: {"id", "kind", "filename", "size"}, or 422 with {"code", "sentence"}.

    Between two scopes, because a recording is encoded meanwhile: no transaction is held for that long.
    """
    with clinic_scope(request.member.clinic_id):
        find_conversation(request, pk)
    file = request.FILES.get("file")
    kind = Kind.VOICE if request.POST.get("kind") == Kind.VOICE else None
    if file is None:
        return _refuse(_("No file came."))
    try:
        with uploading.prepare(file, kind) as ready, clinic_scope(request.member.clinic_id):
            conversation = find_conversation(request, pk)  # it may have been taken from their sight meanwhile
            attachment = uploading.take(
                conversation.channel, ready, by=request.member, conversation=conversation
            )
    except Invalid as problem:
        return _refuse(str(problem))
    told = {
        "id": attachment.pk,
        "kind": attachment.kind,
        "filename": attachment.filename,
        "size": attachment.size,
    }
    return JsonResponse(told, status=201)


def _refuse(sentence: str) -> JsonResponse:
    return JsonResponse({"code": "invalid", "sentence": sentence}, status=422)


def _find(request, pk) -> Attachment:
    """A stored file of a conversation the member may see, or their own upload. Raises Http404."""
    seen = queries.visible_conversations(request.member)
    stored = Attachment.objects.select_related("message__conversation").filter(state=Attachment.State.STORED)
    theirs = stored.filter(message__conversation__in=seen) | stored.filter(
        message=None, uploaded_by=request.member
    )
    return get_object_or_404(theirs, pk=pk)


def _open(request, pk) -> Attachment:
    """The same, with its entry in the audit log: one for many parts, as a player asks for them. Raises Http404."""
    attachment = _find(request, pk)
    record = audit.record_reading if "Range" in request.headers else audit.record
    record("attachment.opened", member=request.member, target=attachment)
    return attachment
