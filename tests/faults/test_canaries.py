"""Promise R9: what patients say, and every secret, stays out of every place where a copy of it could be left behind."""

import json
import logging
import time
from contextlib import contextmanager
from types import SimpleNamespace
from uuid import uuid4

import httpx2
import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, TextField
from django.test import Client

from clinic_inbox.local import throwaway
from clinic_inbox.local.processes import WORKERS
from clinic_inbox.tenancy import ClinicModel, clinic_scope
from clinics.operations.tokens import create_api_token
from inbox import bells
from inbox.models import Message
from tests.factories import (
    make_channel,
    make_clinic,
    make_conversation,
    make_hook,
    make_identity,
    make_member,
)
from tests.faults.canaries import (
    APPS,
    CANARY,
    PHONE,
    Places,
    columns_with_canaries,
    processes_of,
    text_columns,
)
from tests.faults.supervisor import Supervisor
from tests.faults.words import SILENT, fill_every_table
from tests.inbox.files import HTML
from tests.inbox.payloads import messages_webhook, person, sign, text_message
from tests.integrations.servers import reply, serving

# Rows that say so break this rule, whose name stands for what Postgres quotes in its errors.
QUOTED = "quoted9c1"
EXPLODES = f"ALTER TABLE {{0}} ADD CONSTRAINT {QUOTED} CHECK ({{1}} NOT LIKE '%explode%') NOT VALID"


@pytest.fixture
def provider():
    """A provider that refuses everything and quotes what it was sent."""

    def refuse(request, connection):
        error = {"code": 131009, "message": request.body.decode("utf-8", "replace"), "title": request.path}
        reply(400, {"error": error | {"error_data": {"details": error["message"]}}})(request, connection)

    with serving(refuse) as server:
        yield server.url


@pytest.fixture
def place(transactional_db, provider):
    """A clinic all of whose rows hold a canary."""
    clinic = make_clinic(f"Clinic {CANARY}")
    with clinic_scope(clinic.pk):
        hook = make_hook(app_secret=f"secret-{CANARY}", verify_token=f"verify-{CANARY}")
        channel = make_channel(hook, access_token=f"EAA{CANARY}token", api_url=provider)
        conversation = make_conversation(make_identity(wa_id=PHONE, profile_name=CANARY), channel)
        fill_every_table(conversation)
        _row, token = create_api_token(CANARY)
        member = make_member(f"Ada {CANARY}")
    return SimpleNamespace(clinic=clinic, conversation=conversation, token=token, member=member)


@pytest.fixture
def places(tmp_path, redis_url):
    with Places(tmp_path / "places", redis_url) as places:
        yield places


@contextmanager
def exploding():
    """Any contact's note and any message that says "explode" is refused by the database."""
    with psycopg.connect(throwaway.superuser_url(), autocommit=True) as superuser:
        for table, column in (("contacts_contact", "note"), ("inbox_message", "text")):
            superuser.execute(EXPLODES.format(table, column))
        yield
        for table in ("contacts_contact", "inbox_message"):
            superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {QUOTED}")


def test_canaries_stay_out_of_logs_and_valkey(place, places, server_env, superuser_connection):
    """And out of temporary files, task arguments, Postgres' log, error pages and lists of processes."""
    environment = server_env | {"TMPDIR": str(places.temporary), "DATA_DIR": str(places.data)}
    supervisor = Supervisor(environment, places.logs)
    try:
        with exploding():
            for name in ("web", "live", *WORKERS):
                supervisor.start(name)
            for name in ("web", "live"):  # live answers 503 for a web that is still starting
                supervisor.wait_for(f"{supervisor.address_of(name)}/readyz", status=200)
            failures = tell_everything(supervisor.address, place)
            wait_until_settled(place, places)
            listed = processes_of([child.pid for child in supervisor.running.values()])
    finally:
        supervisor.stop()

    lines = [json.loads(line) for line in log_of(places).splitlines() if line.startswith("{")]
    assert {line["event"] for line in lines} >= {"request", "file_not_fetched", "webhooks_not_applied"}
    broke = [
        line["exception"] for line in lines if "exception" in line and line["logger"] == "django.request"
    ]
    assert broke == ["IntegrityError", "IntegrityError"]
    assert [status for status, _ in failures] == [500, 500]
    assert [text for _, text in failures if CANARY in text or QUOTED in text] == []
    assert QUOTED not in log_of(places)
    assert len(places.told) > 20
    assert listed
    assert places.found(place.token) == []
    assert [text for text in listed if CANARY in text or PHONE in text] == []
    # Celery greets with a banner on a plain terminal line; everything else is JSON.
    plain = [
        line for name in ("web", "live") for line in (places.logs / f"{name}.log").read_text().splitlines()
    ]
    assert [line for line in plain if line[0] != "{"] == []
    # A canary was in every text that there is, or it is said why not.
    spoken = columns_with_canaries(superuser_connection)
    assert set(text_columns().values()) - spoken - set(SILENT) == set()
    assert spoken & set(SILENT) == set()


def log_of(places) -> str:
    return "\n".join(path.read_text() for path in places.logs.glob("*.log"))


def tell_everything(address, place) -> list[tuple[int, str]]:
    """Say canaries on every way in, good and bad; returns what was answered where we failed."""
    conversation = place.conversation
    api, path = (
        {"authorization": f"Bearer {place.token}"},
        f"/api/v1/conversations/{conversation.pk}/messages/",
    )
    with httpx2.Client(base_url=address, trust_env=False) as client:
        body, key = {"kind": "text", "text": CANARY}, {"Idempotency-Key": f"key-{CANARY}"}
        assert client.post(path, json=body, headers=api | key).status_code == 201
        client.post(path, json={"kind": CANARY}, headers=api)
        client.post(path, content=f'{{"{CANARY}', headers=api | {"content-type": "application/json"})
        client.get(f"/api/v1/contacts/?phone={PHONE}&x={CANARY}", headers=api)
        client.post("/api/v1/contacts/find/", json={"phone": PHONE, "x": CANARY}, headers=api)
        upload = {"file": (f"{CANARY}.jpg", HTML, "image/jpeg")}
        client.post(
            "/api/v1/attachments/", data={"channel": str(conversation.channel_id)}, files=upload, headers=api
        )
        client.get("/api/v1/channels/", headers={"authorization": f"Bearer ci_{'0' * 32}_{CANARY * 5}"})
        client.get(f"/{CANARY}?q={CANARY}")
        client.post("/accounts/login/", data={"login": f"{CANARY}@clinic.example", "password": CANARY})
        post_webhooks(client, conversation)
        note = {"note": f"explode {CANARY}"}
        machine = client.patch(f"/api/v1/contacts/{conversation.contact_id}/", json=note, headers=api)
    browser = Client()
    browser.force_login(place.member.user, settings.AUTHENTICATION_BACKENDS[0])
    cookies = {settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value}
    with httpx2.Client(base_url=address, trust_env=False, cookies=cookies) as window:
        page = window.get(f"/conversations/{conversation.pk}/?q={CANARY}").text
        token = page.partition("csrfmiddlewaretoken")[2].partition('value="')[2].partition('"')[0]
        form = {"name": CANARY, "csrfmiddlewaretoken": token} | note
        person_ = window.post(f"/contacts/{conversation.contact_id}/", data=form, headers={"origin": address})
    return [(machine.status_code, machine.text), (person_.status_code, person_.text)]


def post_webhooks(client, conversation):
    hook = conversation.channel.hook_id
    photo = {"type": "image", "image": {"id": CANARY, "mime_type": "image/jpeg", "caption": CANARY}}
    said = [text_message(CANARY, PHONE), text_message(CANARY, PHONE) | photo]
    good = messages_webhook(conversation.channel, *said, people=[person(PHONE, CANARY)])
    deadly = messages_webhook(conversation.channel, text_message(f"explode {CANARY}", PHONE))
    for body in (good, f'{{"{CANARY}'.encode(), deadly):
        signed = {"X-Hub-Signature-256": sign(body, f"secret-{CANARY}")}
        assert client.post(f"/webhooks/whatsapp/{hook}/", content=body, headers=signed).status_code == 200
    client.get(f"/webhooks/whatsapp/{hook}/", params={"hub.verify_token": CANARY, "hub.challenge": CANARY})


def wait_until_settled(place, places, seconds=60):
    """Until the webhook became a message, its file was tried, and our text was refused by the provider."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with clinic_scope(place.clinic.pk):
            rows = Message.objects.filter(conversation=place.conversation, text=CANARY)
            is_refused = rows.filter(state="failed", error_detail__contains=CANARY).exists()
            is_taken_in = rows.filter(kind="image").exists()
        if is_taken_in and is_refused and "file_not_fetched" in log_of(places):
            break
        time.sleep(0.2)
    time.sleep(1)


def write_a_log_line(places):
    (places.logs / "web.log").write_text(json.dumps({"event": "message_stored", "text": CANARY}))


def leave_a_file(places):
    (places.temporary / "upload.tmp").write_text(f"{CANARY} was here")


def leave_a_file_below_the_data(places):
    (places.data / "incoming" / CANARY).touch()


def keep_in_valkey(places):
    places.client.set("preview", f"Hello {CANARY}")


def say_through_valkey(places):
    places.client.publish("hints", PHONE)
    time.sleep(0.5)


def give_it_to_a_task(places):
    bells.ring_now("inbox.tasks.of_nobody", CANARY)
    time.sleep(0.5)


def fail_with_the_row(places):
    with psycopg.connect(throwaway.superuser_url(), autocommit=True) as session:
        session.execute("SET log_min_error_statement = error")
        with pytest.raises(psycopg.Error):
            session.execute(f"SELECT '{CANARY}'::int")


@pytest.mark.parametrize(
    ("leave", "place"),
    [
        (write_a_log_line, "logs: web.log"),
        (leave_a_file, "temporary: upload.tmp"),
        (leave_a_file_below_the_data, f"data: {CANARY}"),
        (keep_in_valkey, "valkey, held"),
        (say_through_valkey, "valkey, told"),
        (give_it_to_a_task, "valkey, held"),
        (fail_with_the_row, "postgres, log"),
    ],
)
def test_one_word_left_anywhere_is_found(places, leave, place):
    leave(places)

    assert place in places.found()


@pytest.mark.parametrize("label", APPS)
def test_a_row_that_is_printed_tells_nothing(label):
    """As in a traceback, a debugger or a message of another package."""
    for model in apps.get_app_config(label).get_models():
        texts = [
            field.attname for field in model._meta.concrete_fields if isinstance(field, CharField | TextField)
        ]
        clinic = {"clinic_id": uuid4()} if issubclass(model, ClinicModel) else {}
        row = model(**clinic | dict.fromkeys(texts, CANARY))

        assert model.__name__ in repr(row)
        assert CANARY not in repr(row)


def test_a_patients_words_in_the_log_of_any_test_are_heard(eavesdropper):
    """By what tests/conftest.py asks after every test; here on purpose."""
    logging.getLogger("celery.worker").warning("Hello Nora Example")
    logging.getLogger("inbox").warning("Hello Nora Example")

    (line,) = eavesdropper.take()
    assert "Nora Example" in line  # a process manager's sentence; our own are withheld
