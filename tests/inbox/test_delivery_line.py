"""What goes over the line to the provider, one request after the other."""

import pytest

from clinic_inbox.tenancy import clinic_scope
from inbox.delivery import line
from integrations.models import Channel

MANY = 6


@pytest.fixture
def queued(outbound):
    """Six messages to six people, on a number so fast that they go at once."""
    with clinic_scope(outbound.clinic_id):
        Channel.objects.update(sends_per_second=1_000)
    return [outbound.queue() for _ in range(MANY)]


def test_no_request_is_begun_while_another_is_half_written(outbound, queued, monkeypatch):
    steps, let_go = [], line._let_go
    monkeypatch.setattr(line, "failpoint", lambda name: steps.append(name) if name == "write" else None)
    monkeypatch.setattr(line, "_let_go", lambda *given: (steps.append("gone"), let_go(*given)))

    outbound.deliver()

    assert steps == ["write", "gone"] * MANY


def test_one_that_comes_too_late_holds_up_no_other(outbound, queued, monkeypatch):
    looks, elapsed = iter([float("inf")]), line.elapsed
    monkeypatch.setattr(line, "elapsed", lambda: next(looks, None) or elapsed())

    outbound.deliver()

    states = sorted(outbound.read(message).state for message in queued)
    assert states == ["queued", *["sent"] * (MANY - 1)]
