"""The way out: deadlines, caps, and not into our own house."""

import asyncio
import logging
import socket

import pytest

from integrations import http
from integrations.addresses import is_public
from tests.integrations.servers import raw, reply, serving

HOLES = ["2606:4700::1111", "2606:4700::1112"]
INSIDE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1"),
    *("172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1"),
    *("192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1"),
    *("239.255.255.255", "240.0.0.1", "255.255.255.255", "192.31.196.1", "192.52.193.1", "192.175.48.1"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("100::1", "2001::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::"),
    *("3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
    *("ff0e::1", "2620:4f:8000::1", "", "localhost", "127.1", "0x7f.1", "2130706433", "①②⑦.0.0.1"),
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_is_not_on_the_internet_is_known(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"]
)
def test_an_address_on_the_internet_is_public(address):
    assert is_public(address)


def names(monkeypatch, **addresses):
    """Have names resolve to addresses; each call takes the next of a name's answers. Returns the names asked for."""
    asked = []

    def resolve(host, port, *args, **kwargs):
        asked.append(host)
        found = addresses[str(host).split(".")[0]]
        address = found.pop(0) if len(found) > 1 else found[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


async def get(url: str, **options):
    async with http.open_client(allow_private=options.pop("allow_private", True)) as client:
        return await http.request(client, "GET", url, **options)


async def test_a_name_of_our_own_network_is_not_visited(monkeypatch):
    names(monkeypatch, evil=["10.0.0.1"])

    with pytest.raises(http.Forbidden):
        await get("https://evil.example/", allow_private=False)


async def test_a_name_is_resolved_once_and_that_address_is_used(monkeypatch):
    with serving(reply(200, b"ok")) as server:
        port = server.url.rpartition(":")[2]
        asked = names(monkeypatch, flips=["127.0.0.1", "10.0.0.1"])

        answer = await get(f"http://flips.example:{port}/")

    assert (answer.body, asked.count("flips.example")) == (b"ok", 1)
    assert server.requests[0].headers["Host"] == f"flips.example:{port}"


async def test_an_address_that_swallows_everything_does_not_use_up_the_time_of_the_next(monkeypatch):
    tried, real = [], http.httpcore2.AnyIOBackend.connect_tcp

    async def connect(self, host, *args):
        tried.append(host)
        return await (asyncio.sleep(60) if host in HOLES else real(self, host, *args))

    def resolve(host, port, *args, **kwargs):
        return [(0, socket.SOCK_STREAM, 6, "", (address, port)) for address in (*HOLES, "127.0.0.1")]

    with serving(reply(200, b"ok")) as server:
        port = server.url.rpartition(":")[2]
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(http.httpcore2.AnyIOBackend, "connect_tcp", connect)

        answer = await get(f"http://several.example:{port}/")

    assert (answer.body, tried) == (b"ok", [HOLES[0], "127.0.0.1"])


async def test_an_address_that_refuses_leads_to_the_next_at_once(monkeypatch):
    monkeypatch.setattr(http, "NEXT_ADDRESS_SECONDS", 60)
    with serving(reply(200, b"ok")) as server:
        port = server.url.rpartition(":")[2]
        found = [(0, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.9", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)

        assert (await get(f"http://several.example:{port}/")).body == b"ok"


@pytest.mark.parametrize("answers_at", [0.0, 0.01])
async def test_a_connection_that_was_not_needed_is_closed(monkeypatch, answers_at):
    """Two answer: one at once, the other just as the first is taken, or when it is being given up."""
    closed = asyncio.Event()

    class Stream:
        async def aclose(self):
            closed.set()

    async def connect(self, host, *args):
        if host == "8.8.8.8":
            await asyncio.sleep(0.02)
            return "taken"
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(answers_at)
        return Stream()

    monkeypatch.setattr(http, "NEXT_ADDRESS_SECONDS", 0.01)
    monkeypatch.setattr(http.httpcore2.AnyIOBackend, "connect_tcp", connect)
    network = http._Network(allow_private=False)

    assert await network._connect(["2606:4700::1111", "8.8.8.8"], 443, None, None) == "taken"
    await asyncio.wait_for(closed.wait(), 5)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com:8443/",
        "https://user:pass@example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://localhost/",
    ],
)
async def test_an_address_that_is_no_place_for_us_is_forbidden(url):
    with pytest.raises(http.Forbidden):
        await get(url, allow_private=False)


async def test_a_redirect_is_not_followed():
    with serving(reply(200)) as target, serving(reply(302, Location=target.url)) as server:
        answer = await get(server.url, headers={"Authorization": "Bearer secret"})

    assert (answer.status, target.requests) == (302, [])


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    with serving(reply(200, b"direct")) as server, serving(reply(200, b"proxy")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)

        assert (await get(server.url)).body == b"direct"


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, b"x" * 1001),
        raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001),
        raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"10\r\n"
            + b"x" * 16
            + b"\r\n" * 1
            + b"fff\r\n"
            + b"x" * 4095
            + b"\r\n0\r\n\r\n"
        ),
    ],
    ids=["told", "until the end", "in chunks"],
)
async def test_an_answer_larger_than_allowed_is_cut_off(answer):
    with serving(answer) as server, pytest.raises(http.TooLarge):
        await get(server.url, max_bytes=1000)


async def test_a_compressed_answer_is_refused():
    with serving(reply(200, b"\x1f\x8b", Content_Encoding="gzip")) as server, pytest.raises(http.INTERRUPTED):
        await get(server.url)

    assert server.requests[0].headers["Accept-Encoding"] == "identity"


async def test_an_answer_that_drips_ends_at_the_deadline():
    def drip(request, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n")
        for _ in range(40):
            connection.sendall(b"x")
            asyncio.run(asyncio.sleep(0.05))

    with serving(drip) as server, pytest.raises(http.INTERRUPTED):
        await get(server.url, seconds=0.3)


async def test_nothing_of_a_request_is_logged(caplog):
    caplog.set_level(logging.DEBUG)

    with serving(reply(200, b"a patient's words")) as server:
        await get(f"{server.url}/?token=in-the-query", headers={"Authorization": "Bearer in-the-header"})

    assert not [
        word for word in ("in-the-query", "in-the-header", "patient", server.url) if word in caplog.text
    ]
