"""Nothing that takes an address can be made to visit this machine: a listener here counts who comes."""

import ast
import asyncio
import socket
import threading
from collections import Counter
from contextlib import contextmanager

import pytest

from clinic_inbox.local.folder import HOME
from integrations import http
from integrations.events import ProviderError
from integrations.whatsapp import api, media
from integrations.whatsapp.api import Credentials

# Ways to write this machine, its network, or the metadata service of a cloud.
LITERALS = [
    *("127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "0x7f000001", "0x7f.0.0.1", "0x7f.1"),
    *("0177.0.0.1", "017700000001", "2130706433", "127.0.0.01", "127.000.000.001", "0x7F.0x0.0x0.0x1", "127.0x1"),
    *("①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "127.0.0.1.", "localhost", "localhost.", "LOCALHOST"),
    *("ⓛocalhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "10.0.0.1", "172.16.0.1"),
    *("172.31.255.255", "192.168.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "169.254.43518"),
    *("100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "203.0.113.1", "224.0.0.1", "255.255.255.255"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]"),
    *("[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]"),
    *("[fe80::1]", "[fe80::1%25lo]", "[::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[::ffff:10.0.0.1]"),
    *("[::ffff:169.254.169.254]", "[100::1]", "[2001:db8::1]", "[fec0::1]", "[::ffff:0:127.0.0.1]"),
]  # fmt: skip
FORMS = [
    *("https://{host}/", "https://user@{host}/", "https://graph.facebook.com@{host}/", "https://graph.facebook.com#@{host}/"),
    *("https://{host}:443/", "https://{host}\\@graph.facebook.com/", "https:///{host}/", "//{host}/", "https:{host}"),
]  # fmt: skip
OTHER_SCHEMES = [
    *("file:///etc/passwd", "unix:///tmp/socket", "http+unix://%2Ftmp%2Fsocket/", "gopher://127.0.0.1:{port}/_x", ""),
    *("ftp://127.0.0.1:{port}/", "http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "https://[::1]:{port}/"),
    *("http://localhost:{port}/", "data:text/plain,x", "https://127.0.0.1:{port}\r\nHost: x/", "javascript:1"),
]  # fmt: skip
# Where something of ours opens connections, and why that is not the client for addresses that others give.
MAY_CONNECT = {
    "integrations/http.py": "the one client",
    "clinic_inbox/front.py": "to `web`, whose address is a setting",
    "clinic_inbox/valkey.py": "to Valkey, whose address is a setting",
    "inbox/demo/phone.py": "to the simulator, never in production",
}
TYPES_ONLY = {
    "httpx2": {"AsyncClient", "HTTPError", "ConnectError", "Response", "TimeoutException", "Headers", "URL"}
}
OPENERS = {
    *("socket", "ssl", "httpx2", "httpcore2", "requests", "aiohttp", "urllib3", "urllib.request", "http.client"),
    *("ftplib", "smtplib", "imaplib", "poplib", "telnetlib", "xmlrpc.client", "websockets", "pycurl"),
}  # fmt: skip


@contextmanager
def canary():
    """Ports of 127.0.0.1 and ::1 that count who connects; and every name but an address resolves to them."""
    came, listeners = Counter(), []
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        listener = socket.socket(family)
        listener.bind((address, listeners[0].getsockname()[1] if listeners else 0))
        listener.listen(100)
        listeners.append(listener)
        threading.Thread(target=_count, args=(listener, came, address), daemon=True).start()
    try:
        yield listeners[0].getsockname()[1], came
    finally:
        for listener in listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def _count(listener: socket.socket, came: Counter, address: str) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        came[address] += 1
        line.close()


def on_port(monkeypatch, port: int) -> None:
    """Whoever wants port 443 of this machine finds the canary there: the real one needs root."""
    real = http.httpcore2.AnyIOBackend.connect_tcp

    async def connect(self, host, wanted, *args, **kwargs):
        return await real(self, host, port if wanted == 443 else wanted, *args, **kwargs)

    monkeypatch.setattr(http.httpcore2.AnyIOBackend, "connect_tcp", connect)


def offline(monkeypatch, **answers) -> None:
    """No question leaves for a name server; a name has the addresses given here, one after another."""
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else str(host)
        if found := answers.get(name.split(".")[0]):
            address = found.pop(0) if len(found) > 1 else found[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
        if name.rstrip(".").lower().endswith(("com", "example")):
            raise socket.gaierror("offline")
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def addresses(port: int) -> list[str]:
    every = [form.format(host=host) for host in LITERALS for form in FORMS]
    return [*every, *(address.format(port=port) for address in OTHER_SCHEMES)]


async def visit_all(urls: list[str]) -> list[str]:
    """Ask each address through the one client. Returns those that something was sent to."""
    answered = []
    async with http.open_client() as client:
        for url in urls:
            try:
                await http.request(client, "GET", url, seconds=5)
            except (http.Forbidden, *http.NOT_SENT, *http.INTERRUPTED, http.httpx2.InvalidURL, UnicodeError):
                continue
            answered.append(url)
    return answered


async def test_no_way_to_write_an_address_leads_to_this_machine(monkeypatch):
    offline(monkeypatch)
    with canary() as (port, came):
        on_port(monkeypatch, port)

        answered = await visit_all(addresses(port))
        await asyncio.sleep(0.05)

    assert len(LITERALS) >= 60
    assert (answered, dict(came)) == ([], {})


async def test_the_canary_is_reached_with_the_check_off(monkeypatch):
    """What keeps the test above honest."""
    offline(monkeypatch)
    monkeypatch.setattr(http, "is_public", lambda address: True)
    with canary() as (port, came):
        on_port(monkeypatch, port)

        await visit_all(
            [f"https://{host}/" for host in ("127.0.0.1", "127.1", "0x7f.1", "localhost", "[::1]")]
        )
        await asyncio.sleep(0.05)

    assert came["127.0.0.1"] >= 4
    assert came["::1"] >= 1


async def test_a_name_that_changes_its_mind_is_held_to_what_was_checked(monkeypatch):
    """Public when asked first, ours when asked again, and the other way round: what is checked is what is visited."""
    with canary() as (port, came):
        on_port(monkeypatch, port)
        offline(
            monkeypatch,
            flips=["192.0.2.1", "127.0.0.1"],
            turns=["127.0.0.1", "192.0.2.1"],
            ours=["127.0.0.1"],
        )

        answered = await visit_all(
            [f"https://{name}.example/" for name in ("flips", "flips", "turns", "turns", "ours")]
        )

    assert (answered, dict(came)) == ([], {})


FEATURES = {
    "a channel's number": lambda given: api.get_number(given),
    "a channel's numbers": lambda given: api.list_numbers(given),
    "templates": lambda given: api.list_templates(given),
    "a subscription": lambda given: api.subscribe(given),
    "a token": lambda given: api.debug_token(given),
    "a registration": lambda given: api.register(given, "123456"),
}


@pytest.mark.parametrize("feature", FEATURES)
def test_no_feature_that_takes_an_address_visits_this_machine(monkeypatch, feature):
    offline(monkeypatch)
    with canary() as (port, came):
        on_port(monkeypatch, port)
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", f"127.0.0.1:{port}"):
            given = Credentials(f"https://{host}", "n1", "b1", "token")
            with pytest.raises(ProviderError):
                FEATURES[feature](given)

    assert dict(came) == {}


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://localhost/", "https://lookaside.fbsbx.com@127.0.0.1/"]
)
def test_a_files_address_is_visited_only_at_metas(monkeypatch, tmp_path, url):
    async def told(*_):
        return {"url": url, "mime_type": "image/jpeg"}

    offline(monkeypatch)
    monkeypatch.setattr(media, "_look_up", told)
    with canary() as (port, came):
        on_port(monkeypatch, port)
        with pytest.raises(media.Refused):
            media.fetch(Credentials("https://graph.facebook.com", "n1"), "m1", tmp_path)

    assert dict(came) == {}


def test_nothing_else_of_ours_opens_a_connection():
    found = set()
    for app in ("clinic_inbox", "clinics", "integrations", "contacts", "inbox"):
        for path in sorted((HOME / app).rglob("*.py")):
            name = path.relative_to(HOME).as_posix()
            if name.startswith("clinic_inbox/local/") or "/migrations/" in name:
                continue  # the launcher of `./dev` talks to its own servers
            if any(opens(ast.parse(path.read_text()))):
                found.add(name)

    assert found == set(MAY_CONNECT)


def opens(tree: ast.AST):
    """Whether each import, or use of what is imported for its types as well, could open a connection."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        yield any(name in OPENERS - TYPES_ONLY.keys() for name in names)
        if isinstance(node, ast.ImportFrom) and node.module:
            module_opens = node.module in OPENERS
            yield module_opens and not all(alias.name.endswith("Exception") for alias in node.names)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            yield called.partition(".")[0] in TYPES_ONLY or called.startswith("asyncio.open_")
