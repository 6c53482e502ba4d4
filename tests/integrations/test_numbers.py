"""Numbers are matched across their variants, and two people never become one."""

import pytest

from integrations.whatsapp.numbers import display, is_user_id, matching_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5531991234567", "553191234567"),  # Brazil, with and without the ninth digit
        ("5511987654321", "551187654321"),
        ("5215512345678", "525512345678"),  # Mexico, with and without the 1
        ("5491123456789", "541123456789"),  # Argentina, with and without the 9
        ("54111523456789", "541123456789"),  # Buenos Aires with 15
        ("54221154567890", "542214567890"),  # three-digit area with 15
        ("54296615456789", "542966456789"),  # four-digit area with 15
    ],
)
def test_variants_of_one_number_match(one, other):
    assert matching_key(one) == matching_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5511931234567", "551131234567"),  # a newer mobile number and a land line of São Paulo
        ("551131234567", "551141234567"),
        ("12025550143", "12025550144"),
        ("447700900123", "44447700900123"),
        ("525512345678", "525512345679"),
    ],
)
def test_different_numbers_stay_apart(one, other):
    assert matching_key(one) != matching_key(other)


@pytest.mark.parametrize("wa_id", ["12025550143", "447700900123", "905321234567", "", "PHONE_NUMBER"])
def test_other_numbers_are_their_own_key(wa_id):
    assert matching_key(wa_id) == wa_id


@pytest.mark.parametrize("value", ["US.13491208655302741918", "US.ENT.11815799212886844830", "BR.a"])
def test_a_user_id_is_recognised(value):
    assert is_user_id(value)


@pytest.mark.parametrize(
    "value", ["", "US.", "us.123", "USA.123", "12025550143", "US.12-3", "US." + "1" * 129, "US.1\n"]
)
def test_what_is_no_user_id_is_not(value):
    assert not is_user_id(value)


@pytest.mark.parametrize(
    ("wa_id", "shown"),
    [("447700900123", "+44 7700 900123"), ("12025550143", "+1 202-555-0143"), ("PHONE", "PHONE"), ("", "")],
)
def test_a_number_is_shown_as_its_country_writes_it(wa_id, shown):
    assert display(wa_id) == shown
