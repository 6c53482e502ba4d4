"""What messages cost: only what the clinic's own rate card says, for the patient's market and the template's kind."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from clinics.models import Role
from clinics.refusal import Refused
from inbox import rates
from inbox.models import RateCard
from inbox.operations import rating
from inbox.rate_forms import read_card
from tests.factories import make_conversation, make_identity, make_member, make_message

from .screens import HTMX, signed_in
from .templates import make_template

CARD = """Prices in USD; made up for this test
Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service
Spain,$US,0.1234,0.0456,0.0456,n/a,n/a
Rest of Elsewhere,$US,0.5,0.0078,n/a,n/a,n/a
"""
PRICES = {
    "Spain": {"marketing": "0.1234", "utility": "0.0456", "authentication": "0.0456"},
    "Rest of Elsewhere": {"marketing": "0.5", "utility": "0.0078"},
}


@pytest.fixture
def admin(clinic):
    return make_member("Olga Owner", Role.ADMIN)


@pytest.fixture
def pepa(clinic):
    return make_conversation(make_identity(wa_id="34600000001"))


def keep(admin, since=None, prices=PRICES) -> RateCard:
    return rating.keep_card(since or timezone.localdate(), "USD", prices, by=admin)


def picker(member, conversation) -> str:
    url = f"/conversations/{conversation.pk}/templates/"
    return signed_in(member).get(url, headers=HTMX).content.decode()


def test_a_name_that_a_spreadsheet_broke_into_lines_is_one():
    told = 'Market,Marketing,Utility\r\n"Rest of\r\nElsewhere",0.5,0.0078\r\n\r\nSpain,0.1,0.2\r\n'

    assert list(read_card(told)[0]) == ["Rest of Elsewhere", "Spain"]


def test_a_card_is_read_below_its_headline_with_what_it_has_no_price_for_left_out():
    assert read_card(CARD) == (PRICES, "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Market;Currency;Marketing;Utility\nSpain;EUR;0,5;€ 0,25", ({"Spain": ("0.5", "0.25")}, "EUR")),
        ('Market,Marketing,Utility\nSpain,"1,234.5","0,125"', ({"Spain": ("1234.5", "0.125")}, "")),
        ("Market;Marketing;Utility\nSpain;1.234,5;12", ({"Spain": ("1234.5", "12")}, "")),
        ('Market,Marketing,Utility\nSpain,"1,234",2', None),
        ('Market,Marketing,Utility\nSpain,"1,234,567",2', None),
        ("Market;Marketing;Utility\nSpain;12.345.678;2", None),
        ("Market;Marketing;Utility\nSpain;1.2.3;2", None),
        ("Market;Marketing;Utility\nSpain;1.2.3,4;2", None),
        ("Market;Marketing;Utility\nSpain;1.234.567,5;2", None),  # dearer than anything
        ("x" * 140_000, None),
        ("Market,Marketing,Utility\n" + "x" * 140_000, None),
        ("market\tmarketing\tutility\n Rest  of\tno\t1\nSpain\t1\t2", None),
        ("Market,Marketing,Utility\nSpain,-1,2", None),
        ("Market,Marketing,Utility\nSpain,NaN,2", None),
        ("Market,Marketing,Utility\nSpain,1e9,2", None),
        ("Market,Marketing,Utility\nSpain,n/a,n/a", None),
        ("Country,Price\nSpain,1", None),
        ("", None),
    ],
)
def test_other_separators_are_read_and_what_is_no_card_is_refused(text, told):
    if told is None:
        with pytest.raises(forms.ValidationError):
            read_card(text)
    else:
        prices, currency = read_card(text)
        read = {market: (each["marketing"], each["utility"]) for market, each in prices.items()}
        assert (read, currency) == told


def test_the_picker_shows_about_what_a_template_costs_in_the_patients_country(member, admin, pepa):
    make_template(pepa.channel)
    make_template(pepa.channel, name="offers", category="MARKETING")
    keep(admin)

    page = picker(member, pepa)

    assert ("about $0.046" in page, "about $0.12" in page) == (True, True)
    assert "Spain" in page


def test_without_a_card_there_is_no_price_and_only_admins_are_told_where_to_enter_one(member, admin, pepa):
    make_template(pepa.channel)

    assert ("about $" in picker(member, pepa), "/settings/rates/" in picker(member, pepa)) == (False, False)
    assert "Enter the clinic" in picker(admin, pepa)


def test_a_country_without_a_row_has_no_price_until_somebody_says_its_market(member, admin):
    tiago = make_conversation(make_identity(wa_id="351910000001"))
    make_template(tiago.channel)
    card = keep(admin)
    assert rates.countries_without_market(card) == [("PT", 1)]
    assert "about $" not in picker(member, tiago)

    rating.place_country("PT", "Rest of Elsewhere", by=admin)

    assert "about $0.0078" in picker(member, tiago)
    keep(admin, since=timezone.localdate() + timedelta(days=1))
    assert RateCard.objects.latest("since").countries == {"PT": "Rest of Elsewhere"}
    with pytest.raises(Refused):
        rating.place_country("PT", "Nowhere", by=admin)


def test_nothing_is_charged_to_answer_who_came_from_an_ad(member, admin, pepa):
    make_template(pepa.channel)
    keep(admin)
    pepa.entry_point_until = timezone.now() + timedelta(hours=1)
    pepa.save()

    page = picker(member, pepa)

    assert (">free<" in page, "about $" in page) == (True, False)


def test_each_day_has_the_card_that_holds_then(admin):
    today = timezone.localdate()
    dearer = {"Spain": {"utility": "2"}}
    keep(admin, since=today - timedelta(days=2))
    keep(admin, since=today + timedelta(days=2), prices=dearer)

    assert rates.card_of(today).prices == PRICES
    assert rates.card_of(today + timedelta(days=2)).prices == dearer
    assert rates.card_of(today - timedelta(days=3)) is None


def test_why_a_message_was_sent_tells_about_what_it_cost(member, admin, pepa):
    told = {"type": "regular", "category": "utility"}
    charged = make_message(pepa, "Friday", "out", kind="template", state="read", pricing=told)
    free = make_message(pepa, "Yes", "out", state="read", pricing=told | {"type": "free_customer_service"})
    keep(admin)

    pages = [signed_in(member).get(f"/messages/{each.pk}/why/").content.decode() for each in (charged, free)]

    assert ["about $0.046" in page for page in pages] == [True, False]


@pytest.mark.parametrize(
    ("language", "amount", "shown"),
    [("en", "0.0346", "$0.035"), ("en", "0.0008", "$0.0008"), ("en", "12.5", "$12.50"), ("en", "0", "$0.00")],
)
def test_an_amount_has_two_digits_that_say_something(language, amount, shown):
    with translation.override(language):
        assert rates.money(Decimal(amount), "USD") == shown


@pytest.mark.parametrize("language", ["es", "pt", "ar", "zh-hans", "ms"])
def test_an_amount_is_written_as_the_readers_language_does(language):
    with translation.override(language):
        shown = rates.money(Decimal("0.0346"), "USD")

    assert "35" in shown.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789"))
    assert rates.country_name("ES", language)


def test_a_file_is_handed_in_and_a_card_is_removed(admin):
    browser, today = signed_in(admin), timezone.localdate().isoformat()
    file = SimpleUploadedFile("card.csv", b"\xef\xbb\xbf" + CARD.encode())

    without = browser.post("/settings/rates/", {"since": today, "rows": CARD}, headers=HTMX).content.decode()
    assert "which currency" in without
    browser.post("/settings/rates/", {"since": today, "currency": "usd", "card": file})
    assert RateCard.objects.get().prices == PRICES
    browser.post("/settings/rates/", {"off": today})

    assert not RateCard.objects.exists()


def test_a_currency_that_is_not_the_cards_own_is_asked_about(admin):
    browser, day = signed_in(admin), {"since": timezone.localdate().isoformat()}
    card = {"rows": "Market,Currency,Marketing,Utility\nSpain,USD,0.5,0.25"}

    other = browser.post("/settings/rates/", day | card | {"currency": "EUR"}, headers=HTMX).content.decode()

    assert ("The card says USD" in other, RateCard.objects.exists()) == (True, False)
    browser.post("/settings/rates/", day | card | {"currency": "usd"})
    assert RateCard.objects.get().currency == "USD"


def test_agents_do_not_change_prices(member):
    card = {"since": "2026-10-01", "currency": "USD", "rows": CARD}

    answer = signed_in(member).post("/settings/rates/", card)

    assert (answer.status_code, RateCard.objects.exists()) == (403, False)


def test_what_is_wrong_in_a_pasted_card_is_said_beside_it(admin):
    told = {"since": "2026-11-26", "currency": "USD", "rows": "Market,Marketing,Utility\nSpain,abc,0.02"}

    page = signed_in(admin).post("/settings/rates/", told).text

    (field,) = re.findall(r'<(?:input|textarea)[^>]*aria-invalid="true"[^>]*>', page)
    assert 'name="rows"' in field
    assert "“abc” in the row Spain is no price." in page
