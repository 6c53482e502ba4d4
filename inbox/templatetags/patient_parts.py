"""What the patient panel chooses from: long, and the same for every patient."""

from functools import lru_cache

from django import template
from django.conf.locale import LANG_INFO
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, gettext

register = template.Library()
SELECTED = " selected"


@register.simple_tag
def language_options(chosen: str) -> SafeString:
    """The languages a patient may speak, in the reader's words, with the chosen one marked."""
    return _options(chosen, get_language())


@lru_cache(maxsize=500)
def _options(chosen: str, _reader: str) -> SafeString:
    names = {
        code: get_language_info(code)["name_translated"] for code, told in LANG_INFO.items() if "name" in told
    }
    if chosen and chosen not in names:
        names[chosen] = chosen
    listed = [("", gettext("Not known")), *sorted(names.items(), key=lambda each: each[1].casefold())]
    return format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        ((code, SELECTED if code == chosen else "", name) for code, name in listed),
    )
