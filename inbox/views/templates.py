"""Choosing a template: the list, and one with fields for its values."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404, render
from django.utils.functional import cached_property
from django.views.decorators.http import require_GET

from integrations import queries as integrations
from integrations.models import Template

from .. import template_values
from .access import find_conversation, members_only


@dataclass(frozen=True)
class Choice:
    """A template as the picker draws it."""

    template: Template

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
    def fields(self) -> list[template_values.Field]:
        return template_values.template_fields(self.template)

    @property
    def file_kind(self) -> str:
        return template_values.file_kind(self.template)

    @property
    def file_icon(self) -> str:
        return {"image": "image", "video": "video"}.get(self.file_kind, "file-text")


@require_GET
@members_only
def templates(request, pk):
    """The approved templates of the conversation's number."""
    conversation = find_conversation(request, pk)
    found = integrations.templates(conversation.channel.business_id).filter(status="APPROVED")
    choices = [Choice(each) for each in found]
    return render(request, "inbox/_templates.html", {"conversation": conversation, "choices": choices})


@require_GET
@members_only
def template(request, pk, template_pk):
    """One template with its preview and a field for each value."""
    conversation = find_conversation(request, pk)
    found = integrations.templates(conversation.channel.business_id)
    choice = Choice(get_object_or_404(found, pk=template_pk))
    return render(request, "inbox/_template.html", {"conversation": conversation, "choice": choice})


def _cut(text: str, where: str) -> list[tuple[str, str]]:
    """The text as (words, "") and (variable, its field) in turn."""
    pieces, at = [], 0
    for found in template_values.PLACEHOLDER.finditer(text):
        pieces += [(text[at : found.start()], ""), (found[1], f"{where}-{found[1]}")]
        at = found.end()
    return [*pieces, (text[at:], "")]
