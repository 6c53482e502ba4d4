"""Letters to members about what they did not look at, and calls to who is on call. They name no patient.

At least once: what is to be written is claimed for LEASE, letter by letter, and done when the mail server took it. A
worker that ends between the two leaves that letter to a round after the lease, and all others to the next one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope
from clinics.mail import send_letter
from clinics.models import Clinic, Member

from . import notices, oncall, pushing, queries
from .alerts import choices_of_all
from .models import AlertChoices, Notice
from .onlookers import onlookers

LEASE = timedelta(minutes=10)
MOST_LINES = 20  # of one letter


@dataclass(frozen=True)
class Post:
    """One letter to one member: all that waits for them, or all that they are called for."""

    member: Member
    notices: list[Notice]

    @property
    def is_call(self) -> bool:
        """To be told at once, in their browsers too."""
        return self.notices[0].is_call


@dataclass(frozen=True)
class Waiting:
    """A member for whom something waits, as the round began."""

    member: Member
    choices: AlertChoices
    is_called: bool


def go_round(clinic_id: UUID) -> int:
    """Call who is to be called, and write what is to be written; returns how many letters went out."""
    now = timezone.now()
    with clinic_scope(clinic_id):
        oncall.escalate(Clinic.objects.get(pk=clinic_id), now)
    with clinic_scope(clinic_id):
        notices.note_overdue(now)
        notices.forget_old(now)
        waiting = _waiting(now)
    called = [each for each in waiting if each.is_called]
    for each in called:  # in their browsers before anybody's letter is written
        _push(clinic_id, each)
    posts = [_deliver(clinic_id, each, _calls) for each in called]
    return sum(posts) + sum(_deliver(clinic_id, each, _ripe) for each in waiting)


def _waiting(now: datetime) -> list[Waiting]:
    rows = dict.fromkeys(_free(now).values_list("member", flat=True), False)
    if not rows:
        return []
    rows |= dict.fromkeys(_free(now).filter(event__in=Notice.CALLS).values_list("member", flat=True), True)
    members = list(Member.objects.filter(pk__in=rows).select_related("user", "clinic").order_by("pk"))
    choices = choices_of_all(members)
    return [Waiting(each, choices[each.pk], rows[each.pk]) for each in members]


def _free(now: datetime) -> QuerySet[Notice]:
    """What waits and nobody is writing."""
    return Notice.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), seen_at=None, done_at=None)


def _claim(clinic_id: UUID, of: Waiting, find) -> list[Notice]:
    """What `find` says is to be written to the member now; for LEASE nobody else writes it.

    Just before it is written, and nobody else's: a worker that ends on the way holds up one letter.
    """
    now = timezone.now()
    with clinic_scope(clinic_id):
        found = find(of, _free(now).filter(member=of.member), now)
        Notice.objects.filter(pk__in=[each.pk for each in found]).update(lease_until=now + LEASE)
    return found


def _calls(of: Waiting, theirs: QuerySet[Notice], now: datetime) -> list[Notice]:
    return _wanted(of.member, theirs.filter(event__in=Notice.CALLS), now)


def _unpushed(of: Waiting, theirs: QuerySet[Notice], now: datetime) -> list[Notice]:
    return _calls(of, theirs.filter(pushed_at=None), now)


def _ripe(of: Waiting, theirs: QuerySet[Notice], now: datetime) -> list[Notice]:
    """All that waits beside calls, once the eldest of it has waited long enough; nothing in their quiet hours."""
    waiting = theirs.exclude(event__in=Notice.CALLS)
    clock = timezone.localtime(now, ZoneInfo(of.member.clinic.time_zone)).time()
    until = now - timedelta(minutes=of.choices.mail_after)
    if of.choices.is_quiet(clock) or not waiting.filter(happened_at__lte=until).exists():
        return []
    found = _wanted(of.member, waiting, now)
    return found if found and found[0].happened_at <= until else []


def _wanted(member: Member, waiting: QuerySet[Notice], now: datetime) -> list[Notice]:
    """Those that are still so, in conversations that the member sees and does not look at; the others are done."""
    locked = waiting.select_related("conversation").select_for_update(of=["self"], skip_locked=True)
    rows = list(locked.order_by("happened_at", "pk")[: notices.MOST])
    asked = {each.conversation_id for each in rows}
    if not asked:
        return []
    seen = queries.visible_conversations(member).filter(pk__in=asked)
    seen = set(seen.values_list("pk", flat=True)) if member.is_active else set()
    here = onlookers(member.clinic_id, asked)
    looking = {pk for pk in asked if (member.pk, pk) in here}
    wanted, over = [], []
    for each in rows:
        is_needed = each.is_call or each.conversation_id not in looking
        is_wanted = is_needed and each.conversation_id in seen and notices.is_current(each)
        (wanted if is_wanted else over).append(each)
    Notice.objects.filter(pk__in=[each.pk for each in over]).update(done_at=now)
    return wanted


def _deliver(clinic_id: UUID, to: Waiting, find) -> bool:
    """Outside any scope. A letter that is not taken is tried again when its lease is over."""
    found = _claim(clinic_id, to, find)
    was_taken = bool(found) and _write(Post(to.member, found))
    if was_taken:
        _note(clinic_id, found, done_at=timezone.now())
    return was_taken


def _push(clinic_id: UUID, to: Waiting) -> None:
    calls = _claim(clinic_id, to, _unpushed)
    for each in calls:
        pushing.push_to(clinic_id, each.member_id, partial(notices.sentence, each), notices.path_of(each))
    _note(clinic_id, calls, pushed_at=timezone.now(), lease_until=None)


def _note(clinic_id: UUID, rows: list[Notice], **facts) -> None:
    if rows:
        with clinic_scope(clinic_id):
            Notice.objects.filter(pk__in=[each.pk for each in rows]).update(**facts)


def _write(post: Post) -> bool:
    member, clinic = post.member, post.member.clinic
    language = member.language or clinic.language
    with translation.override(language), timezone.override(ZoneInfo(clinic.time_zone)):
        subject = _("A patient waits for an answer") if post.is_call else _("Waiting for you in the inbox")
        told = post.notices[:MOST_LINES]
        return send_letter(
            [member.user.email],
            f"{clinic.name} · {subject}",
            "inbox/notices.txt",
            lines=[(notices.sentence(each), each.happened_at, _link(each)) for each in told],
            more=len(post.notices) - len(told),
            is_call=post.is_call,
            settings_link=settings.PUBLIC_URL + reverse("inbox:notifications"),
        )


def _link(notice: Notice) -> str:
    return settings.PUBLIC_URL + notices.path_of(notice)
