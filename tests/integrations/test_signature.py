"""Nothing unsigned comes in."""

import hashlib
import hmac

import pytest

from integrations.whatsapp.signature import handshake, verify

BODY = b'{"text":"\\u00e4"}'
SECRET = "app-secret-for-tests"
DIGEST = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


def test_the_right_signature_is_accepted():
    assert verify(BODY, f"sha256={DIGEST}", [SECRET])


def test_both_secrets_are_accepted_while_one_replaces_the_other():
    assert verify(BODY, f"sha256={DIGEST}", ["new-secret", SECRET])


@pytest.mark.parametrize(
    "header",
    [
        "",
        DIGEST,
        "sha256=",
        f"sha256={DIGEST[:-1]}",
        f"sha256={DIGEST}0",
        f"sha256={DIGEST.upper()}",
        f"SHA256={DIGEST}",
        f"sha1={DIGEST}",
        f"sha1={DIGEST[:40]}",
        f" sha256={DIGEST}",
        f"sha256={DIGEST} ",
        f"sha256={DIGEST}\n",
        f"sha256= {DIGEST}",
        f"sha256={DIGEST},sha256={DIGEST}",
        f"sha256={'0' * 64}",
        f"sha256={DIGEST[::-1]}",
        f"sha256={DIGEST[:-1]}é",
    ],
)
def test_a_changed_signature_is_refused(header):
    assert not verify(BODY, header, [SECRET])


@pytest.mark.parametrize(
    "body", [b"", BODY + b" ", BODY.replace(b"\\u00e4", "ä".encode()), b'{"text": "\\u00e4"}']
)
def test_other_bytes_are_refused(body):
    assert not verify(body, f"sha256={DIGEST}", [SECRET])


@pytest.mark.parametrize("secrets", [[], [""], ["another"], [SECRET + " "]])
def test_another_secret_is_refused(secrets):
    assert not verify(BODY, f"sha256={DIGEST}", secrets)


def test_an_empty_secret_signs_nothing():
    digest = hmac.new(b"", BODY, hashlib.sha256).hexdigest()

    assert not verify(BODY, f"sha256={digest}", [""])


def params(**changes):
    """The query of a handshake."""
    return {"hub.mode": "subscribe", "hub.verify_token": "token-1", "hub.challenge": "1158201444"} | changes


def test_the_handshake_answers_with_the_challenge():
    assert handshake(params(), "token-1") == "1158201444"


@pytest.mark.parametrize(
    "changes",
    [
        {"hub.verify_token": "token-2"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "\udc80"},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
        {"hub.challenge": "<script>"},
        {"hub.challenge": "1" * 201},
    ],
)
def test_a_wrong_handshake_is_not_answered(changes):
    assert handshake(params(**changes), "token-1") is None


def test_a_handshake_without_anything_is_not_answered():
    assert handshake({}, "token-1") is None


def test_an_empty_token_of_ours_opens_nothing():
    assert handshake(params(**{"hub.verify_token": ""}), "") is None
