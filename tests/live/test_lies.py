"""Requests that say two things at once, said byte by byte to the real processes."""

import pytest

from tests.factories import make_hook
from tests.inbox.payloads import sign
from tests.live.talking import connect, head, listen, say

pytestmark = pytest.mark.django_db(transaction=True)
BODY = b'{"object":"whatsapp_business_account","entry":[]}'
SMUGGLED = b"GET /accounts/login/?smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LENGTH, CHUNKED = f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked"
IN_CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
TWO_FACED = {
    "length and chunks": ([LENGTH, CHUNKED], IN_CHUNKS),
    "chunks and length": ([CHUNKED, LENGTH], IN_CHUNKS),
    "two lengths": ([LENGTH, "Content-Length: 3"], BODY),
    "twice the same length": ([LENGTH, LENGTH], BODY),
    "a list of lengths": ([f"{LENGTH}, {len(BODY)}"], BODY),
    "a signed length": [[f"Content-Length: +{len(BODY)}"], BODY],
    "a negative length": (["Content-Length: -1"], BODY),
    "a length in hex": (["Content-Length: 0x10"], BODY),
    "an unknown encoding": (["Transfer-Encoding: xchunked"], IN_CHUNKS),
    "chunks and identity": (["Transfer-Encoding: chunked, identity"], IN_CHUNKS),
    "two encodings": ([CHUNKED, "Transfer-Encoding: identity"], IN_CHUNKS),
    "a space before the colon": (["Transfer-Encoding : chunked"], IN_CHUNKS),
    "an encoding folded": (["Transfer-Encoding:\r\n chunked", LENGTH], IN_CHUNKS),
    "a name with a control character": (["Transfer\x0bEncoding: chunked"], IN_CHUNKS),
    "a chunk size that is none": ([CHUNKED], b"zz\r\nabc\r\n0\r\n\r\n"),
    "a negative chunk size": ([CHUNKED], b"-1\r\nabc\r\n0\r\n\r\n"),
    "a chunk larger than a number": ([CHUNKED], b"f" * 20 + b"\r\nabc\r\n0\r\n\r\n"),
    "a bare line feed": (["X-A: 1\nTransfer-Encoding: chunked"], IN_CHUNKS),
}


@pytest.fixture
def hook(transactional_db):
    return make_hook()


@pytest.fixture(params=["the door", "a page"])
def path(request, hook):
    return f"/webhooks/whatsapp/{hook.pk}/" if request.param == "the door" else "/accounts/login/"


@pytest.mark.parametrize("case", TWO_FACED)
def test_a_request_that_can_be_read_in_two_ways_is_not_read_and_nothing_hides_behind_it(edge, path, case):
    lines, body = TWO_FACED[case]
    signed = f"X-Hub-Signature-256: {sign(BODY)}"

    heard = say(edge.address, head("POST", path, edge.address, signed, *lines) + body + SMUGGLED, seconds=8)

    assert heard.status in (0, 400, 403, 413)
    assert heard.answers <= 1
    assert b"smuggled" not in heard.data


@pytest.mark.parametrize("case", ["one long value", "many lines", "a long address", "a name without end"])
def test_headers_of_64_kilobytes_are_refused(edge, path, case):
    long = {
        "one long value": head("GET", path, edge.address, "X-Long: " + "a" * 65536),
        "many lines": head("GET", path, edge.address, *(f"X-{number}: {'a' * 50}" for number in range(1200))),
        "a long address": head("GET", path + "?" + "a" * 65536, edge.address),
        "a name without end": head("GET", path, edge.address)[:-2] + b"a" * 400_000,
    }[case]

    heard = say(edge.address, long)

    assert heard.status == 431
    assert heard.answers == 1


def test_a_body_shorter_than_its_length_is_not_taken_and_a_longer_one_only_so_far(edge, hook):
    path, signed = f"/webhooks/whatsapp/{hook.pk}/", f"X-Hub-Signature-256: {sign(BODY)}"
    with connect(edge.address) as line:
        line.sendall(
            head("POST", path, edge.address, signed, f"Content-Length: {len(BODY) + 5}", "Connection: close")
        )
        line.sendall(BODY)
        line.shutdown(1)
        short = listen(line)
    longer = say(
        edge.address,
        head("POST", path, edge.address, signed, f"Content-Length: {len(BODY) - 5}", "Connection: close")
        + BODY,
    )

    assert b" 200 " not in short
    assert longer.status == 403


def test_http_1_0_is_answered_and_hung_up_on(edge, hook):
    path, signed = f"/webhooks/whatsapp/{hook.pk}/", f"X-Hub-Signature-256: {sign(BODY)}"

    webhook = say(edge.address, head("POST", path, edge.address, signed, LENGTH, version="1.0") + BODY)
    page = say(edge.address, head("GET", "/accounts/login/", edge.address, version="1.0"))

    assert (webhook.status, page.status) == (200, 200)
    assert max(webhook.seconds, page.seconds) < 10


@pytest.mark.parametrize(
    "lines",
    [
        ["Host: evil.example"],
        ["Host: 127.0.0.1", "Host: evil.example"],
        ["Host: 127.0.0.1@evil.example"],
        ["Host: 127.0.0.1:80@evil.example"],
        ["Host: "],
        ["Host: 127.0.0.1", "X-Forwarded-Host: evil.example"],
        ["Host: 127.0.0.1", "Forwarded: host=evil.example"],
        ["Host: 127.0.0.1", "X-Original-URL: //evil.example"],
    ],
)
def test_no_host_but_ours_comes_back_in_a_page(edge, lines):
    request = (
        "\r\n".join(["GET /conversations/ HTTP/1.1", *lines, "Connection: close"]).encode() + b"\r\n\r\n"
    )

    heard = say(edge.address, request)

    assert heard.status in (302, 400)
    assert b"evil.example" not in heard.data


def test_what_a_stranger_asks_to_be_forwarded_from_is_not_believed_twice(edge):
    """Only what `live` itself saw is passed on: the header that a browser sends ends there."""
    heard = say(
        edge.address,
        head("GET", "/metrics", edge.address, "X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1", "Connection: close",
             "X-Forwarded-For: 127.0.0.1, 203.0.113.9"),
    )  # fmt: skip

    assert heard.status in (401, 403, 404)
