"""What stands in a clinic's own fields of a patient: read from what was typed, and written for somebody to read."""

from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from .models import PatientField

Kind = PatientField.Kind
LONGEST_VALUE = 500
LARGEST_NUMBER = 10**15
YES, NO = "yes", "no"


class Wrong(ValueError):
    """This cannot stand in the field. Its text is a sentence for the person who typed it."""


def read_value(field: PatientField, typed) -> str | int | float | bool | None:
    """The value as it is kept; None when the field is emptied. Raises Wrong."""
    typed = typed.strip() if isinstance(typed, str) else typed
    if typed in ("", None):
        return None
    if isinstance(typed, list | dict):
        raise Wrong(_("Give one value."))
    return READERS[field.kind](field, typed)


def _text(_field, typed) -> str:
    text = str(typed)
    if len(text) > LONGEST_VALUE or "\0" in text:
        raise Wrong(_("Write at most %(count)d characters.") % {"count": LONGEST_VALUE})
    return text


def _number(_field, typed) -> int | float:
    try:
        number = Decimal(str(typed).replace(" ", "").replace(",", "."))
    except InvalidOperation as error:
        raise Wrong(_("Write a number, for example 12 or 12.5.")) from error
    if isinstance(typed, bool) or not number.is_finite() or abs(number) >= LARGEST_NUMBER:
        raise Wrong(_("Write a number, for example 12 or 12.5."))
    return int(number) if number == number.to_integral_value() else float(number)


def _date(_field, typed) -> str:
    try:
        return date.fromisoformat(str(typed)).isoformat()
    except ValueError as error:
        raise Wrong(_("Write a date as year-month-day, for example 2026-11-26.")) from error


def _choice(field, typed) -> str:
    if typed not in field.choices:
        raise Wrong(_("Choose one of: %(choices)s.") % {"choices": ", ".join(field.choices)})
    return typed


def _yes_no(_field, typed) -> bool:
    if typed not in (True, False, YES, NO):
        raise Wrong(_("Choose yes or no."))
    return typed in (True, YES)


READERS = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _yes_no,
}


def typed_value(value) -> str:
    """A kept value as its control holds it."""
    if isinstance(value, bool):
        return YES if value else NO
    return "" if value is None else str(value)


def told_value(field: PatientField, value) -> str:
    """A kept value in words of the reader's language; empty when there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.kind == Kind.NUMBER:
        return localize(value)
    return date_format(date.fromisoformat(value)) if field.kind == Kind.DATE else str(value)
