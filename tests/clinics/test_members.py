import pytest

from clinics.models import AuditEntry, Member, Role
from clinics.operations.invitations import accept_as_newcomer, invite
from clinics.operations.members import add_member, change_role, deactivate_member, reactivate_member
from clinics.refusal import Refused
from tests.factories import make_member

OWNER, ADMIN, AGENT = Role.OWNER, Role.ADMIN, Role.AGENT


@pytest.mark.parametrize(
    ("by", "of", "to", "is_allowed"),
    [
        (OWNER, AGENT, OWNER, True),
        (OWNER, OWNER, AGENT, True),
        (ADMIN, AGENT, ADMIN, True),
        (ADMIN, ADMIN, AGENT, True),
        (ADMIN, AGENT, OWNER, False),
        (ADMIN, OWNER, AGENT, False),
        (AGENT, AGENT, ADMIN, False),
        (AGENT, ADMIN, AGENT, False),
    ],
)
def test_who_may_give_which_role(clinic, by, of, to, is_allowed):
    make_member("The Owner", OWNER)
    actor, member = make_member("Actor", by), make_member("Somebody", of)

    try:
        change_role(member, to, by=actor)
    except Refused:
        pass

    assert Member.objects.get(pk=member.pk).role == (to if is_allowed else of)


def test_an_agent_cannot_make_themselves_an_admin(member):
    with pytest.raises(Refused, match="Only admins"):
        change_role(member, ADMIN, by=member)


def test_the_last_owner_cannot_step_down(admin):
    with pytest.raises(Refused, match="needs an owner"):
        change_role(admin, AGENT, by=admin)


def test_a_former_owner_does_not_count_as_one_who_remains(admin):
    make_member("Former Owner", OWNER, is_active=False)

    with pytest.raises(Refused, match="needs an owner"):
        change_role(admin, ADMIN, by=admin)


def test_nobody_ends_their_own_work(admin):
    make_member("Second Owner", OWNER)

    with pytest.raises(Refused, match="cannot remove yourself"):
        deactivate_member(admin, by=admin)


def test_an_admin_cannot_remove_an_owner(admin):
    with pytest.raises(Refused, match="Only an owner"):
        deactivate_member(admin, by=make_member("An Admin", ADMIN))


def test_somebody_who_lost_their_role_meanwhile_changes_nothing(member, admin):
    former = make_member("Former Admin", ADMIN, is_active=False)

    with pytest.raises(Refused, match="Only admins"):
        deactivate_member(member, by=former)


def test_a_former_member_who_comes_back_is_the_same_member(member, admin):
    deactivate_member(member, by=admin)

    again = add_member(member.user.email, "Ada Returned", AGENT, by=admin)

    assert (again.pk, again.name, again.is_active) == (member.pk, "Ada Returned", True)


def test_letting_a_former_owner_back_in_takes_an_owner(admin):
    former = make_member("Former Owner", OWNER, is_active=False)

    with pytest.raises(Refused, match="Only an owner"):
        reactivate_member(former, by=make_member("An Admin", ADMIN))


def test_nobody_is_a_member_twice(member):
    with pytest.raises(Refused, match="works here already"):
        add_member(member.user.email.upper(), "Ada Again", AGENT)


def test_a_known_person_keeps_their_password(member):
    deactivate_member(member)

    add_member(member.user.email, "Ada", AGENT, password="another password entirely")

    member.user.refresh_from_db()
    assert member.user.check_password("correct horse battery")


def test_an_admin_decides_what_an_agent_sees(clinic, admin, member, client):
    client.force_login(admin.user)

    client.post(f"/settings/members/{member.pk}/role/", {"role": AGENT, "visibility": "own"})

    entry = AuditEntry.objects.get(action="member.visibility_changed")
    assert Member.objects.get(pk=member.pk).visibility == "own"
    assert (entry.member, entry.detail) == (admin, {"name": member.name, "before": "all", "after": "own"})


def test_a_role_alone_leaves_what_somebody_sees_as_it_was(clinic, admin, client):
    member = make_member("Tom Agent", visibility="team")
    client.force_login(admin.user)

    client.post(f"/settings/members/{member.pk}/role/", {"role": ADMIN})

    assert Member.objects.get(pk=member.pk).visibility == "team"


def test_an_invitation_says_what_the_newcomer_will_see(clinic, admin):
    invitation, _token = invite("nia@clinic.example", AGENT, visibility="team", by=admin)

    member = accept_as_newcomer(invitation.token_hash, "Nia", "correct horse battery")

    assert member.visibility == "team"
