"""Connections that say a byte now and then, or nothing: cut, and nobody else waits for them."""

import asyncio
import contextlib
import time
from collections import Counter
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx2
import pytest
from django.conf import settings

from bench.load import percentile
from clinic_inbox import connections
from clinic_inbox.networks import network_of
from inbox import door
from tests.factories import make_hook
from tests.inbox.payloads import sign
from tests.live.talking import connect, head, listen

pytestmark = pytest.mark.django_db(transaction=True)
BODY = b'{"object":"whatsapp_business_account","entry":[]}'
DRIPPING = "Content-Length: 100000"


@pytest.fixture
def hook(transactional_db):
    return make_hook()


def openings(edge, hook) -> list[tuple[str, bytes]]:
    """What each kind of slow connection says at once; the rest comes a byte at a time."""
    ask, webhook = edge.address, f"/webhooks/whatsapp/{hook.pk}/"
    form, cookie = "Content-Type: application/x-www-form-urlencoded", f"Cookie: clinic-csrf={'a' * 32}"
    return [
        ("headers", b"G"),
        ("headers", head("GET", "/accounts/login/", ask)[:-2] + b"X-Slow: "),
        ("headers", b""),
        ("headers", head("GET", "/nowhere/", ask)),  # answered, and kept open by a byte now and then
        ("body", head("POST", webhook, ask, f"X-Hub-Signature-256: {sign(BODY)}", DRIPPING)),
        ("body", head("POST", "/accounts/login/", ask, DRIPPING, form, cookie)),
        ("body", head("POST", "/api/v1/contacts/", ask, "Authorization: Bearer x", "Transfer-Encoding: chunked")),
    ]  # fmt: skip


async def drip(address: str, opening: bytes) -> float:
    """Open a connection and keep it alive as long as the other side lets us. Returns how many seconds."""
    parts, began = urlsplit(address), time.monotonic()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(opening)
        closed = asyncio.create_task(_until_closed(reader))
        while not closed.done():
            if opening:
                writer.write(b"\r\n" if opening.startswith(b"GET /nowhere/") else b"a")
                await writer.drain()
            await asyncio.wait([closed], timeout=1)
    except ConnectionError:
        pass
    finally:
        closed.cancel()
        writer.transport.abort()
    return time.monotonic() - began


async def _until_closed(reader) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(65536):
            pass


async def webhooks(edge, hook, seconds: float) -> list[float]:
    """How long each of many webhooks took to be answered, in milliseconds."""
    taken, until = [], time.monotonic() + seconds
    headers = {"X-Hub-Signature-256": sign(BODY)}
    async with httpx2.AsyncClient(base_url=edge.address, headers=headers, trust_env=False) as client:
        while time.monotonic() < until:
            began = time.monotonic()
            answer = await client.post(f"/webhooks/whatsapp/{hook.pk}/", content=BODY)
            taken.append((time.monotonic() - began) * 1000)
            page = await client.get("/accounts/login/")
            assert (answer.status_code, page.status_code) == (200, 200)
            await asyncio.sleep(0.1)
    return sorted(taken)


async def test_nobody_waits_for_those_who_say_a_byte_now_and_then(edge, hook, request):
    is_long = request.config.getoption("--faults")
    kinds = openings(edge, hook)
    slow = [kinds[number % len(kinds)] for number in range(500 if is_long else 100)]
    longest = {"headers": connections.HEADER_SECONDS, "body": door.READ_TIMEOUT}

    lines = [(kind, asyncio.create_task(drip(edge.address, opening))) for kind, opening in slow]
    taken = await webhooks(edge, hook, 60 if is_long else connections.HEADER_SECONDS)
    awaited = [(kind, line) for kind, line in lines if is_long or kind == "headers"]
    _, still_open = await asyncio.wait([line for _, line in awaited], timeout=60)
    late = [kind for kind, line in awaited if line.done() and line.result() > longest[kind] + 15]
    for _, line in lines:
        line.cancel()
    await asyncio.gather(*(line for _, line in lines), return_exceptions=True)

    print(f"{len(slow)} slow connections, {len(taken)} webhooks: p99 {percentile(taken, 99):.0f} ms")
    assert percentile(taken, 99) <= 2000
    assert (len(still_open), late) == (0, [])


def test_an_address_holds_so_many_connections_and_others_are_still_let_in(edge):
    most = settings.CONNECTIONS_PER_ADDRESS
    with contextlib.ExitStack() as stack:
        lines = [
            stack.enter_context(connect(edge.address, source="127.0.0.2", seconds=0.01))
            for _ in range(most + 20)
        ]
        time.sleep(0.5)
        refused = [line for line in lines if _is_closed(line)]
        own = connect(edge.address)
        own.sendall(head("GET", "/webhooks/", edge.address, "Connection: close"))

        assert len(refused) == 20
        assert b"404 Not Found" in listen(own)
        own.close()
    again = connect(edge.address, source="127.0.0.2")
    again.sendall(head("GET", "/webhooks/", edge.address, "Connection: close"))
    assert b"404 Not Found" in listen(again)
    again.close()
    # The refusals are one line, and the next of them only after a while.
    assert (edge.logs / "live.log").read_text().count("connections_refused") == 1


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2", True),
    ],
)
def test_ipv6_addresses_of_one_network_count_as_one(one, other, are_one):
    assert (network_of(one) == network_of(other)) == are_one


def test_the_number_of_connections_is_a_setting(settings, monkeypatch):
    settings.CONNECTIONS_PER_ADDRESS = 2
    monkeypatch.setattr(connections, "open_by_address", Counter())
    lines = [connections.Http.__new__(connections.Http) for _ in range(4)]
    for number, line in enumerate(lines):
        line.config, line.client = (
            SimpleNamespace(forwarded_allow_ips="127.0.0.1"),
            (f"2001:db8::{number}", 1),
        )

    assert [line.is_one_too_many() for line in lines] == [False, False, True, True]


def test_refusals_are_told_once_in_a_while(caplog):
    refused = connections.Refused()

    for now in (0, 1, 59, 60, 61):
        refused.one_more(now)

    assert [record.count for record in caplog.records] == [1, 3]


def _is_closed(line) -> bool:
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True
