"""How each language writes days and times. A folder per language, as Django's FORMAT_MODULE_PATH wants it.

Every one has the same names: `{{ at|date:"MOMENT" }}`, `date_format(at, "MOMENT")`. A name that a language lacks would
show as itself, so tests/test_translations.py looks that none does.
"""

from django.utils.translation import gettext_noop

# Django's own names, here once more because some of its translations write them with a capital letter.
MONTHS = (
    gettext_noop("January"),
    gettext_noop("February"),
    gettext_noop("March"),
    gettext_noop("April"),
    gettext_noop("May"),
    gettext_noop("June"),
    gettext_noop("July"),
    gettext_noop("August"),
    gettext_noop("September"),
    gettext_noop("October"),
    gettext_noop("November"),
    gettext_noop("December"),
)
WEEKDAYS = (
    gettext_noop("Monday"),
    gettext_noop("Tuesday"),
    gettext_noop("Wednesday"),
    gettext_noop("Thursday"),
    gettext_noop("Friday"),
    gettext_noop("Saturday"),
    gettext_noop("Sunday"),
)
NAMES = (
    "DATE_FORMAT",  # a day with its year, in figures and a short month
    "DAY",  # the same in this year
    "MOMENT",  # a day and hour in this year
    "MOMENT_YEAR",
    "LONG_DAY",  # with its weekday, in words
    "LONG_DAY_YEAR",
    "FULL_MOMENT",  # a day in words and its hour
    "WEEKDAY_TIME",  # within a week
    "LONG_WEEKDAY_TIME",
    "MOMENT_EXACT",  # to the second
    "MOMENT_YEAR_EXACT",
)
