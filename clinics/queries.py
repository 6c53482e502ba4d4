"""What screens and other apps may know about people and clinics."""

import json
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from clinic_inbox.tenancy import person_scope

from .hours import Hours, always
from .models import BusinessHours, Clinic, Member, Role, SpecialDay, Team, User

BACKUP_STAMP = "last-backup.json"


def memberships_of(user: User) -> list[Member]:
    """The active memberships of one person, in every clinic, by clinic name; each with its clinic loaded."""
    with person_scope(user.pk):
        return list(Member.own.filter(is_active=True).select_related("clinic").order_by("clinic__name"))


def find_membership(user: User, clinic_id: str | UUID | None) -> Member | None:
    """The person's membership in that clinic, or in their first one; None when they work nowhere."""
    memberships = memberships_of(user)
    chosen = [member for member in memberships if str(member.clinic_id) == str(clinic_id)]
    return next(iter(chosen or memberships), None)


def active_members():
    """Members of the active clinic who may be assigned work, by name."""
    return Member.objects.filter(is_active=True).select_related("user")


def teams():
    """Teams of the active clinic, by name."""
    return Team.objects.all()


def hours_of(clinic: Clinic) -> Hours:
    """When the clinic, which is the active one, is open."""
    zone = ZoneInfo(clinic.time_zone)
    told = BusinessHours.objects.values_list("week", flat=True).first()
    week = always(zone).week if told is None else tuple(_spans(day) for day in told)
    return Hours(zone, week, {each.day: _spans(each.spans) for each in SpecialDay.objects.all()})


def _spans(told: list) -> tuple[tuple[int, int], ...]:
    return tuple((opens, closes) for opens, closes in told)


def last_backup_at() -> datetime | None:
    """When the newest whole backup of this installation was begun: it holds everything committed before.

    None when `manage.py backup` has never ended well here, or its stamp in DATA_DIR cannot be read.
    """
    try:
        stamp = json.loads((settings.DATA_DIR / BACKUP_STAMP).read_text())
        return datetime.fromisoformat(stamp["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def addresses_of_admins() -> list[str]:
    """E-mail addresses of the active clinic's owners and admins: who hears of what needs an admin."""
    admins = Member.objects.filter(is_active=True, role__in=(Role.OWNER, Role.ADMIN))
    return list(admins.order_by("user__email").values_list("user__email", flat=True))
