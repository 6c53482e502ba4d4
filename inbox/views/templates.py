"""Choosing a template: what may be sent here and why the rest may not, and one with fields for its values."""

from dataclasses import dataclass, field
from itertools import groupby

from django.shortcuts import get_object_or_404, render
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from integrations import queries as integrations
from integrations.models import Template

from .. import gate, languages, rates, template_guesses, template_values
from ..models import Conversation
from ..search_text import folded
from ..template_sync import GONE
from ..templatetags.meta_words import CATEGORIES
from .access import find_conversation, members_only, put_on_record

COSTS = {
    "MARKETING": _("Billed by Meta as marketing, its dearest kind. Only for patients who agreed to offers."),
    "MARKETING_LITE": _(
        "Billed by Meta as marketing, its dearest kind. Only for patients who agreed to offers."
    ),
    "UTILITY": _("Billed by Meta as utility: about a visit or a request of the patient."),
    "AUTHENTICATION": _("Billed by Meta as authentication: codes only."),
}
# What WhatsApp's own states mean for who wants to send now.
STATUSES = {
    "PENDING": _("Meta has not approved it yet"),
    "IN_APPEAL": _("Meta rejected it; an appeal is under way"),
    "REJECTED": _("Meta rejected it"),
    "PAUSED": _("Paused by Meta, because patients blocked or reported it"),
    "DISABLED": _("Switched off by Meta"),
    "LIMIT_EXCEEDED": _("Switched off: too many templates"),
    "PENDING_DELETION": _("Being deleted"),
}


@dataclass(frozen=True)
class Choice:
    """A template as the picker draws it. `refusal` says why it cannot be sent now; empty when it can."""

    template: Template
    refusal: str = ""
    is_theirs: bool = True  # in the patient's language, as far as that is known
    others: list["Choice"] = field(default_factory=list)  # the same in other languages
    guesses: dict = field(default_factory=dict)
    price: str = ""  # about what sending it costs, "" when that is not known

    @cached_property
    def parts(self) -> dict:
        """Its components by type, in lower case."""
        return {part.get("type", "").lower(): part for part in self.template.components}

    @property
    def body(self) -> str:
        return self.parts.get("body", {}).get("text", "")

    @property
    def pieces(self) -> list[dict]:
        """Header, body and footer cut at their variables, for the preview."""
        return [
            {"where": where, "cut": _cut(self.parts[where].get("text", ""), where)}
            for where in ("header", "body", "footer")
            if self.parts.get(where, {}).get("text")
        ]

    @property
    def buttons(self) -> list[dict]:
        return self.parts.get("buttons", {}).get("buttons", [])

    @property
    def fields(self) -> list[tuple[template_values.Field, str]]:
        """Each value it asks for, with what it probably is here."""
        asked = template_values.template_fields(self.template)
        return [(each, self.guesses.get((each.where, each.name), "")) for each in asked if not each.is_file]

    @property
    def file_kind(self) -> str:
        return template_values.file_kind(self.template)

    @property
    def file_icon(self) -> str:
        return {"image": "image", "video": "video"}.get(self.file_kind, "file-text")

    @property
    def category(self) -> str:
        return str(CATEGORIES.get(self.template.category, self.template.category.lower()))

    @property
    def cost(self) -> str:
        return str(COSTS.get(self.template.category, ""))

    @property
    def language_name(self) -> str:
        return languages.name_of(self.template.language)

    @property
    def sought_in(self) -> str:
        """What the filter looks in."""
        words = [self.template.name, self.template.name.replace("_", " "), self.body, self.category]
        return folded(" ".join([*words, self.language_name, str(self.refusal)]))


@require_GET
@members_only
def templates(request, pk):
    """The templates of the conversation's number: each once, in the patient's language where it has that."""
    conversation = find_conversation(request, pk)
    prices = rates.prices_now(conversation)
    choices = _choices(conversation, request.member.clinic.language, prices)
    ready = [each for each in choices if not each.refusal]
    blocked = [each for each in choices if each.refusal]
    context = {"conversation": conversation, "ready": ready, "blocked": blocked, "prices": prices}
    return render(request, "inbox/_templates.html", context)


@require_GET
@members_only
def template(request, pk, template_pk):
    """One template with its preview and a field for each value; the patient's name is filled in already."""
    conversation = find_conversation(request, pk)
    found = integrations.templates(conversation.channel.business_id)
    template = get_object_or_404(found, pk=template_pk)
    put_on_record(request, conversation, is_again=True)
    guesses = template_guesses.values_for(template, conversation, request.member)
    refusal = _refusal(template, _wishes(conversation))
    prices = rates.prices_now(conversation)
    choice = Choice(template, refusal, guesses=guesses, price=prices.of(template.category))
    context = {"conversation": conversation, "choice": choice, "prices": prices}
    return render(request, "inbox/_template.html", context)


def _choices(conversation: Conversation, clinic_language: str, prices: rates.Prices) -> list[Choice]:
    rows = integrations.templates(conversation.channel.business_id).exclude(status=GONE).order_by("name")
    wishes, theirs = _wishes(conversation), conversation.contact.language
    chosen = []
    for _name, family in groupby(rows, key=lambda row: row.name):
        same = {row.language: Choice(row, _refusal(row, wishes), _is_theirs(row, theirs)) for row in family}
        sendable = [code for code, each in same.items() if not each.refusal]
        best = languages.choose(sendable or same, theirs, clinic_language)
        others = [each for code, each in same.items() if code != best]
        one = same[best]
        price = prices.of(one.template.category)
        chosen.append(Choice(one.template, one.refusal, one.is_theirs, others, price=price))
    return chosen


def _is_theirs(template: Template, theirs: str) -> bool:
    return not theirs or languages.speaks(template.language, theirs)


def _wishes(conversation: Conversation) -> gate.Wishes:
    return gate.wishes_of([conversation.contact_id]).get(conversation.contact_id, gate.Wishes())


def _refusal(template: Template, wishes: gate.Wishes) -> str:
    """Why it cannot be sent from here now, in a sentence; empty when it can. The gate decides again at sending."""
    if template.status not in gate.SENDABLE:
        why = str(STATUSES.get(template.status, _("Not approved by Meta")))
        return f"{why}: {template.reason.lower().replace('_', ' ')}" if template.reason else why
    if wishes.forbid(template.category):
        return str(_("The patient does not want messages of this kind"))
    asked = template_values.template_fields(template)
    if any(each.where == "cards" and each.name.endswith("header.media") for each in asked):
        return str(_("Its cards need pictures; send it through the API"))
    if any(each.kind in ("offer", "action") and each.is_required for each in asked):
        return str(_("It needs what only a connected system can give; send it through the API"))
    return ""


def _cut(text: str, where: str) -> list[tuple[str, str]]:
    """The text as (words, "") and (variable, its field) in turn."""
    pieces, at = [], 0
    for found in template_values.PLACEHOLDER.finditer(text):
        pieces += [(text[at : found.start()], ""), (found[1], f"{where}-{found[1]}")]
        at = found.end()
    return [*pieces, (text[at:], "")]
