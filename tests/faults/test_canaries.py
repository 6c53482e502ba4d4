"""Promise R9: what patients say, and every secret, stays out of logs, Valkey and temporary files of real processes."""

import json
import time

import httpx2
import pytest
import redis

from clinic_inbox.local.processes import WORKERS
from clinic_inbox.tenancy import clinic_scope
from clinics.operations.tokens import create_api_token
from inbox.models import Message
from tests.factories import make_channel, make_clinic, make_conversation, make_hook, make_identity
from tests.inbox.files import HTML
from tests.inbox.payloads import messages_webhook, person, sign, text_message

CANARY = "canary7f3a"  # part of every text, name, file, key and password below
PHONE = "447700900987"


@pytest.fixture
def place(transactional_db):
    """A clinic whose channel leads nowhere, so that every send and fetch fails."""
    clinic = make_clinic(f"Clinic {CANARY}")
    with clinic_scope(clinic.pk):
        hook = make_hook(app_secret=f"secret-{CANARY}", verify_token=f"verify-{CANARY}")
        channel = make_channel(hook, access_token=f"EAA{CANARY}token", api_url="http://127.0.0.1:1")
        conversation = make_conversation(make_identity(wa_id=PHONE, profile_name=CANARY), channel)
        _row, token = create_api_token("machine")
    return clinic, conversation, token


def test_canaries_stay_out_of_logs_and_valkey(place, supervisor, tmp_path, redis_url):
    clinic, conversation, token = place
    for name in ("web", "live", *WORKERS):
        supervisor.start(name)
    supervisor.wait_for(f"{supervisor.address}/healthz")

    tell_everything(supervisor.address, conversation, token)
    wait_until_settled(clinic, conversation)
    kept_by_valkey = everything_in(redis_url)
    supervisor.stop()

    logs = {path.name: path.read_text() for path in tmp_path.glob("*.log")}
    lines = [json.loads(line) for text in logs.values() for line in text.splitlines() if line.startswith("{")]
    assert {line["event"] for line in lines} >= {"request", "file_not_fetched"}
    for where in (*logs.values(), kept_by_valkey):
        assert CANARY not in where
        assert PHONE not in where
        assert token not in where
    # Celery greets with a banner on a plain terminal line; everything else is JSON.
    assert [
        line for name in ("web.log", "live.log") for line in logs[name].splitlines() if line[0] != "{"
    ] == []


def tell_everything(address, conversation, token):
    """Say canaries on every way in: API, pages, webhooks good and bad."""
    api, path = {"authorization": f"Bearer {token}"}, f"/api/v1/conversations/{conversation.pk}/messages/"
    with httpx2.Client(base_url=address, trust_env=False) as client:
        sent = client.post(
            path, json={"kind": "text", "text": CANARY}, headers=api | {"Idempotency-Key": f"key-{CANARY}"}
        )
        assert sent.status_code == 201
        client.post(path, json={"kind": CANARY}, headers=api)
        client.post(path, content=f'{{"{CANARY}', headers=api | {"content-type": "application/json"})
        client.get(f"/api/v1/contacts/?phone={PHONE}&x={CANARY}", headers=api)
        upload = {"file": (f"{CANARY}.jpg", HTML, "image/jpeg")}
        client.post(
            "/api/v1/attachments/", data={"channel": str(conversation.channel_id)}, files=upload, headers=api
        )
        client.get("/api/v1/channels/", headers={"authorization": f"Bearer ci_{'0' * 32}_{CANARY * 5}"})
        client.get(f"/{CANARY}?q={CANARY}")
        client.post("/accounts/login/", data={"login": f"{CANARY}@clinic.example", "password": CANARY})
        hook = conversation.channel.hook_id
        photo = {"type": "image", "image": {"id": CANARY, "mime_type": "image/jpeg", "caption": CANARY}}
        told = [text_message(CANARY, PHONE), text_message(CANARY, PHONE) | photo]
        good = messages_webhook(conversation.channel, *told, people=[person(PHONE, CANARY)])
        for body in (good, f'{{"{CANARY}'.encode()):
            signed = {"X-Hub-Signature-256": sign(body, f"secret-{CANARY}")}
            assert client.post(f"/webhooks/whatsapp/{hook}/", content=body, headers=signed).status_code == 200
        client.get(
            f"/webhooks/whatsapp/{hook}/", params={"hub.verify_token": CANARY, "hub.challenge": CANARY}
        )


def wait_until_settled(clinic, conversation):
    """Until the webhook became a message and the sends had their first try."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with clinic_scope(clinic.pk):
            if Message.objects.filter(conversation=conversation, direction="in").exists():
                break
        time.sleep(0.2)
    time.sleep(2)


def everything_in(url) -> str:
    """All that Valkey holds, as text."""
    client = redis.Redis.from_url(url)
    try:
        return "".join(repr(key) + repr(client.dump(key)) for key in client.scan_iter())
    finally:
        client.close()
