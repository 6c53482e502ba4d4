"""A template in parts as a form has them, and in Meta's components.

Source: Meta's "Message templates" and "Template components" pages for the Business Management API, v26.0.
"""

import re
from dataclasses import asdict, dataclass, field, replace

VARIABLE = re.compile(r"\{\{\s*(\w*)\s*\}\}")
HEADERS = ("", "TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
FILES = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document"}


@dataclass(frozen=True)
class Button:
    """`value` is the link, the phone number or the code; `example` what stands for the variable of a link."""

    kind: str = "QUICK_REPLY"
    text: str = ""
    value: str = ""
    example: str = ""


@dataclass(frozen=True)
class Parts:
    """What is written of one template in one language. `examples` by place: `body.first_name`, `header.1`."""

    category: str = "UTILITY"
    parameter_format: str = "named"  # or positional: how a click puts variables in while there are none
    header: str = ""
    header_text: str = ""
    body: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def is_named(self) -> bool:
        """Its variables have names; Meta lets a template have numbers or names, not both."""
        names = [*names_in(self.body), *names_in(self.heading)]
        return bool(names) and not all(name.isdecimal() for name in names)

    @property
    def heading(self) -> str:
        """The words of the heading; what was written in it counts for nothing while another header is chosen."""
        return self.header_text if self.header == "TEXT" else ""

    @property
    def places(self) -> list[str]:
        """Each variable that wants an example, in reading order."""
        head = [f"header.{name}" for name in names_in(self.heading)]
        return head + [f"body.{name}" for name in names_in(self.body)]


def names_in(text: str) -> list[str]:
    """Each variable once, in order of first use; numbered ones by number."""
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    return sorted(names, key=lambda name: (len(name), name)) if all(map(str.isdecimal, names)) else names


def to_json(parts: Parts) -> dict:
    return asdict(parts)


def from_json(told: dict) -> Parts:
    """What was kept as a draft; {} is an empty one."""
    buttons = tuple(Button(**each) for each in told.get("buttons", ()))
    return Parts(**{name: value for name, value in told.items() if name != "buttons"}, buttons=buttons)


def as_components(parts: Parts, handle: str = "") -> list[dict]:
    """What Meta's create and edit calls take. `handle` is that of the sample for the header."""
    components = []
    if parts.header == "TEXT":
        components.append(_text("HEADER", parts.header_text, parts, format="TEXT"))
    elif parts.header == "LOCATION":
        components.append({"type": "HEADER", "format": "LOCATION"})
    elif parts.header:
        example = {"header_handle": [handle]}
        components.append({"type": "HEADER", "format": parts.header, "example": example})
    components.append(_text("BODY", parts.body, parts))
    if parts.footer:
        components.append({"type": "FOOTER", "text": parts.footer})
    if parts.buttons:
        components.append({"type": "BUTTONS", "buttons": [_button(each) for each in parts.buttons]})
    return components


def _text(type_: str, text: str, parts: Parts, **more: str) -> dict:
    component = {"type": type_, **more, "text": text}
    where, names = type_.lower(), names_in(text)
    if not names:
        return component
    examples = [parts.examples.get(f"{where}.{name}", "") for name in names]
    if parts.is_named:
        told = [
            {"param_name": name, "example": example} for name, example in zip(names, examples, strict=True)
        ]
        return component | {"example": {f"{where}_text_named_params": told}}
    return component | {"example": {f"{where}_text": [examples] if where == "body" else examples}}


def _button(button: Button) -> dict:
    match button.kind:
        case "URL":
            told = {"type": "URL", "text": button.text, "url": button.value}
            if VARIABLE.search(button.value):
                told["example"] = [VARIABLE.sub(lambda _match: button.example, button.value)]
            return told
        case "PHONE_NUMBER":
            return {"type": "PHONE_NUMBER", "text": button.text, "phone_number": button.value}
        case "COPY_CODE":
            return {"type": "COPY_CODE", "example": button.value}
    return {"type": "QUICK_REPLY", "text": button.text}


def from_components(components: list[dict], category: str) -> Parts | None:
    """What Meta has, as the form has it; None when it holds something that the form has no place for."""
    told, examples = {"category": category}, {}
    for component in components:
        type_, text = _upper(component, "type"), component.get("text") or ""
        if type_ == "HEADER":
            format_ = _upper(component, "format") or "TEXT"
            if format_ not in HEADERS:
                return None
            told |= {"header": format_, "header_text": text}
        elif type_ in ("BODY", "FOOTER"):
            told[type_.lower()] = text
        elif type_ == "BUTTONS":
            buttons = [_button_of(each) for each in component.get("buttons") or []]
            if None in buttons:
                return None
            told["buttons"] = tuple(buttons)
        else:
            return None
        examples |= _examples(component, type_.lower(), text)
    parts = Parts(**told, examples=examples)
    return replace(parts, parameter_format="named" if parts.is_named or not parts.places else "positional")


def _button_of(told: dict) -> Button | None:
    kind, text, example = _upper(told, "type"), told.get("text") or "", told.get("example") or ""
    example = str(example[0]) if isinstance(example, list) and example else str(example)
    if kind == "URL":
        url = told.get("url") or ""
        before = url.partition("{{")[0]
        ending = example.removeprefix(before) if "{{" in url else ""
        return Button(kind, text, url, ending)
    if kind == "PHONE_NUMBER":
        return Button(kind, text, told.get("phone_number") or "")
    if kind == "COPY_CODE":
        return Button(kind, "", example)
    return Button(kind, text) if kind == "QUICK_REPLY" else None


def _examples(component: dict, where: str, text: str) -> dict[str, str]:
    told = component.get("example") or {}
    named = {
        f"{where}.{each.get('param_name')}": str(each.get("example", ""))
        for each in told.get(f"{where}_text_named_params") or []
    }
    values = told.get(f"{where}_text") or []
    values = values[0] if values and isinstance(values[0], list) else values
    numbered = {f"{where}.{name}": str(value) for name, value in zip(names_in(text), values, strict=False)}
    return numbered | named


def _upper(part: dict, key: str) -> str:
    return str(part.get(key) or "").upper()
