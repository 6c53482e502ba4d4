"""Attempts to become somebody, or something, by an invitation that was not meant so."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Invitation, Member, Role, User
from clinics.operations import invitations
from clinics.operations.members import change_role, deactivate_member
from clinics.operations.tokens import digest
from clinics.refusal import Refused
from tests.clinics.signing_in import PASSWORD, code_of, give_app, sign_in, take_second_step
from tests.factories import make_clinic, make_member

NEW = {"name": "Nia Newcomer", "password": "four unrelated words here"}
EMAIL = "nia@clinic.example"


def invite(admin, email=EMAIL, role=Role.AGENT) -> str:
    _, token = invitations.invite(email, role, by=admin)
    return f"/invitation/{admin.clinic_id}/{token}/"


def is_member(email=EMAIL) -> bool:
    return Member.objects.filter(user__email=email, is_active=True).exists()


def test_who_changed_their_address_meanwhile_is_somebody_else(admin, client):
    person = User.objects.create_user(EMAIL, PASSWORD)
    client.get(invite(admin))
    sign_in(client, EMAIL)
    User.objects.filter(pk=person.pk).update(email="other@clinic.example")

    assert client.post("/invitation/", {"name": "Nia"}).status_code == 403
    assert not is_member("other@clinic.example")


@pytest.mark.parametrize("address", ["NIA@clinic.example", "Nia@Clinic.Example"])
def test_capital_letters_make_nobody_new(admin, client, address):
    User.objects.create_user(EMAIL, PASSWORD)

    client.get(invite(admin, address))

    assert client.post("/invitation/", NEW).url == "/accounts/login/?next=/invitation/"
    assert User.objects.filter(email__iexact=EMAIL).count() == 1


@pytest.mark.parametrize(
    "address", ["nia+x@clinic.example", "nia@clinic.example.evil.example", "nia@c1inic.example"]
)
def test_an_address_that_only_looks_alike_is_another_person(admin, client, address):
    User.objects.create_user(address, PASSWORD)
    client.get(invite(admin))
    sign_in(client, address)

    assert client.post("/invitation/", {"name": "Nia"}).status_code == 403
    assert not is_member(address)


def test_the_password_alone_accepts_nothing_for_who_has_a_second_step(admin, client):
    person = User.objects.create_user(EMAIL, PASSWORD)
    give_app(person)
    client.get(invite(admin))
    sign_in(client, EMAIL)

    assert client.post("/invitation/", {"name": "Nia"}).status_code == 302
    assert not is_member()

    take_second_step(client, code_of())
    client.post("/invitation/", {"name": "Nia"})
    assert is_member()


def test_a_demoted_inviters_open_invitations_of_any_role_are_closed(admin, client):
    inviter = make_member("An Admin", Role.ADMIN)
    path = invite(inviter)
    change_role(inviter, Role.AGENT, by=admin)

    client.get(path)

    assert client.post("/invitation/", NEW).status_code == 410
    assert not is_member()


def test_a_removed_member_does_not_come_back_by_their_old_link(admin, client):
    path = invite(admin)
    client.get(path)
    client.post("/invitation/", NEW)
    deactivate_member(Member.objects.get(user__email=EMAIL), by=admin)
    again = Client()
    sign_in(again, EMAIL, NEW["password"])

    again.get(path)

    assert again.post("/invitation/", {"name": "Nia"}).status_code == 410
    assert not is_member()


def test_a_link_remembered_before_somebody_else_signs_in_is_not_theirs(admin, client):
    somebody = make_member("Else")
    client.get(invite(admin, role=Role.ADMIN))
    sign_in(client, somebody.user.email)

    assert client.post("/invitation/", {"name": "Else"}).status_code == 403
    somebody.refresh_from_db()
    assert somebody.role == Role.AGENT


def test_an_invitation_tells_a_stranger_nothing_about_who_has_a_sign_in(admin, client):
    """Only who holds the link learns that the address is known, and they were sent it."""
    answers = [
        client.get(f"/invitation/{admin.clinic_id}/{guess}/", follow=True)
        for guess in ("x", "y" * 43, digest("x"), "..%2f", "%00")
    ]

    assert {answer.status_code for answer in answers} <= {404, 410}


def test_the_stored_digest_is_no_link(admin, client):
    invite(admin)

    client.get(f"/invitation/{admin.clinic_id}/{Invitation.objects.get().token_hash}/")

    assert client.post("/invitation/", NEW).status_code == 410


def test_a_clinic_that_asks_for_a_second_step_asks_newcomers_too(admin, client, clinic):
    clinic.requires_mfa = True
    clinic.save()
    client.get(invite(admin))

    client.post("/invitation/", NEW)

    assert client.get("/").url == "/settings/security/"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_the_same_moment_one_joins():
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        _, token = invitations.invite(EMAIL, Role.AGENT, by=make_member("Olga Owner", Role.OWNER))
    together = Barrier(2)

    def accept(name: str) -> str:
        try:
            together.wait(30)
            with clinic_scope(clinic.pk):
                return invitations.accept_as_newcomer(digest(token), name, NEW["password"]).name
        except Refused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        names = list(pool.map(accept, ("First", "Second")))

    assert sorted(name == "refused" for name in names) == [False, True]
    with clinic_scope(clinic.pk):
        assert Member.objects.filter(user__email=EMAIL).count() == 1
