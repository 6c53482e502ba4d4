"""Message templates: what they ask for, what is wrong with the values given, what WhatsApp is sent, how it reads.

Values are one flat dict of texts, keyed as the placeholders are, so that a form has one field per key:
`body.1` or `body.first_name`, `header.1`, `header.media` (a media id or a link), `header.latitude`,
`button.0` (the rest of a link, a coupon, a payload, a flow token), and `card.0.…` for each card of a carousel.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from integrations.events import Invalid

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
MEDIA_FORMATS = {"IMAGE", "VIDEO", "DOCUMENT", "GIF"}
LOCATION_KEYS = ("latitude", "longitude", "name", "address")
LONGEST_BODY, LONGEST_HEADER, LONGEST_URL, LONGEST_COUPON = 1024, 60, 2000, 20
FORBIDDEN = re.compile(r"[\n\r\t]| {5,}")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One thing a template asks for. `kind`: text, media, location, url, coupon, payload, flow, action, offer."""

    key: str
    kind: str
    example: str = ""
    is_required: bool = True


def placeholders(components: list[dict]) -> list[Placeholder]:
    """What a template's values must name, in reading order."""
    return list(_placeholders(components, ""))


def _placeholders(components: list[dict], prefix: str) -> Iterator[Placeholder]:
    for component in components:
        type_ = _upper(component, "type")
        if type_ == "HEADER":
            yield from _header_placeholders(component, prefix)
        elif type_ == "BODY":
            for name in _names(component.get("text") or ""):
                yield Placeholder(f"{prefix}body.{name}", "text", _example(component, name))
        elif type_ == "LIMITED_TIME_OFFER":
            yield Placeholder(f"{prefix}offer", "offer")
        elif type_ == "BUTTONS":
            for index, button in enumerate(component.get("buttons") or []):
                yield from _button_placeholders(button, f"{prefix}button.{index}")
        elif type_ == "CAROUSEL":
            for index, card in enumerate(component.get("cards") or []):
                yield from _placeholders(card.get("components") or [], f"{prefix}card.{index}.")


def _header_placeholders(component: dict, prefix: str) -> Iterator[Placeholder]:
    format_ = _upper(component, "format")
    if format_ in MEDIA_FORMATS:
        yield Placeholder(f"{prefix}header.media", format_.lower().replace("gif", "video"))
    elif format_ == "LOCATION":
        for key in LOCATION_KEYS:
            yield Placeholder(f"{prefix}header.{key}", "location", is_required=key in LOCATION_KEYS[:2])
    for name in _names(component.get("text") or ""):
        yield Placeholder(f"{prefix}header.{name}", "text", _example(component, name))


def _button_placeholders(button: dict, key: str) -> Iterator[Placeholder]:
    type_ = _upper(button, "type")
    if type_ == "OTP" or (type_ == "URL" and PLACEHOLDER.search(button.get("url") or "")):
        yield Placeholder(key, "url", _first(button.get("example")))
    elif type_ == "COPY_CODE":
        yield Placeholder(key, "coupon", _first(button.get("example")))
    elif type_ in ("QUICK_REPLY", "FLOW", "MPM", "SPM", "CATALOG", "VOICE_CALL"):
        kind = {"QUICK_REPLY": "payload", "FLOW": "flow"}.get(type_, "action")
        yield Placeholder(key, kind, is_required=type_ == "MPM")


def check_template(components: list[dict], parameter_format: str, values: dict) -> None:
    """Raise Invalid when a value is missing, left over, or of a form WhatsApp refuses."""
    asked = {placeholder.key: placeholder for placeholder in placeholders(components)}
    if unknown := sorted(values.keys() - asked.keys()):
        raise Invalid(_("The template does not ask for “%(name)s”."), name=unknown[0])
    for key, placeholder in asked.items():
        value = values.get(key, "")
        if placeholder.is_required and not str(value).strip():
            raise Invalid(_("Fill in “%(name)s”."), name=key)
        if placeholder.kind == "text" and FORBIDDEN.search(str(value)):
            raise Invalid(_("“%(name)s” may hold no line breaks, tabs or rows of spaces."), name=key)
        if placeholder.kind == "coupon" and len(value) > LONGEST_COUPON:
            raise Invalid(_("The code is too long: WhatsApp takes up to %(limit)s."), limit=LONGEST_COUPON)
    for part in _filled_parts(components, values):
        _check_part(*part)


def _filled_parts(components: list[dict], values: dict) -> Iterator[tuple[str, int]]:
    """(text with its values, limit) of each part that grows with them."""
    rendered = render(components, values)
    yield rendered["body"], LONGEST_BODY
    yield rendered["header"], LONGEST_HEADER
    for button in rendered["buttons"]:
        yield button["url"], LONGEST_URL


def _check_part(text: str, limit: int) -> None:
    if len(text) > limit:
        raise Invalid(
            _("With these values the template is longer than the %(limit)s letters allowed."), limit=limit
        )


def build_template_components(
    components: list[dict], values: dict, parameter_format: str = "positional"
) -> list[dict]:
    """The `components` of a template message, as the send API takes them."""
    return list(_built(components, values, parameter_format.lower() == "named", ""))


def _built(components: list[dict], values: dict, is_named: bool, prefix: str) -> Iterator[dict]:
    for component in components:
        type_ = _upper(component, "type")
        if type_ in ("HEADER", "BODY"):
            part = type_.lower()
            parameters = _media_parameters(component, values, prefix) if part == "header" else []
            for name in _names(component.get("text") or ""):
                named = {"parameter_name": name} if is_named else {}
                parameters.append({"type": "text", **named, "text": str(values[f"{prefix}{part}.{name}"])})
            if parameters:
                yield {"type": part, "parameters": parameters}
        elif type_ == "LIMITED_TIME_OFFER":
            offer = {"expiration_time_ms": int(values[f"{prefix}offer"])}
            yield {
                "type": "limited_time_offer",
                "parameters": [{"type": "limited_time_offer", "limited_time_offer": offer}],
            }
        elif type_ == "BUTTONS":
            for index, button in enumerate(component.get("buttons") or []):
                yield from _built_button(button, index, values.get(f"{prefix}button.{index}"))
        elif type_ == "CAROUSEL":
            yield {"type": "carousel", "cards": list(_built_cards(component, values, is_named, prefix))}


def _built_cards(component: dict, values: dict, is_named: bool, prefix: str) -> Iterator[dict]:
    for index, card in enumerate(component.get("cards") or []):
        parts = _built(card.get("components") or [], values, is_named, f"{prefix}card.{index}.")
        yield {"card_index": index, "components": list(parts)}


def _media_parameters(component: dict, values: dict, prefix: str) -> list[dict]:
    format_ = _upper(component, "format")
    if format_ in MEDIA_FORMATS:
        kind = format_.lower().replace("gif", "video")
        media = str(values[f"{prefix}header.media"])
        return [{"type": kind, kind: {"link" if media.startswith("https://") else "id": media}}]
    if format_ == "LOCATION":
        told = {
            key: values[f"{prefix}header.{key}"]
            for key in LOCATION_KEYS
            if values.get(f"{prefix}header.{key}")
        }
        return [{"type": "location", "location": told}]
    return []


def _built_button(button: dict, index: int, value) -> Iterator[dict]:
    if value in (None, ""):
        return
    type_ = _upper(button, "type").lower()
    parameter = {
        "quick_reply": {"type": "payload", "payload": value},
        "copy_code": {"type": "coupon_code", "coupon_code": value},
        "flow": {"type": "action", "action": value if isinstance(value, dict) else {"flow_token": value}},
        "url": {"type": "text", "text": value},
        "otp": {"type": "text", "text": value},
    }.get(type_, {"type": "action", "action": value})
    sub_type = "url" if type_ == "otp" else type_
    yield {"type": "button", "sub_type": sub_type, "index": str(index), "parameters": [parameter]}


def render(components: list[dict], values: dict) -> dict:
    """The template as the person reads it: header, body, footer, and buttons as [{"type", "text", "url"}]."""
    rendered = {"header": "", "body": "", "footer": "", "buttons": []}
    for component in components:
        part = _upper(component, "type").lower()
        if part in ("header", "body", "footer"):
            rendered[part] = _fill(component.get("text") or "", values, part)
        elif part == "buttons":
            rendered["buttons"] = [
                _rendered_button(button, values.get(f"button.{index}", ""))
                for index, button in enumerate(component.get("buttons") or [])
            ]
    return rendered


def _rendered_button(button: dict, value) -> dict:
    url = PLACEHOLDER.sub(lambda match: str(value), button.get("url") or "")
    return {"type": _upper(button, "type").lower(), "text": button.get("text", ""), "url": url}


def _fill(text: str, values: dict, part: str) -> str:
    """The text with its placeholders replaced once: a value that looks like a placeholder stays as it is."""
    return PLACEHOLDER.sub(lambda match: str(values.get(f"{part}.{match[1]}", match[0])), text)


def _names(text: str) -> list[str]:
    """The placeholders of a text, each once, in order (numbered ones by number)."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def _example(component: dict, name: str) -> str:
    """The example Meta holds for a placeholder; "" when there is none."""
    part = _upper(component, "type").lower()
    example = component.get("example") or {}
    for entry in example.get(f"{part}_text_named_params") or []:
        if entry.get("param_name") == name:
            return str(entry.get("example", ""))
    told = example.get(f"{part}_text") or []
    told = told[0] if told and isinstance(told[0], list) else told
    position = int(name) - 1 if name.isdecimal() else -1
    return str(told[position]) if 0 <= position < len(told) else ""


def _first(example) -> str:
    return str(example[0]) if isinstance(example, list) and example else str(example or "")


def _upper(part: dict, key: str) -> str:
    return str(part.get(key) or "").upper()
