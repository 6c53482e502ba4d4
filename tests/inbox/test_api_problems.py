"""What the API refuses, and how it says so: always a problem, never a page, a trace or another clinic's word."""

from uuid import uuid4

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from clinic_inbox.api.middleware import NOTE_USED_EVERY
from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.valkey import valkey
from clinics.models import ApiToken
from clinics.operations.tokens import revoke_api_token
from tests.factories import make_clinic, make_conversation, make_member, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_clinic()


def problem(answer) -> tuple[int, str]:
    """Status and title, after checking that it is a problem through and through."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert {"type", "title", "status", "detail"} <= set(body)
    return answer.status_code, body["title"]


@pytest.mark.parametrize(
    "header", [None, "Bearer nonsense", "Basic YTpi", f"Bearer ci_{'0' * 32}_{'x' * 43}", "Bearer ci_☃"]
)
def test_without_a_known_token_there_is_nothing_to_see(header):
    headers = {"authorization": header} if header else {}

    answer = Client().get("/api/v1/channels/", headers=headers)

    assert problem(answer) == (401, "Unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_ends_at_once(place, machine):
    assert machine.get("channels/").status_code == 200
    with clinic_scope(place.pk):
        revoke_api_token(machine.row, by=make_member())

    assert problem(machine.get("channels/")) == (401, "Unauthorized")


def test_a_token_of_one_clinic_does_not_open_another(place, machine):
    other = make_clinic()
    machine.token = machine.token.replace(place.pk.hex, other.pk.hex)

    assert problem(machine.get("channels/")) == (401, "Unauthorized")


def test_a_signed_in_browser_is_nobody_here(place):
    with clinic_scope(place.pk):
        member = make_member()
    browser = Client()
    browser.force_login(member.user, "allauth.account.auth_backends.AuthenticationBackend")

    assert problem(browser.get("/api/v1/channels/")) == (401, "Unauthorized")


def test_a_browsers_cookie_beside_a_token_changes_nothing(place, machine):
    other = make_clinic()
    with clinic_scope(other.pk):
        member = make_member()
    machine.client.force_login(member.user, "allauth.account.auth_backends.AuthenticationBackend")

    assert machine.get("channels/").json() == {"results": [], "next_cursor": None}


def test_the_use_of_a_token_is_noted_now_and_then(place, machine):
    machine.get("channels/")
    with clinic_scope(place.pk):
        first = ApiToken.objects.get().last_used_at
    machine.get("channels/")

    with clinic_scope(place.pk):
        assert ApiToken.objects.get().last_used_at == first
        ApiToken.objects.update(last_used_at=timezone.now() - 2 * NOTE_USED_EVERY)
    machine.get("channels/")
    with clinic_scope(place.pk):
        assert ApiToken.objects.get().last_used_at > first


def test_ids_of_another_clinic_are_unknown_everywhere(machine):
    with clinic_scope(make_clinic().pk):
        message = make_message()
        conversation = message.conversation
    paths = [
        f"channels/{conversation.channel_id}/",
        f"contacts/{conversation.contact_id}/",
        f"conversations/{conversation.pk}/",
        f"conversations/{conversation.pk}/messages/",
        f"messages/{message.pk}/",
        f"attachments/{message.pk}/",
        f"attachments/{message.pk}/file/",
    ]

    assert {problem(machine.get(path)) for path in paths} == {(404, "Not Found")}
    assert problem(machine.patch(paths[1], {"name": "x"})) == (404, "Not Found")
    assert problem(machine.patch(paths[2], {"status": "closed"})) == (404, "Not Found")
    assert problem(machine.post(paths[3], {"kind": "text", "text": "x"})) == (404, "Not Found")


def test_ids_of_another_clinic_are_unknown_in_bodies_and_queries_too(place, machine):
    with clinic_scope(make_clinic().pk):
        stranger, message = make_member(), make_message()
    with clinic_scope(place.pk):
        path = f"conversations/{make_conversation().pk}/"

    assert problem(machine.patch(path, {"assignee": str(stranger.pk)})) == (400, "Bad Request")
    for name in ("reply_to", "attachment", "template", "message"):
        body = {"kind": "text", "text": "x", name: str(message.pk)}
        assert problem(machine.post(f"{path}messages/", body)) == (400, "Bad Request")
    assert machine.get(f"conversations/?channel={message.channel_id}").json()["results"] == []


def test_unknown_keys_are_named(place, machine):
    with clinic_scope(place.pk):
        conversation = make_conversation()

    answer = machine.patch(f"conversations/{conversation.pk}/", {"status": "closed", "clinic": str(uuid4())})

    assert problem(answer) == (400, "Bad Request")
    assert answer.json()["errors"] == {"clinic": ["Unknown field."]}
    assert problem(machine.get("conversations/?order=password")) == (400, "Bad Request")


@pytest.mark.parametrize(
    "query",
    [
        *(
            "limit=0",
            "limit=1000",
            "limit=x",
            "cursor=x",
            "cursor=WzEsMl0",
            "status=gone",
            "assignee=x",
            "channel=1",
        ),
    ],
)
def test_a_wrong_query_is_a_bad_request(machine, query):
    assert problem(machine.get(f"conversations/?{query}")) == (400, "Bad Request")


@pytest.mark.parametrize(
    "body",
    [
        *("{", "[]", "null", '"x"', "1", "NaN", "[" * 100_000),
        *('{"name": "a\\u0000b"}', '{"name": "\\ud800"}', '{"name": {}}', '{"name": ["x"]}', "{}"),
    ],
)
def test_a_body_that_is_no_proper_object_is_a_bad_request(place, machine, body):
    with clinic_scope(place.pk):
        path = f"/api/v1/contacts/{make_conversation().contact_id}/"

    answer = machine.client.patch(path, body, "application/json", headers=machine._headers())

    assert problem(answer) == (400, "Bad Request")


def test_errors_around_the_views_are_problems_too(machine):
    unknown = machine.get("nothing/")
    method = machine.client.delete("/api/v1/channels/", headers=machine._headers())
    form = machine.client.post("/api/v1/channels/", {"a": 1}, headers=machine._headers())
    media = machine.client.patch(
        f"/api/v1/contacts/{uuid4()}/", "<x/>", "text/xml", headers=machine._headers()
    )
    wanted = machine.client.get("/api/v1/channels/", headers=machine._headers() | {"accept": "text/html"})

    assert problem(unknown) == (404, "Not Found")
    assert problem(method) == problem(form) == (405, "Method Not Allowed")
    assert problem(media) in ((404, "Not Found"), (415, "Unsupported Media Type"))
    assert problem(wanted) == (406, "Not Acceptable")


def test_a_body_without_end_is_not_read(machine):
    answer = machine.patch(f"contacts/{uuid4()}/", {"note": "x" * 4 * 1024 * 1024})

    assert problem(answer) == (413, "Request Entity Too Large")


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "many", "99999999"])
def test_a_length_that_is_no_length_or_too_long_is_refused(machine, length):
    answer = machine.client.generic(
        "PATCH",
        f"/api/v1/contacts/{uuid4()}/",
        b"{}",
        "application/json",
        headers=machine._headers(),
        CONTENT_LENGTH=length,
    )

    assert problem(answer) == (413, "Request Entity Too Large")


def test_a_failure_of_ours_tells_nothing_of_itself(machine, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("inbox.api.pages.read_query", fail)

    answer = machine.get("channels/")

    assert problem(answer) == (500, "Internal Server Error")
    assert "secret" not in answer.content.decode()


@override_settings(API_REQUESTS_PER_MINUTE=2)
def test_too_many_requests_are_put_off_with_a_time(machine):
    answers = [machine.get("channels/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert problem(answers[2]) == (429, "Too Many Requests")
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[0].headers["RateLimit-Limit"] == "2"


def test_without_valkey_requests_pass(machine):
    valkey.cache_clear()
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0", API_REQUESTS_PER_MINUTE=1):
        statuses = [machine.get("channels/").status_code for _ in range(3)]
    valkey.cache_clear()

    assert statuses == [200, 200, 200]


def test_answers_are_never_kept_by_caches(machine):
    assert "no-store" in machine.get("channels/").headers["Cache-Control"]
