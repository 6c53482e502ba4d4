"""A clinic that asks everybody for a second step shows nothing to who has not taken one."""

import pytest
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from clinics.operations.tokens import create_api_token
from tests.clinics.signing_in import code_of, give_app, sign_in, take_second_step
from tests.factories import make_clinic, make_conversation, make_member
from tests.isolation.routes import without_ids

OPEN = {"accounts/", "settings/security/", "settings/clinic/", "invitation/"}
OPEN |= {"sign-up/", "manifest.webmanifest", "worker.js", "offline/"}  # for strangers, and of no clinic


@pytest.fixture
def strict(clinic):
    clinic.requires_mfa = True
    clinic.save()
    return clinic


def test_who_has_none_is_taken_to_set_one_up_wherever_they_go(strict, member, client):
    sign_in(client, member.user.email)

    for route in without_ids():
        if route.template.startswith(("api/", "healthz")) or route.template.startswith(tuple(OPEN)):
            continue
        response = client.get("/" + route.template)
        there = (response.status_code, response.headers.get("Location"))
        assert there == (302, "/settings/security/") or response.status_code == 405, route


def test_a_fragment_sends_the_whole_page_there(strict, member, client):
    sign_in(client, member.user.email)

    response = client.get("/", headers={"HX-Request": "true"})

    assert (response.status_code, response.headers["HX-Redirect"]) == (403, "/settings/security/")


def test_no_conversation_opens_before_the_second_step(strict, member, client):
    conversation = make_conversation(preview="Where does it hurt")
    sign_in(client, member.user.email)

    for path in (f"/conversations/{conversation.pk}/", f"/conversations/{conversation.pk}/older/"):
        assert client.get(path).status_code == 302
    assert "Where does it hurt" not in client.get("/settings/security/").text


def test_after_setting_one_up_the_inbox_opens(strict, member, client, django_capture_on_commit_callbacks):
    sign_in(client, member.user.email)
    page = client.get("/settings/security/")
    assert strict.name in page.text
    secret = client.get("/accounts/2fa/app/add/").context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        added = client.post("/accounts/2fa/app/add/", {"code": code_of(secret)})
    client.get(added.url)

    sign_in(again := Client(), member.user.email)
    take_second_step(again, code_of(secret))

    assert again.get("/").status_code == 200


def test_who_has_taken_the_second_step_works_as_ever(strict, member, client):
    give_app(member.user)
    sign_in(client, member.user.email)
    take_second_step(client, code_of())

    assert client.get("/").status_code == 200


def test_the_rule_of_one_clinic_leaves_the_other_alone(db, client):
    strict, easy = make_clinic("Alpha Clinic", requires_mfa=True), make_clinic("Beta Clinic")
    for clinic in (strict, easy):
        with clinic_scope(clinic.pk):
            member = make_member("Bo Both", email="both@clinic.example")
    sign_in(client, member.user.email)

    assert client.get("/").status_code == 302
    client.post("/settings/clinic/", {"clinic": easy.pk})
    assert client.get("/").status_code == 200
    client.post("/settings/clinic/", {"clinic": strict.pk})
    assert client.get("/").status_code == 302


def test_keys_of_machines_go_on_working(strict, member):
    _, text = create_api_token("the calendar", by=member)

    assert (
        Client(headers={"authorization": f"Bearer {text}"}).get("/api/v1/conversations/").status_code == 200
    )


def test_an_admin_turns_it_on_and_is_asked_first(clinic, admin, client):
    client.force_login(admin.user)
    values = {"name": "Clinic", "time_zone": "UTC", "language": "en", "idle_timeout_minutes": 60}

    client.post("/settings/details/", values | {"requires_mfa": "on"})

    entry = AuditEntry.objects.get(action="clinic.changed")
    assert entry.detail["after"]["requires_mfa"] is True
    assert client.get("/").url == "/settings/security/"
