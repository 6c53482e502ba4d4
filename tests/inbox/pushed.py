"""Members with a browser each that is told of news, and what was handed to the push services."""

import json
import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from inbox import pushing, realtime
from inbox.models import Conversation
from inbox.operations import alerting
from integrations import webpush
from integrations.webpush import Outcome, to_base64
from tests.factories import make_channel, make_clinic, make_conversation, make_member, make_message


def an_address(endpoint="https://push.example/one") -> str:
    point = webpush._point(ec.generate_private_key(webpush.CURVE))
    return json.dumps(
        {"endpoint": endpoint, "keys": {"p256dh": to_base64(point), "auth": to_base64(os.urandom(16))}}
    )


@pytest.fixture
def push_key(settings):
    settings.PUSH_KEY = "aw" * 21 + "a="


@pytest.fixture
def told(monkeypatch, push_key):
    """What was handed to push services: (endpoint, payload)."""
    heard = []

    async def send(client, target, payload, *, key, subject):
        heard.append((target.endpoint, payload))
        return Outcome.TOLD

    monkeypatch.setattr(webpush, "send", send)
    return heard


class Desk:
    """A clinic's members with a browser each, and patients who write."""

    def __init__(self):
        self.clinic = make_clinic("Clinic Example")
        with self.scope():
            self.channel = make_channel()

    def scope(self):
        return clinic_scope(self.clinic.pk)

    def member(self, name: str, **fields) -> Member:
        with self.scope():
            member = make_member(name, **fields)
            alerting.add_browser(member, address=an_address(f"https://push.example/{name}"), device="Firefox")
        return member

    def conversation(self, **fields) -> Conversation:
        with self.scope():
            return make_conversation(channel=self.channel, **fields)

    def write(self, conversation, text="I have a rash", **fields):
        with self.scope():
            make_message(conversation, text, **fields)
            realtime.publish(realtime.topic(conversation.pk))

    def look(self) -> int:
        return pushing.push_news(self.clinic.pk)


@pytest.fixture
def desk(db, told):
    return Desk()


def names(told) -> list[str]:
    """Whose browsers were told; a browser's address ends with its member's name."""
    return sorted(endpoint.rpartition("/")[2] for endpoint, _ in told)
