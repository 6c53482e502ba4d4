from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry, User
from clinics.operations.members import deactivate_member
from tests.factories import make_clinic, make_member

PASSWORD = "correct horse battery"


def sign_in(client, email, password=PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_a_member_signs_in_and_the_log_knows(member, client):
    response = sign_in(client, member.user.email.upper())

    assert (response.status_code, response.url) == (302, "/")
    entry = AuditEntry.objects.get(action="sign_in")
    assert (entry.member, entry.actor, entry.address) == (member, "Ada Agent", "127.0.0.1")


def test_the_session_gets_a_new_key_at_sign_in(admin, client):
    client.get("/invitation/00000000-0000-0000-0000-000000000000/x/")  # a session before the sign-in
    before = client.session.session_key

    sign_in(client, admin.user.email)

    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_wrong_password_says_the_same_for_known_and_unknown_addresses(member, client):
    known = sign_in(client, member.user.email, "wrong password")
    unknown = sign_in(client, "nobody@clinic.example", "wrong password")

    assert known.context["form"].errors == unknown.context["form"].errors
    assert known.status_code == unknown.status_code == 200
    assert [entry.action for entry in AuditEntry.objects.all()] == ["sign_in_failed"]


def test_the_sixth_try_is_refused_even_with_the_right_password(member, client):
    for _ in range(5):
        sign_in(client, member.user.email, "wrong password")

    response = sign_in(client, member.user.email)

    assert "Too many failed" in response.text
    assert not client.session.get("_auth_user_id")


def test_trying_many_addresses_from_one_place_is_refused(member, client):
    for number in range(20):
        sign_in(client, f"guess{number}@clinic.example", "wrong password")

    response = sign_in(client, member.user.email)

    assert "Too many failed" in response.text


def test_asking_for_a_new_password_says_the_same_for_known_and_unknown_addresses(member, client, mailoutbox):
    known = client.post("/accounts/password/reset/", {"email": member.user.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@clinic.example"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [mail.to for mail in mailoutbox] == [[member.user.email], ["nobody@clinic.example"]]


def test_a_reset_link_changes_the_password_once(member, client, mailoutbox):
    sign_in(thief := Client(), member.user.email)
    client.post("/accounts/password/reset/", {"email": member.user.email})
    path = next(word for word in mailoutbox[0].body.split() if "/password/reset/key/" in word)
    new = {"password1": "quite another phrase", "password2": "quite another phrase"}

    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], new)

    assert not Session.objects.filter(pk=thief.session.session_key).exists()
    member.user.refresh_from_db()
    assert member.user.check_password("quite another phrase")
    assert "no longer works" in Client().get(path, follow=True).text
    assert AuditEntry.objects.filter(action="password_changed").count() == 1


def test_changing_the_password_ends_the_other_sessions(member, client):
    other = Client()
    for browser in (client, other):
        sign_in(browser, member.user.email)
    new = {"password1": "quite another phrase", "password2": "quite another phrase"}

    client.post("/accounts/password/change/", {"oldpassword": PASSWORD} | new)

    # Gone, not only refused: an open socket asks for the row alone.
    assert list(Session.objects.values_list("pk", flat=True)) == [client.session.session_key]
    assert client.get("/settings/profile/").status_code == 200
    assert other.get("/settings/profile/").status_code == 302


@pytest.mark.parametrize("path", ["email/", "confirm-email/", "2fa/", "social/signup/", "password/set/"])
def test_no_page_of_the_library_is_left_open(db, client, path):
    response = client.get(f"/accounts/{path}", follow=True)

    assert response.status_code == 404 or response.redirect_chain[-1][0].startswith("/accounts/login/")


def test_the_library_leads_to_our_own_page_for_new_clinics(db, client):
    assert client.get("/accounts/signup/").url == "/sign-up/"


def test_the_librarys_signing_up_makes_nobody(db, client):
    client.post(
        "/accounts/signup/",
        {"email": "new@clinic.example", "password1": "a b c d e f", "password2": "a b c d e f"},
    )

    assert User.objects.count() == 0


def test_an_idle_session_ends(member, client):
    sign_in(client, member.user.email)

    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        response = client.get("/settings/profile/")

    assert (response.status_code, response.url) == (302, "/accounts/login/?next=/settings/profile/")
    assert AuditEntry.objects.filter(action="sign_out", detail={"reason": "ended"}).count() == 1


def test_what_the_page_fetches_by_itself_keeps_nobody_signed_in(member, client):
    sign_in(client, member.user.email)
    client.get("/settings/profile/")
    start = timezone.now()

    for minutes in (20, 40, 58):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert client.get("/settings/profile/", headers={"X-By-Itself": "1"}).status_code == 200

    with time_machine.travel(start + timedelta(minutes=62)):
        assert client.get("/settings/profile/").status_code == 302


def test_a_busy_session_ends_after_twelve_hours(member, client):
    sign_in(client, member.user.email)
    start = timezone.now()

    for minutes in range(30, 12 * 60, 30):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert client.get("/settings/profile/").status_code == 200
    last = Session.objects.get(session_key=client.session.session_key).expire_date

    assert abs(last - (start + timedelta(hours=12))) < timedelta(minutes=2)
    with time_machine.travel(start + timedelta(hours=12, minutes=1)):
        assert client.get("/settings/profile/").status_code == 302


def test_a_session_that_was_prolonged_ends_on_time_all_the_same(member, client):
    sign_in(client, member.user.email)
    session = client.session
    session["ends_at"] = int(timezone.now().timestamp()) - 1
    session.set_expiry(3600)
    session.save()

    assert client.get("/settings/profile/").status_code == 302


def test_a_removed_members_open_session_is_refused_at_once(member, admin, client):
    sign_in(client, member.user.email)
    assert client.get("/settings/profile/").status_code == 200

    deactivate_member(member, by=admin)

    response = client.get("/settings/profile/")
    assert (response.status_code, response.url) == (302, "/accounts/login/?next=/settings/profile/")
    assert not client.session.get("_auth_user_id")


def test_a_removed_members_fragment_sends_the_browser_to_sign_in(member, admin, client):
    sign_in(client, member.user.email)
    client.get("/settings/profile/")
    deactivate_member(member, by=admin)

    response = client.get("/settings/profile/", headers={"HX-Request": "true"})

    assert (response.status_code, response.headers["HX-Redirect"]) == (401, "/accounts/login/")


def test_a_person_without_a_clinic_is_told_so(db, client):
    client.force_login(User.objects.create_user("alone@clinic.example", PASSWORD))

    response = client.get("/settings/profile/")

    assert response.status_code == 403
    assert "You do not work in any clinic" in response.text


def two_clinics(email="both@clinic.example"):
    clinics = make_clinic("Alpha Clinic"), make_clinic("Beta Clinic")
    for clinic in clinics:
        with clinic_scope(clinic.pk):
            make_member("Bo Both", email=email)
    return clinics


def test_a_person_switches_between_their_clinics_only(db, client):
    alpha, beta = two_clinics()
    foreign = make_clinic("Foreign Clinic")
    sign_in(client, "both@clinic.example")

    assert client.get("/settings/profile/").context["clinic"] == alpha
    assert client.post("/settings/clinic/", {"clinic": beta.pk}).status_code == 302
    assert client.get("/settings/profile/").context["clinic"] == beta
    assert client.post("/settings/clinic/", {"clinic": foreign.pk}).status_code == 404
    assert client.get("/settings/profile/").context["clinic"] == beta


def test_every_clinic_of_a_person_hears_of_their_sign_in_and_out(db, client):
    clinics = two_clinics()

    sign_in(client, "both@clinic.example")
    client.post("/accounts/logout/")

    for clinic in clinics:
        with clinic_scope(clinic.pk):
            assert list(AuditEntry.objects.order_by("created_at").values_list("action", flat=True)) == [
                "sign_in",
                "sign_out",
            ]


def test_who_was_removed_from_one_clinic_can_sign_in_to_the_other(db, client):
    alpha, beta = two_clinics()
    sign_in(client, "both@clinic.example")
    client.get("/settings/profile/")
    with clinic_scope(alpha.pk):
        make_member("Olga Owner", "owner")
        deactivate_member(type(make_member("x")).objects.get(name="Bo Both"))

    assert client.get("/settings/profile/").status_code == 302
    cache.clear()
    sign_in(client, "both@clinic.example")
    assert client.get("/settings/profile/").context["clinic"] == beta
