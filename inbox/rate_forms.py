"""The provider's rate card as the clinic hands it in: a file or pasted rows, comma-separated or tab-separated."""

import csv
import re
from decimal import Decimal, InvalidOperation
from itertools import islice

from babel.numbers import list_currencies
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_ROWS, LONGEST_NAME = 400, 60
LARGEST_FILE = 200_000  # bytes
DEAREST = Decimal(1_000_000)
NEEDED = ("market", "marketing", "utility")  # a card's columns, whatever else it has
NO_PRICE = {"", "-", "--", "n/a", "na"}
CODE = re.compile("[A-Z]{3}")
PRICE = re.compile(r"[^\d.,+-]*([\d.,]+)[^\d.,]*")  # a sign of the currency on either side
THOUSANDS = re.compile(r"\d*|\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3})+")


class RateCardForm(forms.Form):
    """One card: from which day it holds, and its rows."""

    since = forms.DateField(
        label=gettext_lazy("Holds from"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        help_text=gettext_lazy("Three letters, such as USD, unless the card says it so."),
        max_length=3,
        required=False,
    )
    card = forms.FileField(label=gettext_lazy("The card as a CSV file"), required=False)
    rows = forms.CharField(
        label=gettext_lazy("Or its rows"),
        widget=forms.Textarea({"rows": 8, "spellcheck": "false"}),
        max_length=LARGEST_FILE,
        required=False,
    )

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].upper()
        if code and code not in list_currencies():
            raise forms.ValidationError(_("This currency is not known."))
        return code

    def clean_card(self) -> str:
        """The file's text."""
        file = self.cleaned_data["card"]
        if not file:
            return ""
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("This file is too large for a rate card."))
        try:
            return file.read().decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            raise forms.ValidationError(_("This file is not text.")) from problem

    def clean(self) -> dict:
        """With `prices`, market by market, and the currency that the card or the form tells."""
        told = super().clean()
        if self.errors:
            return told
        try:
            prices, currency = read_card(told["card"] or told["rows"])
        except forms.ValidationError as problem:
            self.add_error("card" if told["card"] else "rows", problem)
            return told
        typed = told["currency"]
        told |= {"prices": prices, "currency": currency or typed}
        if typed and typed != told["currency"]:
            said = _("The card says %(currency)s. Leave this empty, or hand in the card that is meant.")
            self.add_error("currency", said % {"currency": currency})
        elif not told["currency"]:
            self.add_error("currency", _("Say in which currency the card is: three letters, such as USD."))
        return told


def read_card(text: str) -> tuple[dict[str, dict[str, str]], str]:
    """The prices of a card, by market and category, and its currency if it says that in three letters.

    Lines above the one with the columns' names are passed over. Raises ValidationError for what is no rate card.
    """
    try:
        lines = text.replace("\0", "").splitlines(keepends=True)
        return _read_lines([line for line in lines if line.strip()])
    except csv.Error as problem:  # such as a field longer than csv takes
        raise _no_card() from problem


def _read_lines(lines: list[str]) -> tuple[dict[str, dict[str, str]], str]:
    for at, line in enumerate(lines):
        sign = max(",;\t", key=line.count)
        columns = [each.strip().casefold() for each in next(csv.reader([line], delimiter=sign))]
        if all(name in columns for name in NEEDED):
            rows = csv.DictReader(lines[at + 1 :], columns, delimiter=sign)
            return _read_rows(list(islice(rows, MOST_ROWS)), columns)
    raise _no_card()


def _no_card() -> forms.ValidationError:
    return forms.ValidationError(
        _("This is no rate card: it needs a line with the columns Market, Marketing and Utility.")
    )


def _read_rows(rows: list[dict], columns: list[str]) -> tuple[dict[str, dict[str, str]], str]:
    prices, currencies = {}, set()
    for row in rows:
        market = " ".join((row["market"] or "").split())[:LONGEST_NAME]
        if not market:
            continue
        currencies.add((row.get("currency") or "").strip().upper())
        read = {name: _price(row[name], market) for name in columns if name not in ("market", "currency", "")}
        prices[market] = {name: price for name, price in read.items() if price}
    if not any(prices.values()):
        raise forms.ValidationError(_("This rate card has no prices."))
    only = currencies.pop() if len(currencies) == 1 else ""
    return prices, only if CODE.fullmatch(only) and only in list_currencies() else ""


def _price(text: str | None, market: str) -> str:
    """A price as a decimal in plain digits; "" where the card has none. Raises ValidationError."""
    said = (text or "").strip()
    if said.casefold() in NO_PRICE:
        return ""
    found = PRICE.fullmatch(said)
    try:
        price = Decimal(_plain(found[1]) if found else "no")
    except InvalidOperation:
        price = DEAREST
    if price >= DEAREST:
        raise forms.ValidationError(
            _("“%(text)s” in the row %(market)s is no price.") % {"text": said[:30], "market": market}
        )
    return f"{price:f}"


def _plain(number: str) -> str:
    """With a point before the decimals and nothing between the thousands; "no" when either could be meant."""
    whole, sign, decimals = re.match(r"(.*?)(?:([.,])(\d*))?$", number).groups()
    if not THOUSANDS.fullmatch(whole) or (sign and sign in whole):
        return "no"  # 1,234,567 or 1.2.3: the last sign is none before decimals
    if sign == "," and len(decimals) == 3 and whole.strip("0") and whole.isdecimal():
        return "no"  # 1,234: more than a thousand, or a little more than one
    return f"{re.sub('[.,]', '', whole)}.{decimals}" if sign else whole
