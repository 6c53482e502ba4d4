"""Telling browsers: the standard's own example, what a push service receives, and what it may answer."""

import base64
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from integrations import http, webpush
from integrations.webpush import Outcome, Target, from_base64, to_base64

KEY = base64.b64encode(b"k" * 32).decode()
# RFC 8291, section 5 and appendix A.
PLAINTEXT = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
OURS = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def a_target(endpoint="https://push.example/one") -> Target:
    point = webpush._point(ec.generate_private_key(webpush.CURVE))
    return Target(endpoint, point, os.urandom(16))


class PushService:
    """A push service on this machine: keeps what it was sent, answers as it is told."""

    def __init__(self, status: int):
        self.received = received = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                received.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/device"
        self.thread = Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


async def send_to(url: str, payload=None, *, allow_private=True) -> Outcome:
    async with http.open_client(allow_private=allow_private) as client:
        return await webpush.send(
            client, a_target(url), payload or {"a": 1}, key=KEY, subject="https://we.example"
        )


def test_the_example_of_the_standard_is_encrypted_to_the_byte():
    target = Target("https://push.example/", from_base64(THEIRS), from_base64(AUTH))
    private = ec.derive_private_key(int.from_bytes(from_base64(OURS)), webpush.CURVE)

    assert to_base64(webpush.encrypt(PLAINTEXT, target, private=private, salt=from_base64(SALT))) == BODY


async def test_a_push_service_gets_a_signed_letter_that_it_cannot_read():
    with PushService(201) as service:
        outcome = await send_to(service.url, {"title": "Somebody wrote"})

    ((headers, body),) = service.received
    assert outcome is Outcome.TOLD
    assert (headers["TTL"], headers["Content-Encoding"]) == (str(webpush.LIFETIME), "aes128gcm")
    assert b"Somebody" not in body
    token, key = headers["Authorization"].removeprefix("vapid t=").split(", k=")
    point = ec.EllipticCurvePublicKey.from_encoded_point(webpush.CURVE, from_base64(key))
    claims = jwt.decode(token, point, algorithms=["ES256"], audience=service.url.removesuffix("/device"))
    assert claims["sub"] == "https://we.example"
    assert key == webpush.public_key(KEY)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(410, Outcome.GONE), (404, Outcome.GONE), (429, Outcome.FAILED), (500, Outcome.FAILED)],
)
async def test_what_it_answers_tells_whether_the_browser_is_still_there(status, outcome):
    with PushService(status) as service:
        assert await send_to(service.url) is outcome


async def test_an_address_inside_our_own_network_is_not_visited():
    with PushService(201) as service:
        assert await send_to(service.url, allow_private=False) is Outcome.FAILED

    assert service.received == []


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "nothing"},
        {"endpoint": "https://push.example/" + "a" * 1000},
        {"endpoint": None},
        {"endpoint": "https://push.example:abc/"},
        {"endpoint": "https://push.example/\u0001"},
        {"endpoint": "ftp://push.example/"},
        {"keys": {"p256dh": THEIRS, "auth": "c2hvcnQ"}},
        {"keys": {"p256dh": "AAAA", "auth": AUTH}},
        {"keys": {"auth": AUTH}},
        {"keys": []},
    ],
)
def test_what_no_browser_gives_as_its_address_is_refused(change):
    told = {"endpoint": "https://push.example/one", "keys": {"p256dh": THEIRS, "auth": AUTH}} | change

    with pytest.raises(webpush.Invalid):
        Target.read(json.dumps(told))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "1"])
def test_what_is_no_address_at_all_is_refused(text):
    with pytest.raises(webpush.Invalid):
        Target.read(text)


def test_an_address_is_read_as_it_was_written():
    target = a_target()

    assert Target.read(target.written()) == target
