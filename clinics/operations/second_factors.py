"""A person who has lost their second factor gets a new chance to set one up."""

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

from .. import audit
from ..models import Member, Role, User
from ..queries import memberships_of
from ..refusal import Refused
from ..sessions import end_sessions
from .members import check_may_grant


def reset_second_factor(member: Member, *, by: Member) -> None:
    """Forget the member's factors and sign them out everywhere. Raises Refused when `by` may not.

    A person has one sign-in for all clinics: an admin of one must not weaken what protects another. So this is for
    people who work here alone; for everybody else there is the command line.
    """
    check_may_grant(by, Role.AGENT)
    if member.pk == by.pk:
        raise Refused(_("You change your own sign-in under Sign-in security."))
    if member.role == Role.OWNER and by.role != Role.OWNER:
        raise Refused(_("Only an owner can change an owner."))
    if [each for each in memberships_of(member.user) if each.clinic_id != member.clinic_id]:
        raise Refused(
            _("%(name)s works in another clinic too. Only the operator of this installation can do this.")
            % {"name": member.name}
        )
    forget_second_factor(member.user)
    audit.record("second_factor.reset", member=by, target=member, detail={"name": member.name})


def forget_second_factor(user: User) -> int:
    """Delete the person's factors and recovery codes, and end their sessions. Returns how many factors there were."""
    count, _by_table = Authenticator.objects.filter(user=user).delete()
    end_sessions(user)
    return count
