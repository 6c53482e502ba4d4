"""The ledger of what members are to be written of: what goes in, what they have looked at. Inside clinic_scope()."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Member

from .alerts import choices_of_all
from .models import AlertChoices, Conversation, Letter, Message, Notice

RECENT = timedelta(days=1)  # what was due longer ago is no news
KEPT = timedelta(days=7)
MOST = 200  # at once
OF_NOTES = (Letter.MENTIONED, Notice.ANSWERED)


def note(event: Letter, about: Message, members: Iterable[Member], tells: str = "") -> None:
    """Something happened that these members are to be written of, as far as they wish; `tells` if in other words."""
    members = list(members)
    choices = choices_of_all(members) if members else {}
    _add(
        Notice(
            member=member,
            conversation_id=about.conversation_id,
            event=tells or event,
            about=str(about.pk),
            happened_at=about.created_at,
        )
        for member in members
        if event in choices[member.pk].mails
    )


def note_overdue(now: datetime) -> None:
    """Every conversation whose patient waits past the clinic's target, for its holder, as far as they wish."""
    wishing = AlertChoices.objects.filter(mails__contains=[Letter.OVERDUE], member__is_active=True)
    holders = set(wishing.values_list("member", flat=True))
    if not holders:
        return
    overdue = waiting().filter(assignee__in=holders, reply_due_at__range=(now - RECENT, now))
    _add(
        Notice(
            member_id=each.assignee_id,
            conversation=each,
            event=Letter.OVERDUE,
            about=each.waiting_since.isoformat(),
            happened_at=each.reply_due_at,
        )
        for each in overdue.order_by("-reply_due_at")[:MOST]
    )


def call(conversation: Conversation, members: Iterable[Member], event: str) -> None:
    """These members are to be told at once that this patient waits."""
    about = conversation.waiting_since.isoformat()
    _add(Notice(member=each, conversation=conversation, event=event, about=about) for each in members)


def see(conversation: Conversation, member: Member) -> None:
    """The member looks at the conversation: what is in it need not be written to them any more."""
    unseen = Notice.objects.filter(member=member, conversation=conversation, seen_at=None, done_at=None)
    unseen.update(seen_at=timezone.now())


def is_current(notice: Notice) -> bool:
    """It is still so. `conversation` is at hand."""
    conversation = notice.conversation
    if notice.event in OF_NOTES:
        return True
    if notice.event == Letter.ASSIGNED:
        is_open = conversation.status != Conversation.Status.CLOSED
        return is_open and conversation.assignee_id == notice.member_id
    since = conversation.waiting_since
    is_same_wait = since is not None and since.isoformat() == notice.about
    is_theirs = notice.is_call or conversation.assignee_id == notice.member_id
    return is_same_wait and is_theirs and conversation.status == Conversation.Status.OPEN


def waiting() -> QuerySet[Conversation]:
    """Open conversations whose patient waits for an answer."""
    return Conversation.objects.filter(status=Conversation.Status.OPEN, waiting_since__isnull=False)


def forget_old(now: datetime) -> None:
    """What could not be written of in a day is no news any more; what was is kept for a while against doubles."""
    Notice.objects.filter(happened_at__lt=now - RECENT, done_at=None, seen_at=None).update(done_at=now)
    Notice.objects.filter(happened_at__lt=now - KEPT).delete()


def sentence(notice: Notice) -> str:
    """What happened, in the reader's language, without a word of a patient."""
    return {
        Letter.ASSIGNED: _("A conversation was assigned to you."),
        Letter.MENTIONED: _("A colleague mentions you in a note."),
        Notice.ANSWERED: _("A colleague answered in a thread of notes where you took part."),
        Letter.OVERDUE: _("A patient of yours waits past the clinic's target."),
        Notice.ON_CALL: _("A patient waits for an answer, and nobody has given one."),
        Notice.UNANSWERED: _("A patient still waits for an answer. Others were told before."),
    }[notice.event]


def path_of(notice: Notice) -> str:
    """Where it leads: to the conversation, and in it to the note."""
    path = reverse("inbox:conversation", args=[notice.conversation_id])
    return f"{path}?message={notice.about}" if notice.event in OF_NOTES else path


def _add(notices: Iterable[Notice]) -> None:
    rows = list(notices)
    if rows:
        Notice.objects.bulk_create(rows, ignore_conflicts=True)
