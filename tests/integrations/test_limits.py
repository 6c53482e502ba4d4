"""What WhatsApp would refuse is refused here, in a sentence for the person who wrote it."""

import pytest

from integrations.events import File, Invalid, Kind, Outgoing
from integrations.whatsapp.limits import MB, check, check_file

FILE = File(external_id="m1")


def outgoing(kind: Kind, text: str = "", content: dict | None = None, **parts) -> Outgoing:
    """A message to a fictional number."""
    return Outgoing(kind=kind, to_wa_id="12025550143", text=text, content=content or {}, **parts)


def buttons(*titles, **more) -> dict:
    """Buttons with these labels, each with an id of its own."""
    return {"buttons": [{"id": f"b{index}", "title": title} for index, title in enumerate(titles)], **more}


def rows(count: int, **more) -> dict:
    """A list's section with so many rows."""
    return {"title": "", "rows": [{"id": f"r{index}", "title": "Row", **more} for index in range(count)]}


def listed(*sections, button="Choose", **more) -> dict:
    return {"button": button, "sections": list(sections), **more}


FITTING = [
    outgoing(Kind.TEXT, "x" * 4096),
    outgoing(Kind.IMAGE, "x" * 1024, file=FILE),
    outgoing(Kind.VOICE, file=FILE),
    outgoing(Kind.DOCUMENT, file=File(link="https://x.example/plan.pdf")),
    outgoing(Kind.LOCATION, content={"latitude": -90, "longitude": 180.0}),
    outgoing(Kind.CONTACTS, content={"cards": [{"name": "Ada"}] * 257}),
    outgoing(Kind.REACTION, content={"target": "wamid.1", "emoji": ""}),
    outgoing(Kind.BUTTONS, "x" * 1024, buttons("y" * 20, "n", "m", header="h" * 60, footer="f" * 60)),
    outgoing(Kind.LIST, "x" * 4096, listed(rows(10, description="d" * 72), button="b" * 20)),
    outgoing(Kind.CTA_URL, "See", {"label": "l" * 20, "url": "https://x.example"}),
    outgoing(Kind.FLOW, "Fill in", {"flow_id": "1", "label": "l" * 30}),
    outgoing(Kind.LOCATION_REQUEST, "Where are you?"),
    outgoing(Kind.TEMPLATE, content={"name": "hello", "language": "en"}),
    Outgoing(kind=Kind.TEXT, to_user_id="US.1", text="Hi"),
]
BREAKING = [
    (Outgoing(kind=Kind.TEXT, text="Hi"), "no WhatsApp address"),
    (outgoing(Kind.TEXT, ""), "empty"),
    (outgoing(Kind.TEXT, " \n"), "empty"),
    (outgoing(Kind.TEXT, "x" * 4097), "one letter too long: WhatsApp takes up to 4096"),
    (outgoing(Kind.TEXT, "x" * 4100), "4 letters too long"),
    (outgoing(Kind.IMAGE, "x" * 1025, file=FILE), "text under the file"),
    (outgoing(Kind.IMAGE), "no file"),
    (outgoing(Kind.IMAGE, file=File()), "no file"),
    (outgoing(Kind.AUDIO, "caption", file=FILE), "without text"),
    (outgoing(Kind.VOICE, "caption", file=FILE), "without text"),
    (outgoing(Kind.STICKER, "caption", file=FILE), "without text"),
    (outgoing(Kind.LOCATION, content={"latitude": 91, "longitude": 0}), "latitude"),
    (outgoing(Kind.LOCATION, content={"latitude": float("nan"), "longitude": 0}), "latitude"),
    (outgoing(Kind.LOCATION), "latitude"),
    (outgoing(Kind.CONTACTS), "needs a name"),
    (outgoing(Kind.CONTACTS, content={"cards": [{"name": ""}]}), "needs a name"),
    (outgoing(Kind.CONTACTS, content={"cards": [{"name": "Ada"}] * 258}), "Too many contacts"),
    (outgoing(Kind.REACTION, content={"emoji": "👍"}), "message to react to"),
    (outgoing(Kind.BUTTONS, "?", {}), "at least one button"),
    (outgoing(Kind.BUTTONS, "?", buttons("a", "b", "c", "d")), "Too many buttons: WhatsApp takes up to 3"),
    (outgoing(Kind.BUTTONS, "?", buttons("x" * 21)), "label of a button"),
    (outgoing(Kind.BUTTONS, "?", buttons("")), "label of a button is empty"),
    (outgoing(Kind.BUTTONS, "?", buttons("Yes", "Yes")), "same label"),
    (
        outgoing(Kind.BUTTONS, "?", {"buttons": [{"id": "1", "title": "Yes"}, {"id": "1", "title": "No"}]}),
        "same id",
    ),
    (outgoing(Kind.BUTTONS, "?", {"buttons": [{"id": "x" * 257, "title": "Yes"}]}), "id of a button"),
    (outgoing(Kind.BUTTONS, "x" * 1025, buttons("Yes")), "message is one letter"),
    (outgoing(Kind.BUTTONS, "?", buttons("Yes", header="x" * 61)), "heading"),
    (outgoing(Kind.BUTTONS, "?", buttons("Yes", footer="x" * 61)), "footer"),
    (outgoing(Kind.LIST, "?", listed(rows(1), rows(1))), "title of a section is empty"),
    (outgoing(Kind.LIST, "?", listed(rows(11))), "Too many rows: WhatsApp takes up to 10"),
    (outgoing(Kind.LIST, "?", listed()), "at least one row"),
    (outgoing(Kind.LIST, "?", listed(rows(0), rows(1))), "at least one row"),
    (outgoing(Kind.LIST, "?", listed(rows(1), button="x" * 21)), "list's button"),
    (outgoing(Kind.LIST, "?", listed(rows(1), button="")), "list's button is empty"),
    (outgoing(Kind.LIST, "?", listed(rows(1, title="x" * 25))), "title of a row"),
    (outgoing(Kind.LIST, "?", listed(rows(1, description="x" * 73))), "description of a row"),
    (outgoing(Kind.LIST, "?", listed(rows(1, id="x" * 201))), "id of a row"),
    (outgoing(Kind.LIST, "?", listed(rows(2, id="same"))), "Two rows have the same id"),
    (outgoing(Kind.LIST, "?", listed({**rows(1), "title": "x" * 25})), "title of a section"),
    (outgoing(Kind.LIST, "x" * 4097, listed(rows(1))), "message is one letter"),
    (outgoing(Kind.CTA_URL, "See", {"label": "x" * 21, "url": "https://x.example"}), "label"),
    (outgoing(Kind.CTA_URL, "See", {"label": "Open", "url": "javascript:alert(1)"}), "web address"),
    (outgoing(Kind.FLOW, "Fill in", {"label": "Open"}), "one form"),
    (outgoing(Kind.FLOW, "Fill in", {"flow_id": "1", "flow_name": "x", "label": "Open"}), "one form"),
    (outgoing(Kind.FLOW, "Fill in", {"flow_id": "1", "label": "x" * 31}), "label"),
    (outgoing(Kind.LOCATION_REQUEST, ""), "empty"),
    (outgoing(Kind.TEMPLATE, content={"name": "hello"}), "template"),
    (outgoing(Kind.SYSTEM, "x"), "cannot send this kind"),
]


@pytest.mark.parametrize("message", FITTING, ids=lambda message: message.kind)
def test_a_message_at_its_limits_is_let_through(message):
    check(message)


@pytest.mark.parametrize(("message", "sentence"), BREAKING)
def test_a_message_over_a_limit_is_explained(message, sentence):
    with pytest.raises(Invalid, match=sentence):
        check(message)


@pytest.mark.parametrize(
    ("kind", "content_type", "size"),
    [
        (Kind.IMAGE, "image/jpeg", 5 * MB),
        (Kind.VIDEO, "video/mp4", 16 * MB),
        (Kind.VOICE, "audio/ogg; codecs=opus", 16 * MB),
        (Kind.DOCUMENT, "application/pdf", 100 * MB),
        (Kind.STICKER, "image/webp", 500 * 1024),
    ],
)
def test_a_file_at_its_limit_is_let_through(kind, content_type, size):
    check_file(kind, content_type, size)


@pytest.mark.parametrize(
    ("kind", "content_type", "size", "sentence"),
    [
        (Kind.IMAGE, "image/jpeg", 5 * MB + 1, "up to 5 MB"),
        (Kind.IMAGE, "image/gif", 10, "type of file"),
        (Kind.IMAGE, "image/svg+xml", 10, "type of file"),
        (Kind.VIDEO, "video/webm", 10, "type of file"),
        (Kind.VOICE, "audio/mpeg", 10, "type of file"),
        (Kind.DOCUMENT, "text/html", 10, "type of file"),
        (Kind.DOCUMENT, "application/pdf", 100 * MB + 1, "up to 100 MB"),
        (Kind.STICKER, "image/webp", 500 * 1024 + 1, "up to 0.5 MB"),
        (Kind.IMAGE, "image/png", 0, "empty"),
    ],
)
def test_a_file_whatsapp_would_refuse_is_explained(kind, content_type, size, sentence):
    with pytest.raises(Invalid, match=sentence):
        check_file(kind, content_type, size)
