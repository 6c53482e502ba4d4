"""Icons, drawn once per process: a list of conversations shows hundreds."""

from functools import cache

from django import template
from django.utils.safestring import SafeString, mark_safe
from lucide import _render_icon

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, size: int = 16) -> SafeString:
    """A Lucide icon that says nothing to screen readers; the words stand beside it."""
    return mark_safe(_render_icon(name, size, aria_hidden="true"))  # noqa: S308  drawn by the package, name is ours
