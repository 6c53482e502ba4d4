"""Every payload file, signed and posted through the door, answers 200 and becomes something.

`--payloads FOLDER` tries another folder of captured webhooks; `-s` lists what each became.
"""

import asyncio
import json
from pathlib import Path

import httpx2
import pytest

from clinic_inbox.tenancy import clinic_scope
from contacts.models import Consent, Contact, Identity
from inbox.door import Door
from inbox.intake.drain import drain_batch
from inbox.models import Amendment, Attachment, Conversation, Message, Reaction, StatusEvent
from integrations.models import Channel, ChannelEvent, Provider, Route, WebhookEvent
from tests.factories import make_clinic, make_hook
from tests.inbox.payloads import sign

OWN = Path(__file__).parents[1] / "integrations" / "payloads"
TABLES = (
    Message,
    StatusEvent,
    Reaction,
    Amendment,
    Attachment,
    ChannelEvent,
    Consent,
    Contact,
    Identity,
    Conversation,
)
# Signed by Meta, but speaking of nothing of ours: kept for operators, not applied.
QUARANTINED = {"entries_that_are_none.json"}


def pytest_generate_tests(metafunc):
    folder = metafunc.config.getoption("--payloads") or OWN
    files = [path for path in sorted(folder.glob("*.json")) if '"entry"' in path.read_text()]
    metafunc.parametrize("path", files, ids=lambda path: path.stem)


@pytest.mark.django_db(transaction=True)
def test_a_payload_is_taken_and_becomes_something(path):
    body = body_of(path)
    clinic, hook = owner_of(body)

    status = asyncio.run(post(hook, body))
    drain_batch(0)

    event = WebhookEvent.objects.get()
    became = rows_of(clinic)
    print(f"\n{path.name}: {status} {event.state} {became}", end="")
    assert status == 200
    if path.name in QUARANTINED:
        assert event.state == "quarantined"
    else:
        assert (event.state, event.error) == ("done", "")
        assert became


def body_of(path: Path) -> bytes:
    """A captured body as it is; of our own files the part that Meta would send."""
    body = path.read_bytes()
    tree = json.loads(body)
    return json.dumps(tree["webhook"]).encode() if "webhook" in tree else body


def owner_of(body: bytes):
    """A clinic that owns every number and account a payload names."""
    clinic, hook = make_clinic(), make_hook()
    accounts, numbers = places(json.loads(body))
    with clinic_scope(clinic.pk):
        for number_id, business_id in numbers.items():
            channel = Channel.objects.create(
                provider=Provider.WHATSAPP,
                name="Trial",
                hook=hook,
                external_id=number_id,
                business_id=business_id,
            )
            Route.objects.create(hook=hook, kind="number", external_id=number_id, channel=channel)
        for account in accounts:
            Route.objects.create(hook=hook, kind="business", external_id=account)
    return clinic, hook


def places(tree: dict) -> tuple[set[str], dict[str, str]]:
    accounts, numbers = set(), {}
    for entry in filter(lambda entry: isinstance(entry, dict), tree["entry"]):
        account = str(entry.get("id") or "")
        accounts.add(account)
        for change in entry.get("changes") or []:
            value = change.get("value") if isinstance(change, dict) else None
            value = value if isinstance(value, dict) else {}
            accounts.add(str((value.get("waba_info") or {}).get("waba_id") or account))
            for place in (value.get("metadata"), value.get("recipient"), value.get("phone_number_settings")):
                if isinstance(place, dict) and place.get("phone_number_id"):
                    numbers[str(place["phone_number_id"])] = account
    return accounts - {""}, numbers


async def post(hook, body: bytes) -> int:
    door = Door()
    await door.open()
    transport = httpx2.ASGITransport(app=door)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        headers = {"x-hub-signature-256": sign(body)}
        answer = await client.post(f"/webhooks/whatsapp/{hook.pk}/", content=body, headers=headers)
    await door.close()
    return answer.status_code


def rows_of(clinic) -> dict[str, list]:
    named = {
        Message: "kind",
        StatusEvent: "status",
        Amendment: "kind",
        ChannelEvent: "field",
        Reaction: "emoji",
    }
    with clinic_scope(clinic.pk):
        found = {
            table.__name__: list(table.objects.values_list(named.get(table, "id"), flat=True))
            for table in TABLES
        }
    return {
        name: values if isinstance(values[0], str) else len(values)
        for name, values in found.items()
        if values
    }
