"""Production settings, loaded by a process of their own as on a real machine."""

import base64
import json
import os
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "CLINIC_ENV": "production",
    "SECRET_KEY": "k9$" + "vP3w_8qZ" * 8,
    "KEY_RING": "2026:" + base64.b64encode(bytes(range(32))).decode(),
    "PUBLIC_URL": "https://inbox.clinic.example",
    "DATABASE_URL": "postgresql://clinic_app:secret@db.internal/clinic",
    "REDIS_URL": "redis://valkey.internal:6379/0",
}


def run(*arguments, **changes) -> subprocess.CompletedProcess:
    """A Python of its own with production's environment; None takes a variable away."""
    environment = {name: value for name, value in (ENVIRONMENT | changes).items() if value is not None}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def settings_with(**changes) -> subprocess.CompletedProcess:
    return run("-c", "import clinic_inbox.settings", **changes)


def test_djangos_own_review_finds_nothing():
    done = run("manage.py", "check", "--deploy", "--fail-level", "DEBUG")

    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced).")
    assert done.stderr.strip() == ""


def test_production_starts_with_what_it_needs():
    done = settings_with()

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        *(
            ({name: None}, name)
            for name in ("SECRET_KEY", "KEY_RING", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL")
        ),
        ({"SECRET_KEY": "local-only-" + "0" * 50}, "SECRET_KEY"),
        ({"KEY_RING": "local:bG9jYWwtb25seS1rZXktbm90LWEtc2VjcmV0LTAwMDA="}, "KEY_RING"),
        ({"KEY_RING": "2026:AAAA,local:bG9jYWwtb25seS1rZXktbm90LWEtc2VjcmV0LTAwMDA="}, "KEY_RING"),
        ({"SIMULATOR_URL": "http://127.0.0.1:8002"}, "SIMULATOR_URL"),
        ({"PUBLIC_URL": "http://inbox.clinic.example"}, "PUBLIC_URL"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"CLINIC_ENV": "prod"}, "CLINIC_ENV"),
    ],
)
def test_production_refuses_to_start_without_its_secrets_or_with_a_laptops(changes, named):
    done = settings_with(**changes)

    assert done.returncode == 1
    assert named in done.stderr.splitlines()[-1]


# Reads scripts, a line of JSON each, and runs each in a child of its own, which has not to load everything again.
ANSWERING = """
import json, os, sys
import django; django.setup()
from django.conf import settings
from django.test import Client
over_https = {"HTTP_HOST": "inbox.clinic.example", "REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}
for line in sys.stdin:
    if (child := os.fork()) == 0:
        try:
            exec(json.loads(line))
        except BaseException as error:
            print("failed:", repr(error))
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.waitpid(child, 0)
    print("end of answer", flush=True)
"""


@pytest.fixture(scope="module")
def ask():
    """Gives what a script prints that talks to the product under production settings."""
    process = subprocess.Popen(
        [sys.executable, "-c", ANSWERING], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=ENVIRONMENT | {"DJANGO_SETTINGS_MODULE": "clinic_inbox.settings"},
    )  # fmt: skip

    def ask(code: str) -> str:
        process.stdin.write(json.dumps(code) + "\n")
        process.stdin.flush()
        answer = takewhile(lambda line: line != "end of answer\n", process.stdout)
        return "".join(answer).strip()

    with process:
        yield ask


def test_plain_http_is_sent_to_https_and_https_says_to_stay(ask):
    code = """
answer = Client(HTTP_HOST="inbox.clinic.example").get("/accounts/login/")
print(answer.status_code, answer.headers["Location"])
answer = Client(**over_https).get("/api/v1/nothing/")
for name in ("Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"):
    print(answer.headers[name])
"""
    assert ask(code).splitlines() == [
        "301 https://inbox.clinic.example/accounts/login/",
        "max-age=31536000; includeSubDomains; preload",
        "nosniff",
        "DENY",
        "same-origin",
    ]


def test_the_content_policy_allows_nothing_inline_and_nothing_foreign(ask):
    policy = ask('print(Client(**over_https).get("/api/v1/nothing/").headers["Content-Security-Policy"])')

    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert "unsafe" not in policy
    assert (rules["default-src"], rules["object-src"], rules["base-uri"]) == ("'none'", "'none'", "'none'")
    assert (rules["frame-ancestors"], rules["form-action"]) == ("'none'", "'self'")


def test_cookies_are_bound_to_the_host_and_to_https(ask):
    code = """
print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY)
print(settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_SAMESITE, settings.DEBUG)
"""
    assert ask(code).splitlines() == ["__Host-session True True", "__Host-csrf True Lax False"]


def test_https_is_believed_from_our_front_only(ask):
    code = """
stranger = over_https | {"REMOTE_ADDR": "203.0.113.9"}
print(Client(**over_https).get("/api/v1/nothing/").status_code, Client(**stranger).get("/api/v1/nothing/").status_code)
"""
    assert ask(code) == "404 301"


def test_another_host_name_is_refused(ask):
    code = """
answer = Client(raise_request_exception=False, **over_https | {"HTTP_HOST": "evil.example"}).get("/api/v1/nothing/")
print(answer.status_code, answer.headers["Content-Type"])
"""
    assert ask(code) == "400 application/problem+json"


def test_probes_answer_without_https_or_a_known_host(ask):
    code = 'print(Client(HTTP_HOST="10.0.0.3:8001").get("/healthz").status_code)'

    assert ask(code) == "200"


OWN_NETWORK = """
from integrations.events import ProviderError
from integrations.operations.numbers import Refused, _check_graph_url
from integrations.whatsapp import api
for url in ("http://graph.facebook.com", "https://127.0.0.1", "https://localhost", "https://10.0.0.8", "https://[::1]"):
    try:
        _check_graph_url(url)
    except Refused:
        print("not kept", end=" ")
    try:
        api.get_number(api.Credentials(url, "1", allow_private=not settings.PRODUCTION))
    except ProviderError as error:
        print(error.code)
"""


def test_a_channel_cannot_be_pointed_into_our_own_network(ask):
    assert ask(OWN_NETWORK).splitlines() == ["not kept refused"] * 5


def test_only_our_own_pages_open_sockets():
    pages = [
        *("https://inbox.clinic.example", "https://inbox.clinic.example:443", "http://inbox.clinic.example"),
        *("https://inbox.clinic.example:8443", "https://inbox.clinic.example.evil", "https://evil.example", "null"),
        *("https://x.inbox.clinic.example", "http://127.0.0.1", "http://localhost", "ws://inbox.clinic.example"),
    ]  # fmt: skip
    done = run(
        "-c",
        "import sys; from urllib.parse import urlparse; from clinic_inbox.asgi import sockets;"
        "print([page for page in sys.argv[1:] if sockets.valid_origin(urlparse(page))], sockets.valid_origin(None))",
        *pages,
    )

    assert done.stdout.strip() == f"{pages[:2]} False", done.stderr[-2000:]
