import asyncio
import hashlib
import hmac
import tracemalloc
from contextlib import AsyncExitStack
from uuid import uuid4

import httpx2
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from clinic_inbox import vault
from inbox import bells, door, hooks
from inbox.intake.drain import drain_batch
from integrations.models import Hook, WebhookEvent, webhook_context
from tests.factories import make_hook
from tests.inbox.payloads import sign

BODY = b'{"object":"whatsapp_business_account","entry":[]}'


@pytest.fixture
def hook(transactional_db):
    return make_hook()


@pytest.fixture
async def application(hook):
    application = door.Door()
    await application.open()
    yield application
    await application.close()


@pytest.fixture
async def client(application, monkeypatch):
    """A client of a door that is open; bells are counted, not rung."""
    rung = []
    monkeypatch.setattr(bells, "ring_now", lambda *call: rung.append(call))
    transport = httpx2.ASGITransport(app=application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        client.rung = rung
        yield client


def address(hook) -> str:
    return f"/webhooks/whatsapp/{hook.pk}/"


def post(client, hook, body=BODY, signature=None):
    headers = {"x-hub-signature-256": sign(body) if signature is None else signature}
    return client.post(address(hook), content=body, headers=headers)


def stored():
    return sync_to_async(lambda: list(WebhookEvent.objects.order_by("id")))()


async def test_a_signed_body_is_stored_as_it_came_and_the_bell_rung(client, hook):
    answer = await post(client, hook)

    (event,) = await stored()
    assert (answer.status_code, answer.text) == (200, "ok")
    assert vault.unseal(event.body, webhook_context(hook.pk)) == BODY
    await asyncio.sleep(0.05)
    assert client.rung == [("inbox.tasks.drain", 0)]


def forgeries() -> list[str]:
    good = sign(BODY)
    digest = good.removeprefix("sha256=")
    sha1 = hmac.new(b"app-secret", BODY, hashlib.sha1).hexdigest()
    cases = ["", digest, good[:-1], good + "0", good.upper(), "SHA256=" + digest, "sha256=" + digest.upper()]
    cases += [
        f"sha1={sha1}",
        "sha1=" + digest,
        f" {good} x",
        "sha256=",
        "sha256=" + "0" * 64,
        good + "," + good,
    ]
    cases += [sign(BODY, "another-app-secret"), sign(BODY + b" "), sign(BODY, "")]
    return cases + [good[:at] + ("0" if good[at] != "0" else "1") + good[at + 1 :] for at in range(7, 71, 5)]


@pytest.mark.parametrize("signature", forgeries())
async def test_a_forged_signature_is_refused_and_nothing_stored(client, hook, signature):
    answer = await post(client, hook, signature=signature)

    assert answer.status_code == 403
    assert await stored() == []


async def test_the_same_json_in_other_bytes_is_a_forgery(client, hook):
    answer = await post(client, hook, body=BODY.replace(b":", b": "), signature=sign(BODY))

    assert answer.status_code == 403


async def test_two_signature_headers_are_refused(client, hook):
    headers = [("x-hub-signature-256", sign(BODY)), ("x-hub-signature-256", sign(BODY))]

    assert (await client.post(address(hook), content=BODY, headers=headers)).status_code == 403


async def test_both_secrets_count_during_rotation(client, hook):
    assert (await post(client, hook)).status_code == 200

    def rotate():
        hook.previous_app_secret, hook.app_secret = "app-secret", "new-secret"
        hook.save()

    await sync_to_async(rotate)()
    await asyncio.sleep(hooks.ASKED_AGAIN + 0.1)

    assert (await post(client, hook, signature=sign(BODY, "new-secret"))).status_code == 200
    assert (await post(client, hook, signature=sign(BODY, "app-secret"))).status_code == 200


async def test_an_unknown_hook_takes_nothing(client, hook):
    unknown = Hook(provider="whatsapp")

    assert (await post(client, unknown)).status_code == 403
    assert (await client.post("/webhooks/whatsapp/nonsense/", content=BODY)).status_code == 404
    assert (await client.put(address(hook), content=BODY)).status_code == 405


async def test_a_body_over_three_mebibytes_is_refused(client, hook):
    body = b" " * (door.MAX_BODY + 1)

    assert (await post(client, hook, body=body)).status_code == 413


async def test_an_endless_chunked_body_is_refused_without_keeping_it(client, hook):
    async def endless():
        for _ in range(200):
            yield b"x" * 1024 * 1024

    tracemalloc.start()
    answer = await client.post(address(hook), content=endless(), headers={"x-hub-signature-256": sign(BODY)})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.status_code == 413
    assert peak < 4 * door.MAX_BODY


async def test_without_a_database_meta_is_asked_to_try_again(hook, monkeypatch):
    monkeypatch.setattr(settings, "DATABASE_URL", "postgresql://clinic_app@127.0.0.1:1/clinic")
    monkeypatch.setattr(door, "COMMIT_TIMEOUT", 0.3)
    application = door.Door()
    await application.open()
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=application), base_url="http://testserver"
    ) as client:
        assert (await post(client, hook)).status_code == 503
    await application.close()


async def test_the_handshake_answers_the_challenge_as_plain_text(client, hook):
    params = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "verify-token"}

    answer = await client.get(address(hook), params=params)

    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "wrong",
    [{"hub.verify_token": "x"}, {"hub.verify_token": ""}, {"hub.mode": "x"}, {"hub.challenge": "<script>"}],
)
async def test_a_wrong_handshake_is_refused(client, hook, wrong):
    params = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "verify-token"} | wrong

    assert (await client.get(address(hook), params=params)).status_code == 403


async def test_bodies_that_come_together_are_committed_together(client, hook):
    answers = await asyncio.gather(*(post(client, hook) for _ in range(40)))

    assert {answer.status_code for answer in answers} == {200}
    assert len(await stored()) == 40
    assert await sync_to_async(drain_batch)(0) == 40


async def strangers_answer(application, hook_id, headers=((b"x-hub-signature-256", b"sha256=00"),)) -> int:
    """The status of a POST whose body must not be read."""
    sent = []

    async def receive():
        raise AssertionError("the body was read")

    async def send(message):
        sent.append(message)

    path = f"/webhooks/whatsapp/{hook_id}/"
    await application({"type": "http", "method": "POST", "path": path, "headers": headers}, receive, send)
    return sent[0]["status"]


async def test_the_body_of_a_stranger_is_not_read_and_the_database_asked_once(client, application):
    asked = []
    read = application.hooks._read
    application.hooks._read = lambda hook_id: asked.append(hook_id) or read(hook_id)
    stranger = uuid4()

    answers = await asyncio.gather(*(strangers_answer(application, stranger) for _ in range(50)))
    answers.append(await strangers_answer(application, stranger))

    assert (set(answers), asked) == ({403}, [stranger])


async def test_an_unsigned_body_is_not_read(hook, client, application):
    assert await strangers_answer(application, hook.pk, headers=()) == 403


async def test_only_so_many_strangers_are_remembered(client, application, monkeypatch):
    monkeypatch.setattr(hooks, "MOST_STRANGERS", 3)
    strangers = [uuid4() for _ in range(5)]

    for stranger in strangers:
        await strangers_answer(application, stranger)

    assert list(application.hooks.strangers) == strangers[2:]


async def test_strangers_who_hold_every_reader_keep_no_genuine_body_waiting(hook, client, application):
    assert (await post(client, hook)).status_code == 200

    async with AsyncExitStack() as held:
        for _ in range(door.READERS):
            await held.enter_async_context(application.readers.connection())
        async with asyncio.timeout(3):
            answer = await post(client, hook)

    assert answer.status_code == 200


async def test_a_body_that_never_ends_is_given_up(hook, client, monkeypatch):
    monkeypatch.setattr(door, "READ_TIMEOUT", 0.1)

    async def slow():
        yield b"{"
        await asyncio.sleep(5)

    answer = await client.post(address(hook), content=slow(), headers={"x-hub-signature-256": sign(BODY)})

    assert answer.status_code == 408


async def test_when_too_much_waits_meta_is_asked_to_try_again(hook, client, application, monkeypatch):
    monkeypatch.setattr(door, "MOST_WAITING", len(BODY) * 2)

    async with application.writer.connection():
        waiting = [asyncio.create_task(post(client, hook)) for _ in range(2)]
        await asyncio.sleep(0.3)
        refused = await post(client, hook)

    assert refused.status_code == 503
    assert [(await task).status_code for task in waiting] == [200, 200]
    assert (await post(client, hook)).status_code == 200


async def test_a_commit_that_hangs_is_given_up(hook, client, application, monkeypatch):
    """As when the database's host vanishes: the next bodies find a working connection."""
    monkeypatch.setattr(door, "COMMIT_TIMEOUT", 0.5)
    append = door.APPEND
    slow = append.replace("SELECT *", "SELECT body.*").rstrip() + " AS body, pg_sleep(4)"
    monkeypatch.setattr(door, "APPEND", slow)

    assert (await post(client, hook)).status_code == 503
    monkeypatch.setattr(door, "APPEND", append)
    await asyncio.sleep(0.2)

    assert (await post(client, hook)).status_code == 200


async def test_every_connection_notices_a_database_that_vanished(client, application):
    async with application.writer.connection() as connection:
        ours = connection.info.get_parameters()

    assert {name: int(ours[name]) for name in settings.KEEPALIVES} == settings.KEEPALIVES
    assert settings.DATABASES["default"]["OPTIONS"].items() >= settings.KEEPALIVES.items()
    assert settings.KEEPALIVES["tcp_user_timeout"] <= 15_000
