"""Private notes among colleagues: whom they name, what they answer, and which of them stay at the top.

All run inside clinic_scope().
"""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics import audit
from clinics.models import Member, Team
from clinics.refusal import Refused

from .. import mentions, notes, notices, realtime, sight
from ..models import Conversation, Letter, Mention, Message, NoteAnswer, Notice, Pin

MOST_PINNED = 5  # of one conversation; more would push the conversation out of sight
MOST_ANSWERS = 100  # of one note; all of them are drawn with it
ONLY_READ = gettext_lazy(
    "Emergency access lets you read and answer, not change what others see of a patient."
)


def mentioned_in(conversation: Conversation, text: str, *, by: Member) -> tuple[list[str], list[Member]]:
    """The names that a note calls by `@`, and whom that reaches; never its author.

    Raises Refused when it calls somebody who does not see the conversation: they would not find out, or find out
    what they may not.
    """
    if "@" not in text:
        return [], []
    circle = mentions.circle_of(conversation)
    named = circle.named_in(text)
    for each in named:
        if not circle.sees(each):
            raise Refused(_does_not_see(each))
    reached = [each for each in named if isinstance(each, Member)]
    reached += [member for each in named if isinstance(each, Team) for member in circle.teams[each]]
    return mentions.names_of(named), [each for each in dict.fromkeys(reached) if each != by]


def mention(note: Message, members: list[Member]) -> None:
    """Remember whom a new note names."""
    Mention.objects.bulk_create(
        Mention(note=note, conversation_id=note.conversation_id, member=member) for member in members
    )
    notices.note(Letter.MENTIONED, note, members)


def thread_to_join(note: Message) -> Message:
    """The note whose thread an answer to this one belongs to: threads are one level deep.

    Raises Refused for what is no note, and for a thread that is full.
    """
    if note.direction != Message.Direction.NOTE:
        raise Refused(_("Only notes are answered by notes. To answer the patient, write a reply."))
    first = notes.first_of_thread(note)
    if NoteAnswer.objects.filter(note=first).count() >= MOST_ANSWERS:
        raise Refused(
            _("This note has %(count)d answers already. Write a new note.") % {"count": MOST_ANSWERS}
        )
    return first


def join_thread(answer: Message, first: Message, named: list[Member]) -> None:
    """Put a new note into the thread below `first`, and tell who took part there as those are told whom notes name.

    These are its author, those who answered, and those it was written for; without `named`, whom the answer itself
    names, and without who does not see the conversation any more.
    """
    theirs = NoteAnswer.objects.filter(note=first).values("answer")
    in_thread = Message.objects.filter(Q(pk=first.pk) | Q(pk__in=theirs))
    took_part = set(in_thread.values_list("author", flat=True))
    took_part |= set(Mention.objects.filter(note__in=in_thread).values_list("member", flat=True))
    NoteAnswer.objects.create(note=first, answer=answer)
    others = [
        each
        for each in mentions.circle_of(answer.conversation).seeing
        if each.pk in took_part and each.pk != answer.author_id and each not in named
    ]
    Mention.objects.bulk_create(
        Mention(note=answer, conversation_id=answer.conversation_id, member=member, is_answer=True)
        for member in others
    )
    notices.note(Letter.MENTIONED, answer, others, tells=Notice.ANSWERED)


def see_mentions(conversation: Conversation, by: Member) -> int:
    """The member has the notes that name them before their eyes. Returns how many were new."""
    notices.see(conversation, by)
    unseen = Mention.objects.filter(conversation=conversation, member=by, seen_at=None)
    seen = unseen.update(seen_at=timezone.now())
    if seen:
        realtime.publish(realtime.topic(conversation.pk))
    return seen


def pin_note(note: Message, *, by: Member) -> None:
    """Keep a note and its thread at the top and in the patient panel, for everybody who sees the conversation.

    Raises Refused for what is no note, for a sixth one, and for who is here by emergency access.
    """
    _check_pinning(note, by)
    if note.direction != Message.Direction.NOTE:
        raise Refused(_("Only notes can be pinned: they are the clinic's own words."))
    note = notes.first_of_thread(note)
    others = Pin.objects.filter(conversation=note.conversation_id).exclude(note=note)
    if others.count() >= MOST_PINNED:
        raise Refused(
            _("%(count)d notes are pinned here already. Unpin one that is not needed any more.")
            % {"count": MOST_PINNED}
        )
    pin, is_new = Pin.objects.get_or_create(
        note=note, defaults={"conversation_id": note.conversation_id, "by": by}
    )
    if is_new:
        audit.record("note.pinned", member=by, target=pin.conversation, detail={"note": str(note.pk)})
        realtime.publish(realtime.topic(note.conversation_id))


def unpin_note(note: Message, *, by: Member) -> None:
    """Take a note and its thread down from the top; they stay where they are. Raises Refused as pin_note() does."""
    _check_pinning(note, by)
    note = notes.first_of_thread(note)
    if Pin.objects.filter(note=note).delete()[0]:
        audit.record("note.unpinned", member=by, target=note.conversation, detail={"note": str(note.pk)})
        realtime.publish(realtime.topic(note.conversation_id))


def _check_pinning(note: Message, by: Member) -> None:
    if not Conversation.objects.filter(sight.by_right(by), pk=note.conversation_id).exists():
        raise Refused(ONLY_READ)


def _does_not_see(each: Member | Team) -> str:
    if isinstance(each, Team):
        return _(
            "Nobody of %(name)s sees this conversation. Assign it to them, or write the name without @."
        ) % {"name": each.name}
    return _("%(name)s does not see this conversation. Assign it to them, or write the name without @.") % {
        "name": each.name
    }
