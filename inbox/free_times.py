"""A time as people write it ("in 2 hours", "tomorrow 9", "friday", "next week", "26 nov 14:00"), in six languages.

A small grammar of our own: what is not understood wholly is not understood at all, and whoever asks shows what was
understood before anything is done with it.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone, translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR

from .time_words import SAME, WORDS

LONGEST = 60
MORNING = time(9)
PARTS = {"morning": 9, "noon": 12, "afternoon": 15, "evening": 18}
NUMERALS = {each: at for at, each in enumerate("零一二三四五六七八九十")} | {"两": 2}
NUMBER = "[0-9]{1,3}|[一二两三四五六七八九十]{1,3}"
WITHOUT_SPACES = "zh-hans"


@dataclass
class _Said:
    """What is still to be read, and what was read of it."""

    text: str
    language: str
    day: date | None = None
    hour: int | None = None
    minute: int = 0
    part: str = ""
    length: timedelta = timedelta()
    is_exact: bool = False  # the length has hours or minutes
    is_bare: bool = False  # an hour without anything that says of which half of the day

    def take(self, pattern: str):
        """The first match, which is then no longer there; None when there is none."""
        found = re.search(pattern, self.text)
        if found:
            self.text = f"{self.text[: found.start()]} {self.text[found.end() :]}"
        return found

    def take_word(self, *names: str, before: str = "", after: str = ""):
        """The same for one of the language's words."""
        words = "|".join(WORDS[self.language][name] for name in names)
        return self.take(before + _alone(f"(?:{words})", self.language) + after)


def read(text: str, now: datetime, language: str) -> datetime | None:
    """The moment that a text names, in the time zone of `now`; None for what is not understood, or does not exist."""
    asked = language.lower() if language.lower() in WORDS else language.lower().split("-")[0]
    for each in dict.fromkeys((asked, "en")):
        if each in WORDS and (moment := _read(_Said(plain(text[:LONGEST], each), each), now)):
            return moment
    return None


def plain(text: str, language: str = "en") -> str:
    """In small letters, without accents, with European digits."""
    letters = unicodedata.normalize("NFKD", text.lower())
    letters = (
        "".join(each for each in letters if not unicodedata.combining(each))
        .replace("ة", "ه")
        .replace("ى", "ي")
    )
    letters = "".join(str(unicodedata.digit(each)) if each.isdigit() else each for each in letters)
    for word, same in SAME.get(language, {}).items():
        letters = re.sub(_alone(word, language), same, letters)
    return re.sub(r"\s+", " ", letters).strip()


def _read(said: _Said, now: datetime) -> datetime | None:
    if not said.text:
        return None
    try:
        _read_parts(said)
        _read_named_days(said, now)
        _read_lengths(said)
        _read_dates(said, now)
        _read_weekdays(said, now)
        _read_hours(said)
        while said.take_word("filler", "at", "in"):
            pass
        return None if said.text.strip(" .-") else _moment(said, now)
    except (ValueError, OverflowError, KeyError):  # the 31st of June, 25 o'clock, 两三天
        return None


def _moment(said: _Said, now: datetime) -> datetime | None:
    if said.is_exact:
        is_alone = said.day is None and said.hour is None and not said.part
        return (now.astimezone(UTC) + said.length).astimezone(now.tzinfo) if is_alone else None
    day = said.day
    if said.length:
        if day is not None:
            return None
        day = (now + said.length).date()
    hour, minute = _hour_of(said)
    if hour is None:
        if day is None or (day == now.date() and not said.part):
            return None
        return _at(day, MORNING, now)
    wish = time(hour, minute)
    if day is None:
        day = now.date() if _at(now.date(), wish, now) > now else now.date() + timedelta(days=1)
    return _at(day, wish, now)


def _hour_of(said: _Said) -> tuple[int | None, int]:
    if said.hour is None:
        return (PARTS[said.part], 0) if said.part else (None, 0)
    hour = said.hour
    is_late = said.part in ("afternoon", "evening") and hour < 12
    is_meant_late = (
        not said.part and said.is_bare and 1 <= hour <= 6
    )  # clinics are closed at three in the night
    return hour + 12 if is_late or is_meant_late else hour, said.minute


def _at(day: date, hour: time, now: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour), now.tzinfo)


def _read_parts(said: _Said) -> None:
    for name in PARTS:
        if said.take_word(name):
            said.part = name
            return


def _read_named_days(said: _Said, now: datetime) -> None:
    today = now.date()
    monday = today + timedelta(days=7 - today.weekday())
    if said.language == WITHOUT_SPACES and (found := said.take(r"下(?:个)?星期([一二三四五六日])")):
        said.day = monday + timedelta(days="一二三四五六日".index(found[1]))
        return
    days = {
        "after_tomorrow": today + timedelta(days=2),
        "tomorrow": today + timedelta(days=1),
        "today": today,
    }
    days |= {"next_week": monday, "next_month": (today.replace(day=1) + timedelta(days=32)).replace(day=1)}
    for name, day in days.items():
        if said.take_word(name):
            said.day = day
            return


def _read_lengths(said: _Said) -> None:
    units = {"minute": 1, "hour": 60, "day": 1440, "week": 7 * 1440, "month": 30 * 1440}
    words = WORDS[said.language]
    is_ahead = said.take_word("in", after=r"(?=\s*(?:[0-9一二两三四五六七八九十]|\w))")
    is_clock = said.day is not None or re.search(
        _alone(f"(?:{words['at']})", said.language) + r"\s*\d", said.text
    )
    for name, minutes in units.items():
        if name == "hour" and is_clock and not is_ahead:  # "9h" is an hour of the day
            continue
        gap = "" if said.language == WITHOUT_SPACES else " "  # "am" is no minute
        many = rf"(?:({NUMBER})\s*|({words['half']}|{words['one']}){gap})(?:{words[name]})"
        found = said.take(_alone(many, said.language))
        if not found and is_ahead and not said.length and said.language == "ar":  # "in hour" is in an hour
            found = said.take_word(name)
        if found:
            said.length += timedelta(minutes=minutes * _count(found, words))
            said.is_exact |= name in ("minute", "hour")
    if said.length:
        said.take_word("later")


def _count(found: re.Match, words: dict) -> float:
    number, word = (found[1], found[2]) if found.re.groups else (None, None)
    if number:
        return _number(number)
    return 0.5 if re.fullmatch(words["half"], word or "") else 1


def _number(text: str) -> int:
    """Also of Chinese numerals up to 99."""
    if text.isdecimal():
        return int(text)
    tens, mark, ones = text.rpartition("十")
    return (NUMERALS[tens] if tens else 1) * 10 + (NUMERALS[ones] if ones else 0) if mark else NUMERALS[text]


def _read_dates(said: _Said, now: datetime) -> None:
    months, ordinal = _names(MONTHS, MONTHS_3, said.language), "(?:st|nd|rd|th|o|º)?"
    names = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    if found := said.take(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b"):
        said.day = date(int(found[1]), int(found[2]), int(found[3]))
    elif found := said.take(rf"({NUMBER})月({NUMBER})(?:日|号)?"):
        said.day = _coming(_number(found[1]), _number(found[2]), None, now)
    elif found := said.take(r"\b(\d{1,2})(?:/(\d{1,2})(?:/(\d{4}))?\b|\.(\d{1,2})\.(\d{4})?)"):
        said.day = _coming(int(found[2] or found[4]), int(found[1]), found[3] or found[5], now)
    elif found := said.take(
        rf"\b(\d{{1,2}}){ordinal}\s*(?:of|de)?\s*({names})\b\.?(?:\s*(?:de|,)?\s*(\d{{4}}))?"
    ):
        said.day = _coming(months[found[2]], int(found[1]), found[3], now)
    elif found := said.take(rf"\b({names})\b\.?\s*(\d{{1,2}}){ordinal}\b(?!:)(?:,?\s*(\d{{4}}))?"):
        said.day = _coming(months[found[1]], int(found[2]), found[3], now)


def _coming(month: int, day: int, year: str | None, now: datetime) -> date:
    if year:
        return date(int(year), month, day)
    this = date(now.year, month, day)
    return this if this >= now.date() else date(now.year + 1, month, day)


def _read_weekdays(said: _Said, now: datetime) -> None:
    days = _names(WEEKDAYS, WEEKDAYS_ABBR, said.language)
    names = "|".join(sorted(map(re.escape, days), key=len, reverse=True))
    found = said.day is None and said.take(_alone(f"({names})", said.language) + r"\.?")
    if found:
        ahead = (days[found[1]] - now.weekday() - 1) % 7 + 1  # never today: that is said otherwise
        said.day = now.date() + timedelta(days=ahead)


def _read_hours(said: _Said) -> None:
    found = said.take(rf"({NUMBER})\s*[点點时](?:\s*(半|{NUMBER})\s*分?)?")
    found = found or said.take(r"\b(\d{1,2})\s*[:h.]\s*(\d{2})\b(?:\s*h\b)?")
    is_bare = not found or not found[2]
    found = found or said.take(r"\b(\d{1,2})()(?:\s*h|(?=\D|$))")
    if not found:
        return
    said.hour, said.is_bare = _number(found[1]), is_bare
    said.minute = 30 if found[2] == "半" else _number(found[2]) if found[2] else 0
    half = "am" if said.take_word("am") else "pm" if said.take_word("pm") else ""
    if half:
        said.hour, said.is_bare = said.hour % 12 + (12 if half == "pm" else 0), False


def _names(long: dict, short: dict, language: str) -> dict[str, int]:
    """The names of months or of days of the week, long and short, with their numbers."""
    named = {}
    with translation.override(language):
        for names in (short, long):
            for number, name in names.items():
                word = plain(str(name), language).strip(".")
                named |= {word: number, word.split("-")[0]: number}
    return named


def _alone(words: str, language: str) -> str:
    """The words where they are not part of a longer one. Chinese leaves no room between words."""
    return words if language == WITHOUT_SPACES else rf"(?<![^\W\d]){words}(?!\w)"
