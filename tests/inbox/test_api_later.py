"""The API sends later, lists what waits, and takes it back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox.models import Message
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_clinic()


def later(**fields) -> dict:
    at = (timezone.now() + timedelta(hours=3)).isoformat()
    return {"kind": "text", "text": "See you at ten.", "send_at": at} | fields


def test_a_message_with_a_time_waits_and_is_listed_apart(machine, conversation, send):
    made = send(later(), "key-1")

    assert (made.status_code, made.json()["state"], made.json()["stops_on_reply"]) == (201, "scheduled", True)
    path = f"conversations/{conversation.pk}"
    assert machine.get(f"{path}/messages/").json()["results"] == []
    assert [each["id"] for each in machine.get(f"{path}/scheduled/").json()["results"]] == [made.json()["id"]]


def test_it_is_taken_back_until_it_left(place, machine, send):
    first, second = send(later(), "key-1").json()["id"], send(later(), "key-2").json()["id"]
    with clinic_scope(place.pk):
        Message.objects.filter(pk=second).update(state="sent")

    gone, left = (machine.post(f"messages/{each}/cancel/", {}) for each in (first, second))

    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    assert (left.status_code, left.json()["code"]) == (422, "too_late")


@pytest.mark.parametrize("hours", [-1, 30])
def test_a_time_that_cannot_be_is_a_problem(send, hours):
    answer = send(later(send_at=(timezone.now() + timedelta(hours=hours)).isoformat()), "key-1")

    assert (answer.status_code, answer.json()["code"]) == (
        422,
        "invalid_message" if hours < 0 else "window_closed_then",
    )


def test_the_key_again_returns_what_it_scheduled(send):
    body = later(stops_on_reply=False)

    first, again = send(body, "key-1").json(), send(body, "key-1").json()

    assert (first["id"], first["stops_on_reply"]) == (again["id"], False)


def test_the_audit_log_names_the_key_and_says_that_it_waits(place, send):
    for _again in range(2):
        send(later(), "key-1")

    with clinic_scope(place.pk):
        entries = list(AuditEntry.objects.filter(target_kind="message").values_list("action", "actor"))
    assert entries == [("message.scheduled", "booking system")]
