"""Sessions: whose they are, when they change their key, when they end."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.db import connection
from django.test import Client

from clinics.models import AuditEntry, OpenSession, Role
from clinics.operations.members import change_role, deactivate_member
from clinics.sessions import end_sessions, sessions_of
from tests.clinics.signing_in import code_of, sign_in
from tests.factories import make_member

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_a_session_tells_whose_it_is(member, client):
    client.get("/invitation/00000000-0000-0000-0000-000000000000/x/")
    assert OpenSession.objects.get().user is None

    sign_in(client, member.user.email)

    assert OpenSession.objects.get().user == member.user


def test_one_persons_sessions_end_and_nobody_elses(member, admin):
    for person in (member, member, admin):
        sign_in(Client(), person.user.email)

    assert end_sessions(member.user) == 2
    assert OpenSession.objects.get().user == admin.user


def test_ones_sessions_are_found_by_an_index(member):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT 1 FROM django_session WHERE user_id = %s", [member.user.pk])
        assert "django_session_user" in str(cursor.fetchall())


def test_the_list_shows_every_browser_and_which_one_this_is(member, client):
    sign_in(Client(headers={"user-agent": FIREFOX}), member.user.email, REMOTE_ADDR="203.0.113.7")
    sign_in(client, member.user.email)
    client.get("/settings/profile/")

    found = client.get("/settings/security/").context["sessions"]

    assert [(each.name, each.address, each.is_this) for each in found] == [
        ("", "127.0.0.1", True),
        ("Firefox · Linux", "203.0.113.7", False),
    ]


def test_signing_out_everywhere_else_keeps_this_browser(member, client):
    for browser in (client, other := Client()):
        sign_in(browser, member.user.email)

    page = client.post("/settings/security/sign-out-elsewhere/")

    assert "signed out everywhere else" in page.text
    assert [each.is_this for each in sessions_of(member.user, this=client.session.session_key)] == [True]
    assert other.get("/settings/profile/").status_code == 302
    assert AuditEntry.objects.filter(action="sessions.ended", detail={"count": 1}).count() == 1


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AGENT])
def test_with_another_role_a_session_goes_on_under_a_new_key(admin, client, role):
    somebody = make_member("Some Body", Role.ADMIN if role == Role.AGENT else Role.AGENT)
    sign_in(client, somebody.user.email)
    client.get("/settings/profile/")
    before = client.cookies["clinic-session"].value
    change_role(somebody, role, by=admin)

    assert client.get("/settings/profile/").status_code == 200

    assert client.cookies["clinic-session"].value != before
    thief = Client()
    thief.cookies["clinic-session"] = before
    assert thief.get("/settings/profile/").status_code == 302


@pytest.mark.parametrize("part", [{"X-Fragment": "1"}, {"HX-Request": "true"}, {"Sec-Fetch-Dest": "image"}])
def test_parts_of_a_page_that_are_under_way_go_on_under_the_old_key(admin, client, part):
    somebody = make_member("Some Body", Role.ADMIN)
    sign_in(client, somebody.user.email)
    client.get("/settings/profile/")
    before = client.cookies["clinic-session"].value
    change_role(somebody, Role.AGENT, by=admin)

    assert client.get("/conversations/", headers=part).status_code == 200
    assert client.cookies["clinic-session"].value == before
    client.get("/settings/profile/")
    assert client.cookies["clinic-session"].value != before


def test_a_key_that_was_planted_before_the_sign_in_is_worth_nothing_after(member, client):
    client.get("/invitation/00000000-0000-0000-0000-000000000000/x/")
    planted = client.cookies["clinic-session"].value

    sign_in(client, member.user.email)

    thief = Client()
    thief.cookies["clinic-session"] = planted
    assert thief.get("/settings/profile/").status_code == 302
    assert "_auth_user_id" not in thief.session


def test_a_key_that_we_never_gave_is_not_taken_over(member, client):
    client.cookies["clinic-session"] = "0123456789abcdefghijklmnopqrstuv"

    sign_in(client, member.user.email)

    assert client.cookies["clinic-session"].value != "0123456789abcdefghijklmnopqrstuv"


def test_after_signing_out_the_old_key_opens_nothing(member, client):
    sign_in(client, member.user.email)
    key = client.cookies["clinic-session"].value
    client.post("/accounts/logout/")
    thief = Client()
    thief.cookies["clinic-session"] = key

    assert thief.get("/settings/profile/").status_code == 302


def test_an_ordinary_page_neither_writes_the_session_nor_asks_for_factors(
    member, client, django_assert_max_num_queries
):
    sign_in(client, member.user.email)
    client.get("/settings/profile/")

    with django_assert_max_num_queries(100) as queries:
        client.get("/settings/profile/")

    assert not [query for query in queries.captured_queries if "mfa_authenticator" in query["sql"]]
    assert not [query for query in queries.captured_queries if "UPDATE" in query["sql"]]


def test_a_removed_persons_session_is_refused_and_theirs_elsewhere_is_not(member, admin, client):
    sign_in(client, member.user.email)
    client.get("/settings/profile/")
    sign_in(other := Client(), admin.user.email)
    deactivate_member(member, by=admin)

    assert client.get("/settings/profile/").status_code == 302
    assert other.get("/settings/profile/").status_code == 200


def test_a_seed_that_waits_for_its_first_code_lies_sealed_in_the_session(member, client):
    sign_in(client, member.user.email)

    seed = client.get("/accounts/2fa/app/add/").context["form"].secret
    client.post("/accounts/2fa/app/add/", {"code": "000000"})

    assert seed not in str(dict(client.session))
    client.post("/accounts/2fa/app/add/", {"code": code_of(seed)})
    assert Authenticator.objects.filter(user=member.user, type="totp").count() == 1
    assert SECRET_SESSION_KEY not in client.session
