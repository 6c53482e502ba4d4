"""What messages cost, as admins enter it from the provider's rate card. All run inside clinic_scope()."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member
from clinics.refusal import Refused

from ..models import RateCard


def keep_card(since: date, currency: str, prices: dict[str, dict[str, str]], *, by: Member) -> RateCard:
    """Keep the prices that hold from a day on; another card of that day is replaced.

    Which countries belong to which market is taken over from the card before.
    """
    before = RateCard.objects.filter(since__lte=since).order_by("-since").first()
    told = {"currency": currency, "prices": prices, "changed_at": timezone.now()}
    told["countries"] = before.countries if before else {}
    card, _is_new = RateCard.objects.update_or_create(since=since, defaults=told)
    audit.record("rates.changed", member=by, detail={"day": since.isoformat(), "count": len(prices)})
    return card


def drop_card(since: date, *, by: Member) -> None:
    """The card before it holds again."""
    if RateCard.objects.filter(since=since).delete()[0]:
        audit.record("rates.dropped", member=by, detail={"day": since.isoformat()})


def place_country(country: str, market: str, *, by: Member) -> None:
    """Say to which market of every card a country belongs; "" for none. Raises Refused for a market that is on none."""
    cards = list(RateCard.objects.select_for_update().order_by("since"))
    if market and not any(market in card.prices for card in cards):
        raise Refused(_("This market is on no rate card."))
    for card in cards:
        others = {each: name for each, name in card.countries.items() if each != country}
        card.countries = others | ({country: market} if market else {})
    RateCard.objects.bulk_update(cards, ["countries"])
    audit.record("rates.changed", member=by, detail={"code": country, "after": market})
