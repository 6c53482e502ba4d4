"""What a message to a patient costs, by the clinic's own rate card. Without one nothing is known.

The provider bills by the recipient's country and the kind of message; which countries its regions hold is not ours to
say, so the clinic says it: https://developers.facebook.com/docs/whatsapp/pricing
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import phonenumbers
from babel import Locale
from babel.numbers import format_currency
from django.utils import timezone
from django.utils.translation import get_language, to_locale

from contacts.models import Identity

from .models import Conversation, Message, RateCard

LOOKED_AT = 2_000  # patients, for the countries that need a market
# Our names of the kinds, and those in statuses, as the columns of a card are called.
COLUMNS = {"marketing_lite": "marketing", "authentication_international": "authentication-international"}


@dataclass(frozen=True)
class Prices:
    """What messages to one patient cost at one time; without a card or a market nothing is known."""

    card: RateCard | None
    country: str = ""
    market: str = ""
    is_free: bool = False  # they came from an ad, within the last 72 hours

    def of(self, category: str) -> str:
        """About what one of this kind costs otherwise, written for the reader; "" when it is not known."""
        if self.card is None:
            return ""
        column = COLUMNS.get(category.lower(), category.lower())
        price = self.card.prices.get(self.market, {}).get(column)
        return money(Decimal(price), self.card.currency) if price is not None else ""


def card_of(day: date) -> RateCard | None:
    """The card that holds on a day."""
    return RateCard.objects.filter(since__lte=day).order_by("-since").first()


def prices_now(conversation: Conversation) -> Prices:
    """What templates to this patient cost now."""
    until = conversation.entry_point_until
    is_free = until is not None and until > timezone.now()
    return _prices(conversation, timezone.localdate(), is_free)


def price_of(message: Message) -> str:
    """About what a message cost that the provider says it charges for; "" when that is not known."""
    told = message.pricing
    if told.get("type") != "regular" or not told.get("category"):
        return ""
    return _prices(message.conversation, timezone.localdate(message.sent_at), False).of(told["category"])


def market_of(country: str, card: RateCard) -> str:
    """The market of a country: as the clinic said, or the one of its name; "" when neither is."""
    said = card.countries.get(country, "")
    if said in card.prices:
        return said
    name = country_name(country, "en").casefold()
    return next((market for market in card.prices if market.casefold() == name), "")


def countries_without_market(card: RateCard) -> list[tuple[str, int]]:
    """The countries of the newest patients that belong to no market, with how many patients, the most first.

    Those of which the clinic said something are left out.
    """
    numbers = Identity.objects.exclude(wa_id=None).exclude(wa_id="").order_by("-pk")
    counted = Counter(country_of(each) for each in numbers.values_list("wa_id", flat=True)[:LOOKED_AT])
    counted.pop("", None)
    named = [(each, count) for each, count in counted.most_common() if each not in card.countries]
    return [(each, count) for each, count in named if not market_of(each, card)]


def country_of(wa_id: str | None) -> str:
    """The country of a number, two letters; "" when it is not known."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(f"+{wa_id}")) or "" if wa_id else ""
    except phonenumbers.NumberParseException:
        return ""


def country_name(country: str, language: str = "") -> str:
    """As the reader calls it, or in another language."""
    return _locale(language or get_language()).territories.get(country, country)


def money(amount: Decimal, currency: str) -> str:
    """An amount as the reader writes it: two digits that say something, two places at least."""
    places = max(2, 1 - amount.adjusted()) if amount else 2
    rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return format_currency(
        rounded, currency, locale=_locale(get_language()), decimal_quantization=False, format_type="standard"
    )


def _prices(conversation: Conversation, day: date, is_free: bool) -> Prices:
    country, card = country_of(conversation.identity.wa_id), card_of(day)
    market = market_of(country, card) if card and country else ""
    return Prices(card, country, market, is_free)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))
