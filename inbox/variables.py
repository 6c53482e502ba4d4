"""Variables of saved replies: `{{contact.first_name}}`, or `{{contact.first_name|there}}` with what to say without it.

What is not known and has no fallback stays in the text as it is: the composer marks it and asks before it leaves.
"""

import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from clinics.models import Member

from .models import Conversation

VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*(?:\|([^{}]*))?\}\}")
# Each by its name, with what it stands for and an example for the preview.
KNOWN = {
    "contact.first_name": (_("The patient's first name"), "Nora"),
    "contact.name": (_("The patient's whole name"), "Nora Example"),
    "clinic.name": (_("The clinic's name"), ""),
    "channel.name": (_("The number they write to"), ""),
    "member.name": (_("Your own name"), ""),
}
TITLES = {"dr", "mr", "mrs", "ms", "miss", "prof", "sr", "sra", "don", "doña", "herr", "frau", "mme", "m"}


def values_for(conversation: Conversation, member: Member) -> dict[str, str]:
    """What each variable says in this conversation; empty where it is not known."""
    name = conversation.contact.name.strip()
    name = name if any(letter.isalpha() for letter in name) else ""  # only a number: nobody is called so
    return {
        "contact.name": name,
        "contact.first_name": first_name(name),
        "clinic.name": member.clinic.name,
        "channel.name": conversation.channel.name,
        "member.name": member.name,
    }


def first_name(name: str) -> str:
    """The first word of a name that is no title: "Dr. Ana Pérez" is Ana."""
    words = name.split()
    while len(words) > 1 and words[0].rstrip(".").lower() in TITLES:
        words = words[1:]
    return words[0] if words else ""


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables, read once: a value that looks like a variable stays as it is."""
    return VARIABLE.sub(lambda found: _said(found, values), text)


def unfilled(text: str) -> list[str]:
    """The variables still in a text, each once, in order."""
    return list(dict.fromkeys(found[0] for found in VARIABLE.finditer(text)))


def unknown(text: str) -> list[str]:
    """The names in a text that stand for nothing, each once, in order."""
    names = dict.fromkeys(found[1] for found in VARIABLE.finditer(text))
    return [name for name in names if name not in KNOWN]


def _said(found: re.Match, values: Mapping[str, str]) -> str:
    value = values.get(found[1], "")
    fallback = (found[2] or "").strip()
    return value or (fallback if found[1] in KNOWN else "") or found[0]
