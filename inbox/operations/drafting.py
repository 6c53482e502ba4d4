"""What a member has written and not sent: kept as they type, on every device of theirs, for nobody else to read."""

import time
from functools import partial

from django.db import transaction
from django.utils import timezone

from clinics.models import Member

from .. import whispers
from ..models import Conversation, KeptDraft, Message


class Overtaken(Exception):
    """Another device wrote here since: `there` is what it left. Nothing was changed."""

    def __init__(self, there: KeptDraft):
        super().__init__("draft overtaken")
        self.there = there


def keep_draft(
    conversation: Conversation,
    *,
    member: Member,
    mode: str,
    text: str,
    reply_to: Message | None,
    revision: int,
) -> int:
    """Keep what the composer holds; an empty text ends the draft. Returns its number, 0 when there is none now.

    `revision` is the number of what the page knows to be here, 0 for nothing. Raises Overtaken when something else is
    here: the page shows both and comes again with the number of what it has then shown.
    """
    there = _of(member, conversation).filter(mode=mode).select_for_update().first()
    wanted = (text, reply_to and reply_to.pk)
    if there is None:
        return _begin(conversation, member, mode, text, reply_to)
    if (there.text, there.reply_to_id) == wanted:
        return there.revision
    if there.revision != revision:
        raise Overtaken(there)
    if not text.strip():
        there.delete()
        _tell(there, 0)
        return 0
    there.text, there.reply_to = text, reply_to
    there.revision, there.updated_at = _next(there.revision), timezone.now()
    there.save(update_fields=["text", "reply_to", "revision", "updated_at"])
    _tell(there, there.revision)
    return there.revision


def end_sent(message: Message, *, mode: str, revision: int) -> None:
    """The draft is gone with the message it became: the one with its words, or the one its page held.

    What was written on meanwhile, here or on another device, stays.
    """
    for draft in _of(message.author, message.conversation).filter(mode=mode).select_for_update():
        if draft.text.strip() == message.text.strip() or draft.revision == revision:
            draft.delete()
            _tell(draft, 0)


def _begin(conversation, member, mode, text, reply_to) -> int:
    if not text.strip():
        return 0
    asked = {"conversation": conversation, "member": member, "mode": mode}
    first = {"text": text, "reply_to": reply_to, "revision": _next(0)}
    draft, is_new = KeptDraft.objects.get_or_create(**asked, defaults=first)
    if not is_new and (draft.text, draft.reply_to_id) != (text, reply_to and reply_to.pk):
        raise Overtaken(draft)
    _tell(draft, draft.revision)
    return draft.revision


def _next(revision: int) -> int:
    """Greater than any number given out here before, those of drafts that have ended too."""
    return max(revision + 1, time.time_ns() // 1_000_000)


def _tell(draft: KeptDraft, revision: int) -> None:
    """The author's other tabs fetch what changed."""
    news = {"draft": str(draft.conversation_id), "mode": draft.mode, "revision": revision}
    transaction.on_commit(
        partial(whispers.to_member, str(draft.clinic_id), str(draft.member_id), news), robust=True
    )


def _of(member: Member, conversation: Conversation):
    return KeptDraft.objects.filter(member=member, conversation=conversation)
