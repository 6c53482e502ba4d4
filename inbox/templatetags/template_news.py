"""What Meta stopped lately, for the navigation of the settings."""

from datetime import timedelta

from django import template
from django.db.models import F
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from integrations.models import TemplateDecision

register = template.Library()
STOPPED = ("REJECTED", "PAUSED", "DISABLED")
LATELY = timedelta(days=30)


@register.simple_tag
def stopped_templates(member) -> int:
    """How many templates were stopped in the last 30 days and still are; asked on the settings' own pages alone."""
    with clinic_scope(member.clinic_id):  # some of these pages are about the person, outside any clinic
        lately = TemplateDecision.objects.filter(kind__in=STOPPED, at__gt=timezone.now() - LATELY)
        return lately.filter(template__status=F("kind")).values("template").distinct().count()
