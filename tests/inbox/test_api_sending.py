"""A machine sends: every kind, once per key, within the same rules as an agent."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Message
from integrations.models import Template
from tests.factories import make_clinic, make_message

TEXT = {"kind": "text", "text": "See you on Tuesday at ten."}


@pytest.fixture
def place(db, tmp_path, settings):
    settings.MEDIA_ROOT, settings.INCOMING = tmp_path / "media", tmp_path / "incoming"
    return make_clinic()


def test_a_text_is_queued_and_told_as_it_is(place, send):
    answer = send(TEXT)

    told = answer.json()
    assert (answer.status_code, told["state"], told["source"], told["text"]) == (
        201,
        "queued",
        "api",
        TEXT["text"],
    )
    with clinic_scope(place.pk):
        assert [str(message.pk) for message in Message.objects.all()] == [told["id"]]


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (
            {"kind": "location", "latitude": 1.5, "longitude": 103.8, "name": "Clinic Example"},
            {"latitude": 1.5, "longitude": 103.8, "name": "Clinic Example"},
        ),
        (
            {"kind": "contacts", "cards": [{"name": "Dr Example", "phones": ["+12025550142"]}]},
            {"cards": [{"name": "Dr Example", "phones": ["+12025550142"]}]},
        ),
        (
            {"kind": "buttons", "text": "Well?", "buttons": [{"id": "y", "title": "Yes"}]},
            {"buttons": [{"id": "y", "title": "Yes"}]},
        ),
        (
            {
                "kind": "list",
                "text": "When?",
                "button": "Times",
                "sections": [{"rows": [{"id": "1", "title": "Ten"}]}],
            },
            {"button": "Times", "sections": [{"rows": [{"id": "1", "title": "Ten"}]}]},
        ),
        (
            {"kind": "cta_url", "text": "Read", "label": "Open", "url": "https://clinic.example/"},
            {"label": "Open", "url": "https://clinic.example/"},
        ),
        (
            {
                "kind": "flow",
                "text": "Fill in",
                "label": "Form",
                "flow_id": "77",
                "screen": "ONE",
                "data": {"a": 1},
            },
            {"label": "Form", "flow_id": "77", "screen": "ONE", "data": {"a": 1}},
        ),
        ({"kind": "location_request", "text": "Where are you?"}, {}),
    ],
    ids=lambda value: value.get("kind", "") if isinstance(value, dict) else "",
)
def test_every_structured_kind_is_queued_with_its_content(send, body, content):
    answer = send(body)

    assert (answer.status_code, answer.json()["kind"], answer.json()["content"]) == (
        201,
        body["kind"],
        content,
    )


def test_a_reply_names_the_message_it_answers(place, conversation, send):
    with clinic_scope(place.pk):
        question = make_message(conversation)

    assert send(TEXT | {"reply_to": str(question.pk)}).json()["reply_to_external_id"] == question.external_id


def test_a_machine_that_says_what_it_knows_does_not_answer_past_the_patient(place, conversation, send):
    with clinic_scope(place.pk):
        known = make_message(conversation, "Is Tuesday free?")
        new = make_message(conversation, "Wednesday, I mean")

    answer = send(TEXT | {"seen": str(known.pk)}, "key")
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert send(TEXT | {"seen": str(new.pk)}, "key").status_code == 201
    assert send(TEXT | {"seen": "00000000-0000-7000-8000-000000000000"}, "other").status_code == 400


def test_a_reaction_is_sent(place, conversation, send):
    with clinic_scope(place.pk):
        question = make_message(conversation)

    told = send({"kind": "reaction", "message": str(question.pk), "emoji": "👍"}).json()

    assert (told["kind"], told["content"]) == ("reaction", {"target": question.external_id, "emoji": "👍"})


def test_a_template_is_filled_in(place, conversation, send):
    with clinic_scope(place.pk):
        Template.objects.create(
            provider="whatsapp", business_id=conversation.channel.business_id, name="visit_reminder", language="en",
            category="UTILITY", status="APPROVED", components=[{"type": "BODY", "text": "See you on {{1}}."}],
        )  # fmt: skip
        template = Template.objects.get()

    told = send(
        {"kind": "template", "template": str(template.pk), "values": {"body": {"1": "Tuesday"}}}
    ).json()

    assert (told["kind"], told["text"], told["state"]) == ("template", "See you on Tuesday.", "queued")


def test_a_key_is_needed_and_makes_one_message(place, machine, conversation, send):
    first, again = send(TEXT, "order-66"), send(TEXT, "order-66")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    path, headers = f"/api/v1/conversations/{conversation.pk}/messages/", machine._headers()
    assert machine.client.post(path, TEXT, "application/json", headers=headers).status_code == 400


def test_a_key_is_not_used_for_another_message(send):
    send(TEXT, "order-66")

    other = send(TEXT | {"text": "Something else"}, "order-66")

    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_outside_the_window_the_rule_is_told(place, conversation, send):
    with clinic_scope(place.pk):
        type(conversation).objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))

    answer = send(TEXT)

    assert (answer.status_code, answer.json()["code"]) == (422, "window_closed")


@pytest.mark.parametrize(
    "body",
    [
        *(
            {},
            {"kind": "text"},
            {"kind": "system", "text": "x"},
            {"kind": ["text"]},
            TEXT | {"state": "sent"},
        ),
        *({"kind": "text", "text": ""}, {"kind": "text", "text": "x" * 4097}, {"kind": "text", "text": None}),
        *(
            {"kind": "buttons", "text": "x", "buttons": []},
            {"kind": "buttons", "text": "x", "buttons": [{"id": "1"}]},
        ),
        {"kind": "location", "latitude": 91, "longitude": 0},
        {"kind": "image", "attachment": "nothing"},
        {"kind": "cta_url", "text": "x", "label": "x", "url": "javascript:alert(1)"},
    ],
)
def test_a_body_that_says_something_else_is_a_bad_request(send, body):
    assert send(body).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_time_makes_one_message(place, conversation, machine):
    answers, gate = [], threading.Barrier(20)

    def ask():
        gate.wait()
        answers.append(machine.post(f"conversations/{conversation.pk}/messages/", TEXT, "order-66"))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    with clinic_scope(place.pk):
        assert Message.objects.count() == 1


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
def test_what_the_database_cannot_keep_is_a_bad_request_wherever_it_stands(send, bad):
    flow = {
        "kind": "flow",
        "text": "Book",
        "flow_id": "1",
        "label": "Open",
        "action": "navigate",
        "screen": "A",
    }

    answers = [
        send(TEXT | {"text": bad}),
        send(flow | {"data": {"deep": [{"in": bad}]}}),
        send(flow | {"data": {bad: "in a key"}}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
