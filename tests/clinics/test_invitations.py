from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry, Invitation, Member, Role, User
from clinics.operations import invitations
from clinics.operations.members import change_role, deactivate_member
from clinics.operations.tokens import digest
from clinics.refusal import Refused
from tests.factories import make_clinic, make_member

NEW = {"name": "Nia Newcomer", "password": "four unrelated words here"}


def invite(admin, email="nia@clinic.example", role=Role.AGENT) -> str:
    """The path that an invitation's link leads to."""
    _, token = invitations.invite(email, role, by=admin)
    return f"/invitation/{admin.clinic_id}/{token}/"


def test_the_token_itself_is_not_stored(admin):
    invitation, token = invitations.invite("nia@clinic.example", Role.AGENT, by=admin)

    assert invitation.token_hash == digest(token)
    assert len(token) == 43


def test_a_newcomer_joins_and_is_signed_in(admin, client):
    client.get(invite(admin))

    response = client.post("/invitation/", NEW)

    member = Member.objects.get(name="Nia Newcomer")
    assert (response.status_code, response.url) == (302, "/")
    assert (member.user.email, member.role) == ("nia@clinic.example", Role.AGENT)
    assert client.get("/settings/profile/").context["member"] == member


def test_the_address_with_the_token_is_left_at_once(admin, client):
    response = client.get(invite(admin))

    assert (response.status_code, response.url) == (302, "/invitation/")


def test_a_link_works_once(admin, client):
    path = invite(admin)
    client.get(path)
    client.post("/invitation/", NEW)
    client.logout()

    client.get(path)
    response = client.post("/invitation/", NEW | {"name": "Somebody Else"})

    assert response.status_code == 410
    assert Member.objects.filter(name="Somebody Else").count() == 0


def test_a_link_ends_after_three_days(admin, client):
    path = invite(admin)

    with time_machine.travel(timezone.now() + timedelta(hours=72, seconds=1)):
        client.get(path)
        response = client.post("/invitation/", NEW)

    assert (response.status_code, User.objects.filter(email="nia@clinic.example").count()) == (410, 0)


def test_a_withdrawn_link_is_closed(admin, client):
    path = invite(admin)
    client.get(path)
    invitations.withdraw(Invitation.objects.get(), by=admin)

    assert client.post("/invitation/", NEW).status_code == 410


def test_a_second_invitation_closes_the_first(admin, client):
    first = invite(admin)
    invite(admin)

    client.get(first)

    assert client.post("/invitation/", NEW).status_code == 410


def test_a_forwarded_link_lets_nobody_else_in(admin, client):
    path = invite(admin)
    forwarded_to = User.objects.create_user("else@clinic.example", "correct horse battery")
    client.force_login(forwarded_to)

    client.get(path)
    response = client.post("/invitation/", {"name": "Somebody Else"})

    assert response.status_code == 403
    assert "nia@clinic.example" not in response.text
    assert Member.objects.filter(user=forwarded_to).count() == 0
    assert AuditEntry.objects.filter(action="invitation.refused").count() > 0


def test_a_person_who_has_a_sign_in_must_use_it(admin, client):
    User.objects.create_user("nia@clinic.example", "correct horse battery")
    client.get(invite(admin))

    response = client.post("/invitation/", NEW)

    assert (response.status_code, response.url) == (302, "/accounts/login/?next=/invitation/")
    assert Member.objects.filter(user__email="nia@clinic.example").count() == 0


def test_a_person_who_signs_in_meanwhile_joins_with_their_own_name(admin, client):
    User.objects.create_user("nia@clinic.example", "correct horse battery")
    client.get(invite(admin))
    client.post("/accounts/login/", {"login": "nia@clinic.example", "password": "correct horse battery"})

    client.post("/invitation/", {"name": "Nia Known"})

    assert Member.objects.get(user__email="nia@clinic.example").name == "Nia Known"


def test_an_operation_refuses_another_address_even_when_asked_directly(admin):
    _, token = invitations.invite("nia@clinic.example", Role.AGENT, by=admin)
    somebody = User.objects.create_user("else@clinic.example", "correct horse battery")

    with pytest.raises(Refused, match="another e-mail address"):
        invitations.accept_as(digest(token), somebody, "Somebody")


def test_an_invitation_dies_with_its_inviters_right(admin, client):
    inviter = make_member("Second Owner", Role.OWNER)
    path = invite(inviter, role=Role.OWNER)
    change_role(inviter, Role.ADMIN, by=admin)

    client.get(path)

    assert client.get("/invitation/").status_code == 410
    assert client.post("/invitation/", NEW).status_code == 410


def test_an_invitation_of_somebody_who_left_is_closed(admin, client):
    inviter = make_member("An Admin", Role.ADMIN)
    path = invite(inviter)
    deactivate_member(inviter, by=admin)

    client.get(path)

    assert client.get("/invitation/").status_code == 410
    assert client.post("/invitation/", NEW).status_code == 410


def test_an_admin_cannot_invite_an_owner(admin, client):
    client.force_login(make_member("An Admin", Role.ADMIN).user)

    response = client.post("/settings/members/invite/", {"email": "nia@clinic.example", "role": "owner"})

    assert "Only an owner" in response.text
    assert Invitation.objects.count() == 0


def test_the_role_is_the_invitations_whatever_is_posted(admin, client):
    client.get(invite(admin))

    client.post("/invitation/", NEW | {"role": "owner"})

    assert Member.objects.get(name="Nia Newcomer").role == Role.AGENT


def test_a_token_opens_no_other_clinic(db, client):
    ours, theirs = make_clinic(), make_clinic()
    with clinic_scope(ours.pk):
        admin = make_member("Olga Owner", Role.OWNER)
        path = invite(admin)

    client.get(path.replace(str(ours.pk), str(theirs.pk)))

    assert client.post("/invitation/", NEW).status_code == 410
    assert User.objects.filter(email="nia@clinic.example").count() == 0


def test_a_weak_password_is_refused(admin, client):
    client.get(invite(admin))

    response = client.post("/invitation/", NEW | {"password": "password12"})

    assert "too common" in response.text
    assert Member.objects.filter(name="Nia Newcomer").count() == 0


def test_the_invitation_is_mailed_and_shown_once(
    admin, client, mailoutbox, django_capture_on_commit_callbacks
):
    client.force_login(admin.user)

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post("/settings/members/invite/", {"email": "nia@clinic.example", "role": "agent"})

    link = page.context["link"]
    assert [mail.to for mail in mailoutbox] == [["nia@clinic.example"]]
    assert link in mailoutbox[0].body
    assert link not in client.get("/settings/members/").text


def test_in_production_only_the_mailbox_gets_the_link(
    admin, client, mailoutbox, settings, django_capture_on_commit_callbacks
):
    settings.PRODUCTION = True
    client.force_login(admin.user)

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post("/settings/members/invite/", {"email": "nia@clinic.example", "role": "agent"})

    link = next(word for word in mailoutbox[0].body.split() if "/invitation/" in word)
    assert "nia@clinic.example" in page.text
    assert link.rstrip("/").rsplit("/", 1)[-1] not in page.text
    assert page.context.get("link") is None
