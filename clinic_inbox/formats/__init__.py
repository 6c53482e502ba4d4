"""How each language writes days and times. A folder per language, as Django's FORMAT_MODULE_PATH wants it.

Every one has the same names: `{{ at|date:"MOMENT" }}`, `date_format(at, "MOMENT")`. A name that a language lacks would
show as itself, so tests/test_translations.py looks that none does.
"""

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
