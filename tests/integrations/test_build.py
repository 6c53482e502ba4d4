"""How WhatsApp takes each kind of message."""

import pytest

from integrations.events import File, Kind, Outgoing
from integrations.whatsapp.send import build


def built(kind: Kind, **parts) -> dict:
    """The part of a built message that its kind makes."""
    body = build(Outgoing(kind=kind, to_wa_id="12025550143", **parts))
    return {
        key: value for key, value in body.items() if key not in ("messaging_product", "recipient_type", "to")
    }


FRAME = {"header": "Clinic", "footer": "Example"}
FRAMED = {"header": {"type": "text", "text": "Clinic"}, "footer": {"text": "Example"}}
BUILT = [
    (
        built(Kind.IMAGE, text="X-ray", file=File(external_id="m1")),
        {"type": "image", "image": {"id": "m1", "caption": "X-ray"}},
    ),
    (
        built(Kind.VIDEO, file=File(link="https://x.example/v")),
        {"type": "video", "video": {"link": "https://x.example/v"}},
    ),
    (built(Kind.AUDIO, file=File(external_id="m1")), {"type": "audio", "audio": {"id": "m1"}}),
    (built(Kind.VOICE, file=File(external_id="m1")), {"type": "audio", "audio": {"id": "m1", "voice": True}}),
    (built(Kind.STICKER, file=File(external_id="m1")), {"type": "sticker", "sticker": {"id": "m1"}}),
    (
        built(Kind.DOCUMENT, file=File(external_id="m1", filename="plan.pdf"), reply_to="wamid.in1"),
        {
            "type": "document",
            "document": {"id": "m1", "filename": "plan.pdf"},
            "context": {"message_id": "wamid.in1"},
        },
    ),
    (
        built(Kind.LOCATION, content={"latitude": 51.5, "longitude": -0.1, "name": "Clinic", "address": ""}),
        {"type": "location", "location": {"latitude": 51.5, "longitude": -0.1, "name": "Clinic"}},
    ),
    (
        built(
            Kind.CONTACTS,
            content={"cards": [{"name": "Ada Example", "phones": ["+44 7700 900123"], "emails": []}]},
        ),
        {
            "type": "contacts",
            "contacts": [
                {
                    "name": {"formatted_name": "Ada Example", "first_name": "Ada", "last_name": "Example"},
                    "phones": [{"phone": "+44 7700 900123", "type": "CELL"}],
                }
            ],
        },
    ),
    (
        built(Kind.REACTION, content={"target": "wamid.in1", "emoji": ""}, reply_to="wamid.in1"),
        {"type": "reaction", "reaction": {"message_id": "wamid.in1", "emoji": ""}},
    ),
    (
        built(Kind.BUTTONS, text="Come?", content={"buttons": [{"id": "y", "title": "Yes"}], **FRAME}),
        {
            "type": "interactive",
            "interactive": {
                "type": "button",
                "body": {"text": "Come?"},
                "action": {"buttons": [{"type": "reply", "reply": {"id": "y", "title": "Yes"}}]},
                **FRAMED,
            },
        },
    ),
    (
        built(
            Kind.LIST,
            text="When?",
            content={
                "button": "Days",
                "sections": [{"title": "", "rows": [{"id": "m", "title": "Monday", "description": ""}]}],
            },
        ),
        {
            "type": "interactive",
            "interactive": {
                "type": "list",
                "body": {"text": "When?"},
                "action": {"button": "Days", "sections": [{"rows": [{"id": "m", "title": "Monday"}]}]},
            },
        },
    ),
    (
        built(Kind.CTA_URL, text="See", content={"label": "Open", "url": "https://x.example"}),
        {
            "type": "interactive",
            "interactive": {
                "type": "cta_url",
                "body": {"text": "See"},
                "action": {
                    "name": "cta_url",
                    "parameters": {"display_text": "Open", "url": "https://x.example"},
                },
            },
        },
    ),
    (
        built(
            Kind.FLOW,
            text="Fill in",
            content={"flow_id": "f1", "label": "Open", "token": "t1", "screen": "ONE", "data": {"a": 1}},
        ),
        {
            "type": "interactive",
            "interactive": {
                "type": "flow",
                "body": {"text": "Fill in"},
                "action": {
                    "name": "flow",
                    "parameters": {
                        "flow_message_version": "3",
                        "flow_cta": "Open",
                        "flow_action": "navigate",
                        "mode": "published",
                        "flow_id": "f1",
                        "flow_token": "t1",
                        "flow_action_payload": {"screen": "ONE", "data": {"a": 1}},
                    },
                },
            },
        },
    ),
    (
        built(Kind.LOCATION_REQUEST, text="Where?"),
        {
            "type": "interactive",
            "interactive": {
                "type": "location_request_message",
                "body": {"text": "Where?"},
                "action": {"name": "send_location"},
            },
        },
    ),
    (
        built(Kind.TEMPLATE, content={"name": "hello", "language": "en", "components": []}),
        {
            "type": "template",
            "template": {"name": "hello", "language": {"code": "en", "policy": "deterministic"}},
        },
    ),
]


@pytest.mark.parametrize(("body", "expected"), BUILT)
def test_a_kind_is_built_as_whatsapp_takes_it(body, expected):
    assert body == expected


def test_a_person_without_a_number_is_addressed_by_user_id():
    body = build(Outgoing(kind=Kind.TEXT, to_user_id="US.13491208655302741918", text="Hi"))

    assert (body.get("recipient"), "to" in body) == ("US.13491208655302741918", False)
