"""A bell without Valkey: whoever rings goes on at once."""

import socket
import time

import pytest
import redis
from celery import current_app

from clinic_inbox import valkey
from inbox import bells


@pytest.fixture(autouse=True)
def latch(monkeypatch):
    monkeypatch.setattr(bells, "_latch", valkey.Latch())


@pytest.fixture(params=["closed", "hung"])
def broken_valkey(request, monkeypatch):
    """An address where nobody listens, or where somebody takes the connection and never says anything."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "hung":
            listener.listen(16)
        monkeypatch.setattr(
            current_app.conf, "broker_write_url", f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        )
        yield


def seconds_of(call) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def test_a_bell_reaches_the_queue_of_its_task(redis_url):
    broker = redis.Redis.from_url(redis_url)
    broker.delete("delivery")

    bells.ring_now(bells.DELIVER, "a-clinic", "a-channel")

    assert broker.llen("delivery") == 1
    broker.delete("delivery")


def test_without_valkey_a_bell_takes_less_than_a_second(broken_valkey):
    assert seconds_of(lambda: bells.ring_now(bells.DRAIN, 0)) < 1


def test_many_bells_without_valkey_take_no_longer_than_one(broken_valkey):
    assert seconds_of(lambda: [bells.ring_now(bells.DRAIN, 0) for _ in range(20)]) < 1


def test_after_a_while_the_bell_is_tried_again(broken_valkey, monkeypatch, redis_url):
    bells.ring_now(bells.DELIVER, "a-clinic", "a-channel")
    monkeypatch.undo()
    broker = redis.Redis.from_url(redis_url)
    broker.delete("delivery")
    bells._latch.until = 0

    bells.ring_now(bells.DELIVER, "a-clinic", "a-channel")

    assert broker.llen("delivery") == 1
    broker.delete("delivery")
