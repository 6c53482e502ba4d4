"""What screens and other apps may know about people and clinics."""

from uuid import UUID

from clinic_inbox.tenancy import person_scope

from .models import Member, Team, User


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
