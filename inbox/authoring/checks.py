"""What Meta would refuse, said before it is asked, beside the field.

Source: Meta's "Message templates" pages and its error codes 2388xxx; where Meta tells no number, what it was seen to
take.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from .parts import FILES, VARIABLE, Button, Parts, names_in

NAME = re.compile(r"[a-z0-9_]{1,512}")
NAMED = re.compile(r"[a-z][a-z0-9_]*")
PHONE = re.compile(r"\+?[0-9][0-9 ]{4,19}")
LONGEST = {"header_text": 60, "body": 1024, "footer": 60}
LONGEST_LABEL, LONGEST_LINK, LONGEST_CODE = 25, 2000, 15
LIMITS = LONGEST | {"button": LONGEST_LABEL, "value": LONGEST_LINK}  # letters that the fields take
MOST_BUTTONS = 10
MOST_OF_A_KIND = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1}
WORDS_PER_VARIABLE = 3
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # two such letters count as a word
# Meta forbids templates that ask for such things; whole words, in the languages of the screens.
SENSITIVE = re.compile(
    r"\b(?:credit card|card number|cvv|bank account|passport number|national id|social security|password|"
    r"tarjeta de cr[eé]dito|n[uú]mero de tarjeta|cuenta bancaria|contrase[nñ]a|"
    r"cart[aã]o de cr[eé]dito|n[uú]mero do cart[aã]o|conta banc[aá]ria|senha|palavra-passe|"
    r"kad kredit|nombor kad|akaun bank|kata laluan)\b|"
    r"رقم البطاقة|بطاقة الائتمان|كلمة المرور|信用卡|银行卡号|密码|身份证号",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Problem:
    """`field` as the form calls it: body, footer, examples.body.1, buttons.0.text, sample …"""

    field: str
    text: str


def problems_of(parts: Parts, has_sample: bool = False) -> list[Problem]:
    """Everything that has to be put right before Meta is asked; empty when nothing is known to be wrong."""
    return [Problem(field, str(text)) for field, text in _problems(parts, has_sample)]


def problem_of_name(name: str) -> str:
    """A sentence; "" when Meta takes the name."""
    return "" if NAME.fullmatch(name) else _("Lower-case letters, digits and _ only.")


def _problems(parts: Parts, has_sample: bool) -> Iterator[tuple[str, str]]:
    yield from _header(parts, has_sample)
    yield from _body(parts)
    if VARIABLE.search(parts.footer):
        yield "footer", _("A footer can hold no variables.")
    for field in LONGEST:
        if SENSITIVE.search(_text(parts, field)):
            say = _(
                "Meta refuses templates that ask for card, account or identity numbers, or for passwords."
            )
            yield field, say
    for field, most in LONGEST.items():
        if len(_text(parts, field)) > most:
            yield field, _("At most %(most)d letters.") % {"most": most}
    yield from _variables(parts)
    yield from _buttons(parts.buttons)


def _text(parts: Parts, field: str) -> str:
    return parts.heading if field == "header_text" else getattr(parts, field)


def _header(parts: Parts, has_sample: bool) -> Iterator[tuple[str, str]]:
    if parts.header == "TEXT":
        if not parts.header_text.strip():
            yield "header_text", _("Write the heading, or choose none.")
        if len(names_in(parts.header_text)) > 1:
            yield "header_text", _("A heading can hold one variable.")
        if "\n" in parts.header_text:
            yield "header_text", _("A heading is one line.")
    elif parts.header in FILES and not has_sample:
        yield "sample", _("Meta wants to see an example. Add a file.")


def _body(parts: Parts) -> Iterator[tuple[str, str]]:
    text = parts.body.strip()
    if not text:
        yield "body", _("Write what the message says.")
    if re.match(r"\W*\{\{", text) or re.search(r"\}\}\W*$", text):
        yield (
            "body",
            _("The text may neither begin nor end with a variable. Put a word before it and after it."),
        )
    if re.search(r"\}\}\s*\{\{", text):
        yield "body", _("Two variables stand side by side. Put a word between them.")
    if len(names_in(text)) * WORDS_PER_VARIABLE > len(text.split()) + len(UNSPACED.findall(text)) // 2:
        yield "body", _("Too many variables for so few words. Write more around them.")
    if re.search(r"\n{3,}", text):
        yield "body", _("At most one empty line between two lines.")


def _variables(parts: Parts) -> Iterator[tuple[str, str]]:
    for field in ("header_text", "body"):
        names = names_in(_text(parts, field))
        if parts.is_named and any(name.isdecimal() for name in names):
            yield field, _("Variables have either numbers or names, not both.")
        if parts.is_named and not all(NAMED.fullmatch(name) or name.isdecimal() for name in names):
            yield (
                field,
                _("Names of variables are lower-case letters, digits and _, and begin with a letter."),
            )
        if "{{" in VARIABLE.sub("", _text(parts, field)):
            yield (
                field,
                _("Names of variables are lower-case letters, digits and _, and begin with a letter."),
            )
        if not parts.is_named and names != [str(number) for number in range(1, len(names) + 1)]:
            yield field, _("Numbered variables begin with 1 and leave none out.")
    for place in parts.places:
        if not parts.examples.get(place, "").strip():
            yield f"examples.{place}", _("Meta wants an example of each variable.")


def _buttons(buttons: tuple[Button, ...]) -> Iterator[tuple[str, str]]:
    kinds = [each.kind for each in buttons]
    if len(kinds) > MOST_BUTTONS:
        yield "buttons", _("At most %(most)d buttons.") % {"most": MOST_BUTTONS}
    for kind, most in MOST_OF_A_KIND.items():
        if kinds.count(kind) > most:
            yield "buttons", _("Too many buttons of one kind: at most 2 links, 1 phone number and 1 code.")
    if sum((one == "QUICK_REPLY") != (two == "QUICK_REPLY") for one, two in pairwise(kinds)) > 1:
        yield "buttons", _("Keep the quick replies together, before or after the other buttons.")
    labels = [each.text.strip() for each in buttons if each.kind != "COPY_CODE"]
    if len(set(labels)) < len(labels):
        yield "buttons", _("Two buttons say the same.")
    for number, button in enumerate(buttons):
        for field, text in _button(button):
            yield f"buttons.{number}.{field}", text


def _button(button: Button) -> Iterator[tuple[str, str]]:
    if button.kind != "COPY_CODE" and not 1 <= len(button.text.strip()) <= LONGEST_LABEL:
        yield "text", _("1 to %(most)d letters.") % {"most": LONGEST_LABEL}
    if button.kind == "URL":
        yield from _link(button)
    if button.kind == "PHONE_NUMBER" and not PHONE.fullmatch(button.value):
        yield "value", _("The whole number with its country, for example +44 20 7946 0101.")
    if button.kind == "COPY_CODE" and not 1 <= len(button.value.strip()) <= LONGEST_CODE:
        yield "value", _("1 to %(most)d letters.") % {"most": LONGEST_CODE}


def _link(button: Button) -> Iterator[tuple[str, str]]:
    variables = VARIABLE.findall(button.value)
    if not re.match(r"https://[^\s/]+\.[^\s/]+", button.value) or len(button.value) > LONGEST_LINK:
        yield "value", _("A whole address that begins with https://.")
    elif len(variables) > 1 or (variables and not button.value.endswith("}}")):
        yield "value", _("One variable at most, at the end of the address.")
    elif variables and not button.example.strip():
        yield "example", _("Meta wants an example of each variable.")
