"""What a template's values probably are in one conversation: names by what the variable is called or by its place.

Only what is known is guessed, and the member sees and may change each before it leaves.
"""

import re

from clinics.models import Member
from integrations.models import Template

from . import template_values, variables
from .models import Conversation

# What variables are called in templates, without "_": the whole name, the first name, the clinic, the member.
NAMED = {
    "contact.name": {"name", "fullname", "patientname", "customername", "contactname", "nombre", "nome"},
    "contact.first_name": {"firstname", "patient", "customer", "givenname"},
    "clinic.name": {"clinic", "clinicname", "business", "businessname", "practice", "company", "clinica"},
    "member.name": {"agent", "agentname", "member", "staff", "staffname", "receptionist"},
}
# A greeting, and at once the first variable: "Hello {{1}}," "Estimada {{1}}" "您好 {{1}}".
GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|dear|good \w+|hola|estimad[oa]s?|buen[oa]s \w+|ol[áa]|car[oa]|prezad[oa]|hallo|liebe[r]?"
    r"|guten \w+|bonjour|ch[eè]re?|ciao|gentile|salam|halo|مرحبا|أهلا|السلام عليكم|عزيزي|您好|你好|亲爱的)?"
    r"[\s,،，]*\{\{\s*(\w+)\s*\}\}",
    re.IGNORECASE,
)
BARE = re.compile(r"^\W*\{\{")  # begins with a variable: whatever it is, we do not know


def values_for(template: Template, conversation: Conversation, member: Member) -> dict[tuple[str, str], str]:
    """(where, name) of each value of which we have an idea: what it is."""
    known = variables.values_for(conversation, member)
    texts = {part.get("type", "").lower(): part.get("text") or "" for part in template.components}
    guessed = {}
    for each in template_values.template_fields(template):
        if each.kind == "text" and each.where in ("header", "body"):
            meant = _meant(each.name, texts.get(each.where, ""))
            guessed[each.where, each.name] = known.get(meant, "")
    return {place: value for place, value in guessed.items() if value}


def _meant(name: str, text: str) -> str:
    plain = name.lower().replace("_", "")
    for variable, names in NAMED.items():
        if plain in names:
            return variable
    greeted = None if BARE.match(text) else GREETING.match(text)
    return "contact.first_name" if greeted and greeted[1] == name else ""
