"""People begin, change and stop working in the active clinic."""

from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _

from .. import audit
from ..models import Member, Role, User, Visibility
from ..refusal import Refused
from ..signals import availability_changed, sight_changed
from .tokens import revoke_api_token, tokens_made_by


def add_member(
    email: str,
    name: str,
    role: str,
    *,
    visibility: str = Visibility.ALL,
    password: str | None = None,
    by: Member | None = None,
    actor: str = "",
) -> Member:
    """Let a person work here, making their sign-in if they are new. A known person keeps their password.

    `by` None is `actor`, or the command line. Raises Refused, and ValidationError for a weak password.
    """
    check_may_grant(by, role)
    user = User.objects.filter(email__iexact=email).first() or create_person(email, password)
    member = Member.objects.filter(user=user).first()
    if member and member.is_active:
        raise Refused(_("%(email)s works here already.") % {"email": email})
    if member:
        member.visibility = visibility
        return _return_to_work(member, name, role, by)
    member = Member.objects.create(user=user, name=name, role=role, visibility=visibility)
    detail = {"name": name, "role": role, "visibility": visibility}
    audit.record("member.added", member=by, actor=actor, target=member, detail=detail)
    return member


def create_person(email: str, password: str | None) -> User:
    """A new sign-in. Without a password it can be used only after a password reset. Raises ValidationError."""
    if password is not None:
        validate_password(password, User(email=email))
    return User.objects.create_user(email, password)


def change_role(member: Member, role: str, *, by: Member | None = None) -> Member:
    """Give a member another role. Raises Refused when `by` may not, or when no owner would remain."""
    if member.role == role:
        return member
    check_may_grant(by, role)
    _check_may_change(by, member)
    if member.role == Role.OWNER:
        _check_an_owner_remains_without(member)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    audit.record(
        "member.role_changed", member=by, target=member, detail=_of(member, before=before, after=role)
    )
    sight_changed.send(Member, members=[member.pk])
    return member


def change_visibility(member: Member, visibility: str, *, by: Member | None = None) -> Member:
    """Let a member see other conversations than before; their open pages follow. Raises Refused when `by` may not."""
    if member.visibility == visibility:
        return member
    _check_may_change(by, member)
    before, member.visibility = member.visibility, visibility
    member.save(update_fields=["visibility"])
    detail = _of(member, before=before, after=visibility)
    audit.record("member.visibility_changed", member=by, target=member, detail=detail)
    sight_changed.send(Member, members=[member.pk])
    return member


def deactivate_member(member: Member, *, by: Member | None = None) -> Member:
    """End a member's work here: their pages, sockets and the keys they made are refused from now on.

    A key they made may be known to them alone, so it ends with them. What they wrote stays.
    """
    if by is not None and by.pk == member.pk:
        raise Refused(_("You cannot remove yourself. Ask another admin."))
    _check_may_change(by, member)
    if member.role == Role.OWNER:
        _check_an_owner_remains_without(member)
    member.is_active = False
    member.save(update_fields=["is_active"])
    audit.record("member.deactivated", member=by, target=member, detail=_of(member))
    for token in tokens_made_by([member])[member.pk]:
        revoke_api_token(token, by=by)
    return member


def reactivate_member(member: Member, *, by: Member | None = None) -> Member:
    """Let a former member work here again, in the role they had."""
    check_may_grant(by, member.role)
    return _return_to_work(member, member.name, member.role, by)


def change_profile(member: Member, **values) -> Member:
    """Change how the inbox greets, sounds, looks and sends for one member: the fields of ProfileForm."""
    changed = [field for field, value in values.items() if getattr(member, field) != value]
    for field in changed:
        setattr(member, field, values[field])
    if changed:
        member.save(update_fields=changed)
        audit.record("profile.changed", member=member, target=member, detail={"changed": changed})
    return member


def change_availability(member: Member, *, by: Member, **values) -> Member:
    """What rules look at before they give this member work: `speaks`, `is_away`, `most_open`; those that are named.

    Members settle their own languages and whether they are away; admins everybody's. Raises Refused.
    """
    if by.pk != member.pk or "most_open" in values:
        _check_may_change(by, member)
    changed = {name: value for name, value in values.items() if getattr(member, name) != value}
    if not changed:
        return member
    for name, value in changed.items():
        setattr(member, name, value)
    member.save(update_fields=list(changed))
    audit.record("member.availability_changed", member=by, target=member, detail=_of(member, **changed))
    availability_changed.send(Member, member=member)
    return member


def check_may_grant(by: Member | None, role: str) -> None:
    """Raises Refused unless `by` may give somebody this role: admins run the clinic, only owners make owners."""
    if by is None:
        return
    if not by.is_active or not by.is_admin:
        raise Refused(_("Only admins and owners may do this."))
    if role == Role.OWNER and by.role != Role.OWNER:
        raise Refused(_("Only an owner can make somebody an owner."))


def _check_may_change(by: Member | None, member: Member) -> None:
    check_may_grant(by, Role.AGENT)
    if by is not None and member.role == Role.OWNER and by.role != Role.OWNER:
        raise Refused(_("Only an owner can change an owner."))


def _check_an_owner_remains_without(member: Member) -> None:
    # Locked, so that two owners removing each other at the same moment cannot both succeed.
    owners = Member.objects.select_for_update().filter(role=Role.OWNER, is_active=True)
    if not [owner for owner in owners if owner.pk != member.pk]:
        raise Refused(_("A clinic needs an owner. Make somebody else an owner first."))


def _return_to_work(member: Member, name: str, role: str, by: Member | None) -> Member:
    member.name, member.role, member.is_active = name, role, True
    member.save(update_fields=["name", "role", "visibility", "is_active"])
    audit.record("member.reactivated", member=by, target=member, detail=_of(member, role=role))
    return member


def _of(member: Member, **detail) -> dict:
    return {"name": member.name, **detail}
