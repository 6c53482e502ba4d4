"""Signing in does not need Valkey: its limits are counted by each process meanwhile."""

import socket
import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from clinic_inbox import cache as backend
from clinic_inbox.valkey import Latch


@pytest.fixture(params=["closed", "hung"])
def broken_valkey(request, settings, monkeypatch):
    """An address where nobody listens, or where somebody takes the connection and never says anything."""
    monkeypatch.setattr(backend, "_latch", Latch())
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "hung":
            listener.listen(16)
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        settings.CACHES = {"default": {"BACKEND": "clinic_inbox.cache.Cache", "LOCATION": url}}
        yield
        cache.local.clear()


def sign_in(user, password):
    return Client().post(reverse("account_login"), {"login": user.email, "password": password})


def test_one_signs_in_while_valkey_is_away(broken_valkey, member):
    member.user.set_password("correct horse battery")
    member.user.save()

    started = time.monotonic()
    answer = sign_in(member.user, "correct horse battery")

    assert (answer.status_code, answer.url) == (302, reverse("inbox:home"))
    assert time.monotonic() - started < 2


def test_guessing_passwords_is_still_limited(broken_valkey, member):
    answers = [sign_in(member.user, f"wrong {number}") for number in range(7)]

    assert "Too many failed" in answers[-1].content.decode()
    assert "Too many failed" not in answers[0].content.decode()


def test_what_is_kept_in_valkey_is_seen_by_all(redis_url):
    cache.set("name", "shared")

    assert cache.get("name") == "shared"
    assert cache.local.get("name") is None
    cache.delete("name")
