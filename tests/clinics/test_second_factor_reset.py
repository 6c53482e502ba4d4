"""Whose second step may be taken away, and by whom."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from clinic_inbox.tenancy import clinic_scope
from clinics.models import OpenSession
from tests.clinics.signing_in import (
    actions,
    code_of,
    give_app,
    sign_in,
    take_second_step,
)
from tests.factories import make_clinic, make_member


def test_who_lost_everything_is_reset_from_the_command_line(member, client, mailoutbox, capsys):
    give_app(member.user)
    sign_in(client, member.user.email)
    take_second_step(client, code_of())

    call_command("reset_second_factor", email=member.user.email.upper())

    assert json.loads(capsys.readouterr().out) == {"email": member.user.email, "removed": 2}
    assert not OpenSession.objects.filter(user=member.user).exists()
    assert actions()[-1] == "second_factor.reset"
    assert [mail.to for mail in mailoutbox] == [[member.user.email]]
    with pytest.raises(CommandError, match="nobody signs in with"):
        call_command("reset_second_factor", email="nobody@clinic.example")


def test_an_admin_resets_who_works_here_alone(member, admin, client):
    give_app(member.user)
    client.force_login(admin.user)

    page = client.post(f"/settings/members/{member.pk}/second-factor/")

    assert "sets up a new second step" in page.text
    assert not Authenticator.objects.filter(user=member.user).exists()
    assert actions()[-1] == "second_factor.reset"


def test_an_admin_cannot_weaken_what_protects_another_clinic(db, client):
    ours, theirs = make_clinic(), make_clinic()
    with clinic_scope(theirs.pk):
        make_member("Bo Both", email="both@clinic.example")
    with clinic_scope(ours.pk):
        bo, owner = make_member("Bo Both", email="both@clinic.example"), make_member("Olga", "owner")
    give_app(bo.user)
    client.force_login(owner.user)

    page = client.post(f"/settings/members/{bo.pk}/second-factor/")

    assert "works in another clinic too" in page.text
    assert Authenticator.objects.filter(user=bo.user).count() == 2


def test_an_admin_can_reset_neither_an_owner_nor_themselves(admin, client):
    someone = make_member("An Admin", "admin")
    for user in (admin.user, someone.user):
        give_app(user)
    client.force_login(someone.user)

    for member in (admin, someone):
        assert "notice-red" in client.post(f"/settings/members/{member.pk}/second-factor/").text
    assert Authenticator.objects.count() == 4


def test_the_members_page_tells_who_has_a_second_step(member, admin, client):
    give_app(member.user)
    client.force_login(admin.user)

    working = client.get("/settings/members/").context["working"]

    assert {each.name: each.has_second_factor for each in working} == {"Ada Agent": True, "Olga Owner": False}
