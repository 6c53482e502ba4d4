"""What Meta stopped lately, for the navigation of the settings."""

from django import template

from clinic_inbox.tenancy import clinic_scope

from .. import authoring

register = template.Library()


@register.simple_tag
def stopped_templates(member) -> int:
    """How many; asked on the settings' own pages alone, some of which are about the person, outside any clinic."""
    with clinic_scope(member.clinic_id):
        return authoring.needing_you()
