"""What another site, another host or a crafted link can make a signed-in browser do: nothing."""

import pytest
from django.conf import settings
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from tests.clinics.signing_in import sign_in
from tests.isolation.asking import snapshot
from tests.isolation.routes import BY_SECRET, all_routes
from tests.isolation.world import World

LEAVING = [
    "//evil.example", "///evil.example", "////evil.example/%2e%2e", "/\\evil.example", "\\\\evil.example",
    "/\\/evil.example", "https:evil.example", "https:/evil.example", "https:///evil.example",
    "https://evil.example", "HTTPS://EVIL.EXAMPLE", "http://testserver@evil.example", "http://testserver.evil.example",
    "//evil.example%2f@testserver", "javascript:alert(1)", "jAvAsCrIpT:alert(1)", "data:text/html,x",
    "\thttps://evil.example", "/\t/evil.example", " //evil.example", "//[::1]@evil.example", "ftp://testserver/x",
]  # fmt: skip
HOSTS = [
    "evil.example",
    "testserver.evil.example",
    "evil.example:80",
    "testserver@evil.example",
    "",
    "a b",
    "[::1",
]


@pytest.fixture
def world():
    return World("Alpha")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["form", "text/plain", "application/json"])
def test_no_route_takes_a_browsers_word_without_the_token_of_its_page(world, kind):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(world.owner.user)
    client.get("/settings/profile/")  # the session notes where it works
    options = {} if kind == "form" else {"content_type": kind, "data": '{"text": "x", "name": "x"}'}
    before = snapshot(world)

    for route in all_routes():
        if route.template in BY_SECRET or route.template.startswith("api/"):
            continue
        for path in list(route.paths(list(world.ids.values())[:1])):
            for method in ("post", "put", "patch", "delete") if kind == "form" else ("post",):
                status = getattr(client, method)(path, **options).status_code
                assert status in (403, 404, 405), (method, path, status)

    assert snapshot(world) == before


@pytest.mark.django_db(transaction=True)
def test_a_page_that_only_shows_does_not_act_whatever_method_it_names(world):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(world.owner.user)
    client.get("/settings/profile/")
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
    before = _without_the_log(snapshot(world))

    for route in all_routes():
        if route.template in BY_SECRET or route.template.startswith("api/"):
            continue
        for path in route.paths(list(world.ids.values())[:1]):
            client.get(
                path, {"_method": "POST", "text": "x", "name": "x"}, headers=dict.fromkeys(names, "POST")
            )

    assert _without_the_log(snapshot(world)) == before


def _without_the_log(rows: list) -> list:
    """Looking at something is in the log, and makes it read."""
    return [each for each in rows if each[0] not in ("clinics_auditentry", "clinics_audithead")]


def test_the_api_takes_no_cookie(member, client):
    sign_in(client, member.user.email)

    for kind in ("text/plain", "application/json"):
        assert client.post("/api/v1/contacts/", "{}", content_type=kind).status_code in (401, 404, 405)


@pytest.mark.parametrize("target", LEAVING)
def test_a_sign_in_leads_to_no_other_site(member, target):
    for path in ("/accounts/login/", "/accounts/login/?" + "next="):
        client = Client()
        answer = client.post(
            path, {"login": member.user.email, "password": "correct horse battery", "next": target}
        )
        assert answer.url in ("/", "/accounts/2fa/authenticate/"), target
        left = client.post("/accounts/logout/", {"next": target})
        assert left.url == "/accounts/login/", target


def test_a_sign_in_leads_back_to_where_one_wanted_to_go(member, client):
    answer = sign_in(client, member.user.email, query_params={"next": "/settings/profile/"})

    assert answer.url == "/settings/profile/"


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/invitation/"])
def test_no_site_may_frame_us(db, client, path):
    headers = client.get(path).headers

    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_is_not_ours_is_refused(db, client, host):
    answer = client.post(
        "/accounts/password/reset/", {"email": "nobody@clinic.example"}, headers={"host": host}
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost"},
        {"x-forwarded-host": "evil.example"},
        {"forwarded": "host=evil.example"},
        {"x-forwarded-server": "evil.example", "x-original-url": "https://evil.example"},
        {"referer": "https://evil.example/", "origin": "https://evil.example"},
    ],
)
def test_a_mailed_link_leads_to_us_whatever_the_request_called_itself(member, mailoutbox, headers):
    Client().post("/accounts/password/reset/", {"email": member.user.email}, headers=headers)

    links = [word for word in mailoutbox[0].body.split() if "://" in word]
    assert [link.startswith(f"{settings.PUBLIC_URL}/accounts/password/reset/key/") for link in links] == [
        True
    ]


def test_an_address_that_only_claims_to_be_forwarded_is_not_believed(member):
    sign_in(Client(), member.user.email, REMOTE_ADDR="203.0.113.7", headers={"x-forwarded-for": "192.0.2.1"})
    sign_in(Client(), member.user.email, headers={"x-forwarded-for": "192.0.2.1, 198.51.100.9"})

    found = AuditEntry.objects.filter(action="sign_in").order_by("created_at")
    assert [entry.address for entry in found] == ["203.0.113.7", "198.51.100.9"]


@pytest.mark.django_db(transaction=True)
def test_an_invitations_link_is_made_of_the_setting_too(world, mailoutbox):
    client = Client()
    client.force_login(world.owner.user)

    client.post(
        "/settings/members/invite/",
        {"email": "nia@clinic.example", "role": "agent", "visibility": "all"},
        headers={"host": "localhost"},
    )

    with clinic_scope(world.clinic.pk):
        assert f"{settings.PUBLIC_URL}/invitation/{world.clinic.pk}/" in mailoutbox[0].body
