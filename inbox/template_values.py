"""Templates filled in: which values one needs, how it reads with them, and what the provider is to be given.

Values come as `{"header": {name: text}, "body": {name: text}, "buttons": {index: text}}`; positional parameters are
named "1", "2" … The file of a picture, video or document header is not among them: it is the message's attachment.
Carousel cards have their own place: `{"cards": {"0.body.1": text}}`.
"""

import hashlib
from dataclasses import dataclass

import orjson
from django.utils.translation import gettext_lazy as _

from integrations.events import File, Invalid
from integrations.models import Template
from integrations.whatsapp import templates

PLACES = {"button": "buttons", "card": "cards"}  # the adapter's word: ours
FILE_KEY = "header.media"
PLACEHOLDER = templates.PLACEHOLDER
# Buttons work without these; a machine may still give them.
FOR_MACHINES = {"payload", "flow", "action"}


@dataclass(frozen=True, slots=True)
class Field:
    """One value a template asks for. `kind`: text, url, coupon … or the kind of file its header needs."""

    where: str  # header, body, buttons, cards
    name: str
    kind: str = "text"
    example: str = ""
    is_required: bool = True

    @property
    def is_file(self) -> bool:
        """Given as the message's attachment, not as a text."""
        return self.where == "header" and self.name == "media"


def template_fields(template: Template) -> list[Field]:
    """What a person must or may fill in, in reading order."""
    asked = templates.placeholders(template.components)
    return [_field(each) for each in asked if each.is_required or each.kind not in FOR_MACHINES]


def file_kind(template: Template) -> str:
    """Kind of file the header needs: image, video or document; empty when it needs none."""
    return next((field.kind for field in template_fields(template) if field.is_file), "")


def check_values(template: Template, values: dict, *, has_file: bool) -> None:
    """Raises Invalid when a value or the header's file is missing, left over, or cannot be sent."""
    if file_kind(template) and not has_file:
        raise Invalid(_("This template needs a file for its header."))
    given = _flat(template, values, "given" if has_file else "")
    templates.check_template(template.components, template.parameter_format, given)


def render_template(template: Template, values: dict) -> dict:
    """How the template reads with these values: header, body, footer, and buttons as [{"type", "text", "url"}]."""
    return templates.render(template.components, _flat(template, values))


def components(template: Template, values: dict, file: File | None = None) -> list[dict]:
    """The `components` of a send; `file` is the header's, as the provider holds it."""
    media = (file.external_id or file.link) if file else ""
    given = _flat(template, values, media)
    return templates.build_template_components(template.components, given, template.parameter_format)


def version(template: Template) -> str:
    """A short name of the template's wording, so that a record of a send says which wording went out."""
    wording = orjson.dumps(template.components, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(wording).hexdigest()[:12]


def _field(placeholder: templates.Placeholder) -> Field:
    where, _dot, name = placeholder.key.partition(".")
    where = PLACES.get(where, where)
    return Field(where, name, placeholder.kind, placeholder.example, placeholder.is_required)


def _flat(template: Template, values: dict, media: str = "") -> dict:
    """Our nested values as the adapter's flat ones."""
    words = {ours: theirs for theirs, ours in PLACES.items()}
    flat = {
        f"{words.get(where, where)}.{name}": value
        for where, named in values.items()
        for name, value in named.items()
    }
    return flat | {FILE_KEY: media} if media and file_kind(template) else flat
