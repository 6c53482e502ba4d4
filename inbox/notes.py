"""What notes say to somebody: who is called, what was answered to them, and what is pinned for everybody."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from clinics.models import Member
from contacts.models import Contact

from . import queries
from .models import Mention, Message, NoteAnswer, Pin

# Of a note that stands in a thread or above one.
WORDS = ("text", "content", "sent_at", "author__name")


def unseen_mentions(member: Member) -> set[UUID]:
    """The conversations with a note for the member that they have not had before their eyes, as far as seen."""
    unseen = Mention.objects.filter(member=member, seen_at=None)
    seen = queries.visible_conversations(member).filter(pk__in=unseen.values("conversation"))
    return set(seen.values_list("pk", flat=True)[: queries.MOST_COUNTED])


def pins_about(contact: Contact, member: Member) -> list[Pin]:
    """The pinned notes of all of a contact's conversations that the member sees, the newest pin first.

    Each note has its `thread`.
    """
    theirs = queries.visible_conversations(member).filter(contact=contact)
    pins = Pin.objects.filter(conversation__in=theirs).select_related("note", "note__author", "by")
    named = ("note__author__name", "by__name")
    pins = pins.only("conversation", "created_at", "note__text", "note__content", *named)
    found = list(pins.order_by("-created_at", "-pk"))
    threads = _threads_below([pin.note_id for pin in found])
    for pin in found:
        pin.note.thread = threads[pin.note_id]
    return found


def fetch_threads(messages: Iterable[Message]) -> None:
    """Give each note its `thread`, the notes that answer it from the first on, and `answered`, the one it answers.

    Two queries when there are notes, none otherwise.
    """
    notes = {}
    for message in messages:
        message.thread, message.answered = [], None
        if message.direction == Message.Direction.NOTE:
            notes[message.pk] = message
    for pk, thread in _threads_below(notes).items():
        notes[pk].thread = thread
    for row in _answers(answer__in=notes) if notes else ():
        notes[row.answer_id].answered = row.note


def threads_of(messages: Iterable[Message]) -> list[Message]:
    """The notes that these ones answer and that are not among them: whoever has them drawn sees their threads grow."""
    messages = list(messages)
    missing = {message.answered.pk for message in messages if message.answered}
    missing -= {message.pk for message in messages}
    return list(queries.drawable().filter(pk__in=missing)) if missing else []


def first_of_thread(note: Message) -> Message:
    """The note whose thread this one belongs to: the one it answers, or itself."""
    row = NoteAnswer.objects.filter(answer=note).select_related("note").first()
    return row.note if row else note


def _threads_below(notes: Iterable[UUID]) -> dict[UUID, list[Message]]:
    threads = defaultdict(list)
    for row in _answers(note__in=notes) if notes else ():
        threads[row.note_id].append(row.answer)
    return threads


def _answers(**which) -> Iterable[NoteAnswer]:
    """Rows in their order, with the words of the note at the other end."""
    end = "answer" if "note__in" in which else "note"
    rows = NoteAnswer.objects.filter(**which).select_related(end, f"{end}__author").order_by("pk")
    return rows.only("note", "answer", *(f"{end}__{name}" for name in WORDS))
