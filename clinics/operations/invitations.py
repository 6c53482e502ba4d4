"""Invitations: one link, one e-mail address, one clinic, one use, three days."""

import secrets
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import audit
from ..models import Invitation, Member, User, Visibility
from ..refusal import Refused
from .members import add_member, check_may_grant, create_person
from .tokens import digest

VALID_FOR = timedelta(hours=72)


def invite(
    email: str, role: str, *, visibility: str = Visibility.ALL, by: Member | None = None
) -> tuple[Invitation, str]:
    """Invite an e-mail address; earlier open invitations of it are withdrawn. Returns the token, which is not stored.

    Raises Refused when the person works here or `by` may not give this role.
    """
    check_may_grant(by, role)
    if Member.objects.filter(user__email__iexact=email, is_active=True).exists():
        raise Refused(_("%(email)s works here already.") % {"email": email})
    for earlier in open_invitations().filter(email__iexact=email):
        withdraw(earlier, by=by)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email.lower(),
        role=role,
        visibility=visibility,
        token_hash=digest(token),
        invited_by=by,
        expires_at=timezone.now() + VALID_FOR,
    )
    detail = {"email": invitation.email, "role": role, "visibility": visibility}
    audit.record("member.invited", member=by, target=invitation, detail=detail)
    return invitation, token


def withdraw(invitation: Invitation, *, by: Member | None = None) -> Invitation:
    """Make the link useless. An invitation that is no longer open stays as it is."""
    if invitation.is_open:
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])
        audit.record("invitation.withdrawn", member=by, target=invitation, detail={"email": invitation.email})
    return invitation


def open_invitations():
    """Invitations of the active clinic that can still be accepted, newest first."""
    waiting = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())
    return waiting.order_by("-created_at")


def find_open(token_hash: str) -> Invitation | None:
    """The open invitation with this token, whose inviter may still invite; locked until the transaction ends."""
    invitation = Invitation.objects.select_for_update().filter(token_hash=token_hash).first()
    if invitation is None or not invitation.is_open:
        return None
    try:
        check_may_grant(invitation.invited_by, invitation.role)
    except Refused:
        return None
    return invitation


def accept_as(token_hash: str, user: User, name: str) -> Member:
    """Make a signed-in person a member. Raises Refused when the invitation is not open, or not for their address."""
    invitation = _open_or_refused(token_hash)
    if user.email.lower() != invitation.email:
        audit.record(
            "invitation.refused", actor=user.email, target=invitation, detail={"reason": "other address"}
        )
        raise Refused(_("This invitation is for another e-mail address."))
    return _join(invitation, name)


def accept_as_newcomer(token_hash: str, name: str, password: str) -> Member:
    """Make a person without a sign-in a member. Raises Refused, and ValidationError for a weak password."""
    invitation = _open_or_refused(token_hash)
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise Refused(_("There is a sign-in for this address already. Sign in to accept."))
    create_person(invitation.email, password)
    return _join(invitation, name)


def _open_or_refused(token_hash: str) -> Invitation:
    invitation = find_open(token_hash)
    if invitation is None:
        raise Refused(_("This invitation can no longer be used. Ask the clinic for a new one."))
    return invitation


def _join(invitation: Invitation, name: str) -> Member:
    member = add_member(
        invitation.email, name, invitation.role, visibility=invitation.visibility, by=invitation.invited_by
    )
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    audit.record("invitation.accepted", member=member, target=invitation, detail={"role": invitation.role})
    return member
