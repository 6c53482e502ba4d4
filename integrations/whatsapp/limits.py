"""WhatsApp's limits, checked before a message is queued: each breach is a sentence for the person who wrote it.

Source: Meta's pages on each message type and on supported media, v26.0.
"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.events import MEDIA_KINDS, Invalid, Kind, Outgoing

TEXT, BODY, CAPTION, HEADER, FOOTER = 4096, 1024, 1024, 60, 60
BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
ROWS, ROW_TITLE, ROW_ID, ROW_DESCRIPTION, SECTIONS, SECTION_TITLE = 10, 24, 200, 72, 10, 24
CARDS = 257
WITHOUT_CAPTION = {Kind.AUDIO, Kind.VOICE, Kind.STICKER}
MB = 1024 * 1024

OFFICE = "application/vnd.openxmlformats-officedocument."
AUDIO_TYPES = {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}
FILES: dict[Kind, tuple[int, set[str]]] = {  # bytes, content types
    Kind.IMAGE: (5 * MB, {"image/jpeg", "image/png"}),
    Kind.VIDEO: (16 * MB, {"video/mp4", "video/3gpp"}),
    Kind.AUDIO: (16 * MB, AUDIO_TYPES),
    Kind.VOICE: (16 * MB, {"audio/ogg"}),
    Kind.STICKER: (500 * 1024, {"image/webp"}),
    Kind.DOCUMENT: (
        100 * MB,
        {
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            f"{OFFICE}wordprocessingml.document",
            f"{OFFICE}spreadsheetml.sheet",
            f"{OFFICE}presentationml.presentation",
        },
    ),
}


def check(outgoing: Outgoing) -> None:
    """Raise Invalid when WhatsApp would refuse the message for its form."""
    if not outgoing.to_wa_id and not outgoing.to_user_id:
        raise Invalid(_("The person has no WhatsApp address."))
    if outgoing.kind in MEDIA_KINDS:
        _check_media(outgoing)
    elif check_kind := CHECKS.get(outgoing.kind):
        check_kind(outgoing.text, outgoing.content)
    else:
        raise Invalid(_("WhatsApp cannot send this kind of message."))


def check_file(kind: Kind, content_type: str, size: int) -> None:
    """Raise Invalid when WhatsApp would refuse the file as this kind. `size` in bytes."""
    largest, types = FILES[kind]
    if content_type.partition(";")[0].strip().lower() not in types:
        raise Invalid(_("WhatsApp does not take this type of file here."))
    if size > largest:
        largest_mb = f"{largest / MB:g}" if largest >= MB else "0.5"
        raise Invalid(_("The file is too large: WhatsApp takes up to %(size)s MB.") % {"size": largest_mb})
    if size <= 0:
        raise Invalid(_("The file is empty."))


def _check_media(outgoing: Outgoing) -> None:
    if outgoing.file is None or not (outgoing.file.external_id or outgoing.file.link):
        raise Invalid(_("There is no file to send."))
    if outgoing.text and outgoing.kind in WITHOUT_CAPTION:
        raise Invalid(_("Voice notes, audio and stickers are sent without text: send the text on its own."))
    _at_most(CAPTION, outgoing.text, _("The text under the file"))


def _check_text(text: str, content: dict) -> None:
    _present(text, _("The message"))
    _at_most(TEXT, text, _("The message"))


def _check_location(text: str, content: dict) -> None:
    latitude, longitude = content.get("latitude"), content.get("longitude")
    if not _is_within(latitude, 90) or not _is_within(longitude, 180):
        raise Invalid(_("The location needs a latitude and a longitude."))


def _is_within(value, limit: int) -> bool:
    return isinstance(value, int | float) and -limit <= value <= limit


def _check_contacts(text: str, content: dict) -> None:
    cards = content.get("cards") or []
    if not cards or any(not card.get("name") for card in cards):
        raise Invalid(_("Each contact needs a name."))
    _no_more_than(CARDS, cards, _("contacts"))


def _check_reaction(text: str, content: dict) -> None:
    if not content.get("target"):
        raise Invalid(_("Choose the message to react to."))


def _check_buttons(text: str, content: dict) -> None:
    _check_frame(text, content, BODY)
    buttons = content.get("buttons") or []
    if not buttons:
        raise Invalid(_("Add at least one button."))
    _no_more_than(BUTTONS, buttons, _("buttons"))
    for button in buttons:
        _present(button.get("title", ""), _("The label of a button"))
        _at_most(BUTTON_TITLE, button["title"], _("The label of a button"))
        _present(button.get("id", ""), _("The id of a button"))
        _at_most(BUTTON_ID, button["id"], _("The id of a button"))
    _all_different([button["id"] for button in buttons], _("Two buttons have the same id."))
    _all_different([button["title"] for button in buttons], _("Two buttons have the same label."))


def _check_list(text: str, content: dict) -> None:
    _check_frame(text, content, TEXT)
    _present(content.get("button", ""), _("The label of the list's button"))
    _at_most(BUTTON_TITLE, content["button"], _("The label of the list's button"))
    sections = content.get("sections") or []
    rows = [row for section in sections for row in section.get("rows") or []]
    if not rows or any(not section.get("rows") for section in sections):
        raise Invalid(_("Each section of the list needs at least one row."))
    _no_more_than(SECTIONS, sections, _("sections"))
    _no_more_than(ROWS, rows, _("rows"))
    for section in sections:
        if len(sections) > 1:
            _present(section.get("title", ""), _("The title of a section"))
        _at_most(SECTION_TITLE, section.get("title", ""), _("The title of a section"))
    for row in rows:
        _present(row.get("title", ""), _("The title of a row"))
        _at_most(ROW_TITLE, row["title"], _("The title of a row"))
        _at_most(ROW_DESCRIPTION, row.get("description", ""), _("The description of a row"))
        _present(row.get("id", ""), _("The id of a row"))
        _at_most(ROW_ID, row["id"], _("The id of a row"))
    _all_different([row["id"] for row in rows], _("Two rows have the same id."))


def _check_link(text: str, content: dict) -> None:
    _check_frame(text, content, BODY)
    _present(content.get("label", ""), _("The label of the button"))
    _at_most(BUTTON_TITLE, content["label"], _("The label of the button"))
    if not content.get("url", "").startswith(("https://", "http://")):
        raise Invalid(_("The button needs a web address that starts with https://."))
    _at_most(2000, content["url"], _("The web address"))


def _check_flow(text: str, content: dict) -> None:
    _check_frame(text, content, BODY)
    if bool(content.get("flow_id")) == bool(content.get("flow_name")):
        raise Invalid(_("Choose one form to send."))
    _present(content.get("label", ""), _("The label of the button"))
    _at_most(30, content["label"], _("The label of the button"))


def _check_location_request(text: str, content: dict) -> None:
    _present(text, _("The message"))
    _at_most(BODY, text, _("The message"))


def _check_template(text: str, content: dict) -> None:
    if not content.get("name") or not content.get("language"):
        raise Invalid(_("Choose a template."))


def _check_frame(text: str, content: dict, longest: int) -> None:
    _present(text, _("The message"))
    _at_most(longest, text, _("The message"))
    _at_most(HEADER, content.get("header", ""), _("The heading"))
    _at_most(FOOTER, content.get("footer", ""), _("The footer"))


def _present(value: str, what: str) -> None:
    if not value.strip():
        raise Invalid(_("%(what)s is empty.") % {"what": what})


def _at_most(limit: int, value: str, what: str) -> None:
    if (excess := len(value) - limit) > 0:
        sentence = ngettext(
            "%(what)s is one letter too long: WhatsApp takes up to %(limit)s.",
            "%(what)s is %(excess)s letters too long: WhatsApp takes up to %(limit)s.",
            excess,
        )
        raise Invalid(sentence % {"what": what, "excess": excess, "limit": limit})


def _no_more_than(limit: int, items: list, what: str) -> None:
    if len(items) > limit:
        sentence = _("Too many %(what)s: WhatsApp takes up to %(limit)s.")
        raise Invalid(sentence % {"what": what, "limit": limit})


def _all_different(values: list[str], sentence: str) -> None:
    if len(set(values)) < len(values):
        raise Invalid(sentence)


CHECKS = {
    Kind.TEXT: _check_text,
    Kind.LOCATION: _check_location,
    Kind.CONTACTS: _check_contacts,
    Kind.REACTION: _check_reaction,
    Kind.BUTTONS: _check_buttons,
    Kind.LIST: _check_list,
    Kind.CTA_URL: _check_link,
    Kind.FLOW: _check_flow,
    Kind.LOCATION_REQUEST: _check_location_request,
    Kind.TEMPLATE: _check_template,
}
