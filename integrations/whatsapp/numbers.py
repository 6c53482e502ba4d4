"""WhatsApp's names for people: number variants for matching, user ids, numbers as shown."""

import re

import phonenumbers

# https://developers.facebook.com/documentation/business-messaging/whatsapp/ (business-scoped user ids)
USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")


def is_user_id(value: str) -> bool:
    """The value is a business-scoped user id, to be used letter by letter."""
    return USER_ID.fullmatch(value) is not None


def matching_key(wa_id: str) -> str:
    """One key for all ways of writing a number. For comparing only: never store it as a number or send to it.

    Brazil put a 9 before its older mobile numbers (which began with 6 to 9; without it others would meet a land
    line) that WhatsApp may leave out, Mexico a 1 after 52, Argentina a 9 after 54 or a 15 after the area code.
    """
    if wa_id.startswith("55") and len(wa_id) == 13 and wa_id[4] == "9" and wa_id[5] in "6789":
        return wa_id[:4] + wa_id[5:]
    if wa_id.startswith("521") and len(wa_id) == 13:
        return "52" + wa_id[3:]
    if wa_id.startswith("54"):
        return _argentinian_key(wa_id)
    return wa_id


def _argentinian_key(wa_id: str) -> str:
    if wa_id.startswith("549") and len(wa_id) == 13:
        return "54" + wa_id[3:]
    if len(wa_id) == 14:  # 54, an area code of 2 to 4 digits, 15, and the rest of ten digits
        for area in (2, 3, 4):
            if wa_id[2 + area : 4 + area] == "15" and _is_area(wa_id[2 : 2 + area]):
                return wa_id[: 2 + area] + wa_id[4 + area :]
    return wa_id


def _is_area(code: str) -> bool:
    # 11 is Buenos Aires; the other codes have three or four digits and start with 2 or 3.
    return code == "11" if len(code) == 2 else code[0] in "23"


def display(wa_id: str) -> str:
    """The number as people of its country write it abroad, e.g. +44 7700 900123; unchanged when it is no number."""
    try:
        parsed = phonenumbers.parse(f"+{wa_id}")
    except phonenumbers.NumberParseException:
        return wa_id
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
