"""What messages cost: the clinic's rate cards, and which countries belong to which of their markets."""

import re

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.settings_pages import admin_settings, attempt, show

from ..models import RateCard
from ..operations import rating
from ..rate_forms import RateCardForm
from ..rates import card_of, countries_without_market, country_name, market_of

COUNTRY = re.compile("[A-Z]{2}")


@admin_settings
def rates(request):
    """GET shows the cards; POST keeps one, or with `off` drops the one of that day."""
    if request.method != "POST":
        return _show(request, _empty())
    form = RateCardForm(request.POST, request.FILES)
    if "off" in request.POST:
        return _drop(request)
    if not form.is_valid():
        return _show(request, form)
    told = form.cleaned_data
    rating.keep_card(told["since"], told["currency"], told["prices"], by=request.member)
    return _show(request, _empty(), saved=_("Saved"))


@require_POST
@admin_settings
def country(request):
    """Say to which market a country belongs."""
    code, market = request.POST.get("country", ""), request.POST.get("market", "").replace("\0", "")
    if not COUNTRY.fullmatch(code):
        return _show(request, _empty())
    problem = attempt(rating.place_country, code, market, by=request.member)
    return _show(request, _empty(), problem=problem, saved="" if problem else _("Saved"))


def _drop(request):
    try:
        day = forms.DateField().clean(request.POST["off"])
    except forms.ValidationError:
        return _show(request, _empty())
    rating.drop_card(day, by=request.member)
    return _show(request, _empty(), saved=_("Saved"))


def _empty() -> RateCardForm:
    return RateCardForm(initial={"since": timezone.localdate()})


def _show(request, form, **context):
    card = card_of(timezone.localdate())
    places = []
    if card:
        missing = countries_without_market(card)
        places = [(code, country_name(code), count, "") for code, count in missing]
        places += [(code, country_name(code), 0, market_of(code, card)) for code in sorted(card.countries)]
    cards = list(RateCard.objects.order_by("-since"))
    return show(request, "rates", form=form, cards=cards, card=card, places=places, **context)
