"""How a template stands: what Meta decided, whether it lets one change it now, and what here would miss it."""

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.events import Kind
from integrations.models import Template, TemplateDecision

from .. import template_decisions
from ..models import Message
from .parts import from_components

REFUSED = ("REJECTED", "PAUSED", "DISABLED")
EDITABLE = ("APPROVED", "REJECTED", "PAUSED")
A_DAY, A_MONTH, MOST_CHANGES = timedelta(hours=24), timedelta(days=30), 10


def needing_you() -> int:
    """How many templates Meta refuses, has paused or switched off, since its decision in the last 30 days."""
    lately = TemplateDecision.objects.filter(
        template=OuterRef("pk"), kind=OuterRef("status"), by_name="", at__gt=timezone.now() - A_MONTH
    )
    return Template.objects.filter(Exists(lately), status__in=REFUSED).count()


def may_edit(template: Template) -> str:
    """Why a template cannot be changed now, as a sentence; "" when it can.

    Source: Meta's "Edit templates": approved ones once in 24 hours and ten times in 30 days.
    """
    if template.status == Template.DRAFT:
        return ""
    if template.status in ("PENDING", "IN_APPEAL"):
        return _("Meta is looking at it. It can be changed once Meta has decided.")
    if template.status not in EDITABLE:
        return _("Meta allows no change in this state.")
    if from_components(template.components, template.category) is None:
        return _("It has parts that can only be changed in WhatsApp Manager.")
    return _why_not_so_often(template) if template.status == "APPROVED" else ""


def _why_not_so_often(template: Template) -> str:
    now, edits = timezone.now(), TemplateDecision.objects.filter(template=template)
    edits = edits.filter(kind=template_decisions.EDITED)
    if edits.filter(at__gt=now - A_DAY).exists():
        return _("Meta allows one change of an approved template in 24 hours.")
    if edits.filter(at__gt=now - A_MONTH).count() >= MOST_CHANGES:
        return _("Meta allows ten changes of an approved template in 30 days.")
    return ""


def reason_of(template: Template) -> tuple[str, str]:
    """(what is wrong, what to do) of a template that was refused; two empty texts for any other."""
    return template_decisions.reason_of(template.reason) if template.reason else ("", "")


def used_by(template: Template) -> list[str]:
    """Messages that wait for their time and would not be sent without it: a sentence about them, or nothing."""
    waiting = Message.objects.filter(
        kind=Kind.TEMPLATE,
        state__in=[Message.State.SCHEDULED, Message.State.QUEUED],
        content__name=template.name,
        content__language=template.language,
        conversation__channel__business_id=template.business_id,
    ).count()
    told = ngettext("%(count)d scheduled message", "%(count)d scheduled messages", waiting) % {
        "count": waiting
    }
    return [told] if waiting else []
