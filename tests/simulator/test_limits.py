"""Each limit of each message type, from both sides."""

import pytest

LINK = "https://files.example/x"


def buttons(count=1, title="Yes", identifier="b", **more):
    replies = [{"id": f"{identifier}{n}", "title": f"{title}{n}"} for n in range(count)]
    action = {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}
    return {"type": "button", "body": {"text": "Choose"}, "action": action, **more}


def rows(count, **more):
    return [{"id": f"r{n}", "title": f"Row {n}", **more} for n in range(count)]


def listing(sections, button="Open", body="Choose"):
    return {"type": "list", "body": {"text": body}, "action": {"button": button, "sections": sections}}


def cta(text="Open", url="https://clinic.example"):
    parameters = {"display_text": text, "url": url}
    return {
        "type": "cta_url",
        "body": {"text": "Look"},
        "action": {"name": "cta_url", "parameters": parameters},
    }


def flow(**changes):
    parameters = {
        "flow_message_version": "3",
        "flow_id": "1",
        "flow_cta": "Open",
        "flow_token": "t",
        **changes,
    }
    return {"type": "flow", "body": {"text": "Fill in"}, "action": {"name": "flow", "parameters": parameters}}


def person(**name):
    return [{"name": name, "phones": [{"phone": "+1 202 555 0147"}]}]


FITTING = {
    "text of 4096": ("text", {"body": "x" * 4096}),
    "image by link": ("image", {"link": LINK, "caption": "x" * 1024}),
    "video by link": ("video", {"link": LINK}),
    "document": ("document", {"link": LINK, "filename": "a.pdf", "caption": "c"}),
    "audio": ("audio", {"link": LINK, "voice": True}),
    "sticker": ("sticker", {"link": LINK}),
    "location": ("location", {"latitude": 51.5, "longitude": "-0.1"}),
    "contact": ("contacts", person(formatted_name="Ada Sample", first_name="Ada")),
    "three buttons": ("interactive", buttons(3, header={"type": "text", "text": "h" * 60}, footer={"text": "f" * 60})),
    "button with picture": ("interactive", buttons(1, header={"type": "image", "image": {"link": LINK}})),
    "list of ten": ("interactive", listing([{"title": "A", "rows": rows(10, description="d" * 72)}], body="x" * 4096)),
    "link": ("interactive", cta("x" * 20)),
    "flow": ("interactive", flow(flow_cta="x" * 30)),
    "location request": ("interactive", {"type": "location_request_message", "body": {"text": "Where?"},
                                         "action": {"name": "send_location"}}),
    "contact request": ("interactive", {"type": "request_contact_info", "body": {"text": "Who?"},
                                        "action": {"name": "request_contact_info"}}),
}  # fmt: skip

BROKEN = {
    "text of 4097": (100, "text", {"body": "x" * 4097}),
    "empty text": (131008, "text", {"body": ""}),
    "caption of 1025": (100, "image", {"link": LINK, "caption": "x" * 1025}),
    "id and link": (100, "image", {"link": LINK, "id": "1"}),
    "neither id nor link": (100, "image", {}),
    "unknown media": (131009, "image", {"id": "404"}),
    "caption on audio": (100, "audio", {"link": LINK, "caption": "x"}),
    "latitude of 91": (131009, "location", {"latitude": 91, "longitude": 0}),
    "no longitude": (131008, "location", {"latitude": 1}),
    "contact without name": (131008, "contacts", [{"phones": []}]),
    "contact with one name": (131009, "contacts", person(formatted_name="Ada")),
    "reaction without target": (131008, "reaction", {"emoji": "x"}),
    "four buttons": (131009, "interactive", buttons(4)),
    "button title of 21": (131009, "interactive", buttons(1, title="x" * 20)),
    "button id of 257": (131009, "interactive", buttons(1, identifier="x" * 256)),
    "body of 1025": (131009, "interactive", {**buttons(), "body": {"text": "x" * 1025}}),
    "footer of 61": (131009, "interactive", buttons(1, footer={"text": "f" * 61})),
    "header of 61": (131009, "interactive", buttons(1, header={"type": "text", "text": "f" * 61})),
    "eleven rows in two sections": (131009, "interactive", listing(
        [{"title": "A", "rows": rows(6)}, {"title": "B", "rows": [{"id": f"s{n}", "title": "x"} for n in range(5)]}])),
    "eleven sections": (131009, "interactive", listing([{"title": str(n), "rows": rows(1)} for n in range(11)])),
    "row title of 25": (131009, "interactive", listing([{"rows": [{"id": "a", "title": "x" * 25}]}])),
    "row description of 73": (131009, "interactive", listing([{"rows": rows(1, description="x" * 73)}])),
    "row id of 201": (131009, "interactive", listing([{"rows": [{"id": "x" * 201, "title": "x"}]}])),
    "list button of 21": (131009, "interactive", listing([{"rows": rows(1)}], button="x" * 21)),
    "list with picture": (131009, "interactive", {**listing([{"rows": rows(1)}]),
                                                  "header": {"type": "image", "image": {"link": LINK}}}),
    "same row twice": (131009, "interactive", listing([{"rows": rows(1) + rows(1)}])),
    "link text of 21": (131009, "interactive", cta("x" * 21)),
    "link that is none": (131009, "interactive", cta(url="javascript:1")),
    "flow button of 31": (131009, "interactive", flow(flow_cta="x" * 31)),
    "flow version 2": (131009, "interactive", flow(flow_message_version="2")),
    "unknown interactive": (131009, "interactive", {"type": "dance", "body": {"text": "x"}, "action": {}}),
    "unknown type": (131051, "hologram", {"x": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", FITTING)
def test_what_fits_is_accepted(chatting, name):
    kind, content = FITTING[name]

    answer = chatting.send(kind=kind, content=content)

    assert (answer.status_code, answer.text) == (200, answer.text)


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_fit_is_refused(chatting, name):
    code, kind, content = BROKEN[name]

    assert chatting.error(kind=kind, content=content) == (400, code)
    assert chatting.api("GET", "accepted")["accepted"] == []


def test_the_callback_data_has_a_limit_and_the_product_must_be_named(chatting):
    assert chatting.error(biz_opaque_callback_data="x" * 513) == (400, 100)
    assert chatting.error(messaging_product="telegram") == (400, 100)
    assert chatting.error(to=None) == (400, 100)
    assert chatting.error(recipient_type="group") == (400, 100)
