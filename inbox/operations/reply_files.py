"""Files that go along with saved replies. Each use is a new upload: what was sent keeps its own copy."""

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member
from integrations.events import Invalid

from .. import bells, files, sounds
from ..models import Attachment, Conversation, SavedReply, SavedReplyFile
from . import uploading

MOST_FILES = 5  # of one saved reply
SAME = ("kind", "content_type", "filename", "size", "width", "height")


def add_file(reply: SavedReply, file: UploadedFile, *, by: Member) -> SavedReplyFile:
    """Check and keep a file that goes along. Raises Invalid with a sentence."""
    if SavedReplyFile.objects.filter(reply=reply).count() >= MOST_FILES:
        raise Invalid(_("A saved reply has room for %(count)d files.") % {"count": MOST_FILES})
    saved = SavedReplyFile(reply=reply)
    uploading.keep(saved, file)
    saved.save(force_insert=True)
    audit.record("saved_reply.changed", member=by, target=reply, detail={"files": "+1"})
    return saved


def remove_file(saved: SavedReplyFile, *, by: Member) -> None:
    """The file goes along no longer; what was sent with it keeps its copy."""
    audit.record("saved_reply.changed", member=by, target=saved.reply, detail={"files": "-1"})
    files.forget([saved])
    saved.delete()


def reuse(saved: SavedReplyFile, conversation: Conversation, *, by: Member) -> Attachment:
    """A new upload of the member's with a saved reply's file, waiting for a message as any other."""
    told = {name: getattr(saved, name) for name in SAME}
    told |= {"declared_type": saved.content_type, "state": Attachment.State.STORED}
    attachment = Attachment(
        channel_id=conversation.channel_id, uploaded_by=by, uploaded_for=conversation, **told
    )
    files.copy(saved, attachment)
    is_sound = sounds.expect(attachment)
    attachment.save(force_insert=True)
    if is_sound:
        bells.ring(bells.PREPARE_SOUND, attachment.clinic_id, attachment.pk)
    return attachment
