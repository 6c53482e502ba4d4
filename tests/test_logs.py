"""Logs tell what happened and never what was said: canaries of every sort are put in, and none may come out."""

import io
import json
import logging
import re
from uuid import UUID

import pytest
from celery.app.trace import LOG_FAILURE
from django.test import RequestFactory

from clinic_inbox import access, logs
from clinic_inbox.tenancy import clinic_scope
from tests.factories import make_clinic, make_conversation
from tests.inbox.api_client import Machine

CANARY = "canary-of-a-patient"
ID = UUID("01900000-0000-7000-8000-000000000001")


@pytest.fixture
def written():
    """What the product's one log handler writes, as a list of lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def test_a_line_tells_the_event_and_its_known_facts(written):
    logging.getLogger("inbox.media").warning("file_refused", extra={"attachment_id": ID, "attempts": 2})

    (line,) = written()
    assert line.pop("time")
    assert line == {
        "level": "warning",
        "logger": "inbox.media",
        "event": "file_refused",
        "attachment_id": str(ID),
        "attempts": 2,
    }


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (f"got {CANARY}", ()),
        ("got %s", (CANARY,)),
        (f"{CANARY}", ()),
    ],
)
def test_our_own_sentences_are_withheld(written, message, arguments):
    logging.getLogger("inbox.intake").error(message, *arguments)

    (line,) = written()
    assert line["event"].startswith("unnamed_event test_logs.py:")
    assert CANARY not in json.dumps(line)


@pytest.mark.parametrize("key", ["text", "body", "phone", "name_of_patient", "token"])
def test_unknown_facts_are_dropped(written, key):
    logging.getLogger("inbox").info("stored", extra={key: CANARY})

    assert CANARY not in json.dumps(written())


def test_ids_are_kept_whole_and_numbers_in_their_place_are_not(written):
    told = {
        "request_id": "62b0817a1234567890a814fcf9d8fcfb",
        "contact_id": "+44 7700 900123",
        "message_id": str(ID),
    }
    logging.getLogger("inbox").info("stored", extra=told)

    (line,) = written()
    assert (line["request_id"], line["message_id"]) == (told["request_id"], told["message_id"])
    assert line["contact_id"] == "[…]"


def test_a_known_fact_that_is_no_plain_value_is_dropped(written):
    logging.getLogger("inbox").info("stored", extra={"reason": {"text": CANARY}, "code": [CANARY]})

    assert CANARY not in json.dumps(written())


@pytest.mark.parametrize(
    "name", ["inbox.delivery", "django.request", "some.library", "celery.worker", "asyncio"]
)
def test_an_exception_tells_its_kind_and_place_only(written, name):
    try:
        raise ValueError(f'duplicate key (text)=("{CANARY}")')
    except ValueError as error:
        logging.getLogger(name).error("failed: %s", error, exc_info=True)

    (line,) = written()
    assert line["exception"] == "ValueError"
    assert line["at"][-1].startswith("tests/test_logs.py:")
    assert CANARY not in json.dumps(line)


def test_other_packages_may_give_a_template_but_no_values(written):
    logging.getLogger("some.library").warning("could not parse %s", CANARY)
    logging.getLogger("some.library").warning(f"could not parse {CANARY}")

    events = [line["event"] for line in written()]
    assert events[0] == "could not parse %s"
    assert events[1].startswith("test_logs.py:")


@pytest.mark.parametrize(
    "secret",
    [
        "redis://:hunter2secret@valkey:6379/0",
        "Bearer hunter2secret",
        "EAAGhunter2secret99",
        "ci_0190000000007000800000000000000a_hunter2secret",
        "GET /media/?key=hunter2secret",
        "patient hunter2secret@clinic.example",
        "'hunter2secret'",
        "+44 7700 900123 hunter2secret@x.example",
    ],
)
def test_process_managers_may_speak_but_secrets_are_blotted_out(written, secret):
    logging.getLogger("celery.worker").warning("cannot connect to %s", secret)

    (line,) = written()
    assert line["event"].startswith("cannot connect to ")
    assert "hunter2secret" not in json.dumps(line)
    assert "900123" not in json.dumps(line)


def test_a_failed_task_is_named_without_its_exception(written):
    context = {
        "id": "1",
        "name": "inbox.tasks.drain",
        "description": "raised unexpected",
        "exc": CANARY,
        "args": CANARY,
    }
    logging.getLogger("celery.app.trace").error(LOG_FAILURE, context, extra={"data": context})

    (line,) = written()
    assert (line["event"], line["task"], line["task_id"]) == (
        "task_raised_unexpected",
        "inbox.tasks.drain",
        "1",
    )
    assert CANARY not in json.dumps(line)


@pytest.mark.django_db
def test_a_request_is_logged_by_its_route(written, client):
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        conversation = make_conversation()
    answer = Machine(clinic).post(
        f"conversations/{conversation.pk}/messages/?note={CANARY}",
        {"kind": "text", "text": CANARY},
        key=CANARY,
    )

    line = next(each for each in written() if each["event"] == "request")
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert re.fullmatch(r"app;dur=\d+\.\d", answer.headers["Server-Timing"])
    assert (line["method"], line["status"]) == ("POST", answer.status_code)
    assert line["route"] == "api/v1/conversations/<uuid:pk>/messages/"
    assert CANARY not in json.dumps(written())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", [f"/{CANARY}/", f"/accounts/login/?next={CANARY}", f"/invitations/{CANARY}/"]
)
def test_addresses_are_not_logged(written, client, path):
    client.get(path)

    assert CANARY not in json.dumps(written())


def test_everything_goes_through_one_handler():
    configured = logs.configuration("INFO")

    assert set(configured["handlers"]) == {"stderr"}
    assert all(logger["handlers"] == [] and logger["propagate"] for logger in configured["loggers"].values())


def request_from(address, **headers):
    request = RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)
    return access.trusted_front(lambda request: request)(request)


def test_our_front_tells_who_asked_and_that_it_was_https(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    request = request_from(
        "10.0.0.2", x_forwarded_for="6.6.6.6, 192.0.2.7, 10.0.0.1", x_forwarded_proto="https"
    )

    assert (request.META["REMOTE_ADDR"], request.META["HTTP_X_FORWARDED_PROTO"]) == ("192.0.2.7", "https")


def test_nobody_else_is_believed(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    request = request_from(
        "192.0.2.9", x_forwarded_for="10.0.0.1", x_forwarded_proto="https", x_forwarded_host="evil.example"
    )

    assert request.META["REMOTE_ADDR"] == "192.0.2.9"
    assert not [name for name in request.META if "FORWARDED" in name or "REAL_IP" in name]


@pytest.mark.parametrize("told", ["nonsense", "", "1.2.3", "10.0.0.1\r\nX: y"])
def test_a_forwarded_address_that_is_none_changes_nothing(settings, told):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    assert request_from("10.0.0.2", x_forwarded_for=told).META["REMOTE_ADDR"] == "10.0.0.2"
