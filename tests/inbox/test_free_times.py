"""Times in free words: what is understood, in every language of the screens, and that nothing is guessed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone, translation

from inbox.free_times import read
from inbox.views.times import examples
from tests.factories import make_member

from .screens import signed_in

NOW = datetime(2026, 11, 25, 10, 20, 40, tzinfo=ZoneInfo("Europe/Madrid"))  # a Wednesday
URL = "/conversations/times/"
IN_TWO_HOURS, TOMORROW_9, FRIDAY = "25 12:20", "26 09:00", "27 09:00"
NEXT_MONDAY, AFTER_LUNCH = "30 09:00", "26 14:00"
SAID = {
    "en": {
        IN_TWO_HOURS: ("in 2 hours", "2h", "120 minutes", "two hours from now".replace("two", "2")),
        TOMORROW_9: ("tomorrow 9", "Tomorrow at 9am", "tomorrow morning", "9", "26/11", "thu 9.00"),
        FRIDAY: ("friday", "next Friday", "fri 9", "27 nov", "day after tomorrow", "in 2 days"),
        NEXT_MONDAY: ("next week", "monday", "Nov 30th"),
        AFTER_LUNCH: ("26 nov 14:00", "nov 26 2pm", "tomorrow 2", "2026-11-26 14:00", "tomorrow at 2 p.m."),
        "25 10:50": ("half an hour", "30 min"),
        "25 18:00": ("this evening", "tonight", "today 6pm"),
    },
    "es": {
        IN_TWO_HOURS: ("en 2 horas", "dentro de 2 horas"),
        TOMORROW_9: ("mañana 9", "mañana a las 9 de la mañana", "mañana por la mañana", "a las 9"),
        FRIDAY: ("viernes", "el viernes a las 9h", "pasado mañana"),
        NEXT_MONDAY: ("la próxima semana", "la semana que viene", "lunes"),
        AFTER_LUNCH: ("26 nov 14:00", "26 de noviembre a las 14:00", "mañana a las 2 de la tarde"),
        "25 10:50": ("media hora", "en media hora"),
    },
    "pt": {
        IN_TWO_HOURS: ("em 2 horas", "daqui a 2 horas"),
        TOMORROW_9: ("amanhã 9", "amanhã às 9h", "amanhã de manhã"),
        FRIDAY: ("sexta", "sexta-feira às 9", "depois de amanhã"),
        NEXT_MONDAY: ("próxima semana", "segunda"),
        AFTER_LUNCH: ("26 nov 14:00", "26 de novembro às 14h", "amanhã 14h00"),
        "25 10:50": ("meia hora",),
    },
    "ar": {
        IN_TWO_HOURS: ("بعد ساعتين", "بعد ٢ ساعة"),
        TOMORROW_9: ("غدا 9", "غداً الساعة ٩ صباحاً"),
        FRIDAY: ("الجمعة", "يوم الجمعة الساعة 9", "بعد غد"),
        NEXT_MONDAY: ("الأسبوع القادم",),
        AFTER_LUNCH: ("26 نوفمبر 14:00",),
        "25 10:50": ("نصف ساعة",),
    },
    "zh-hans": {
        IN_TWO_HOURS: ("2小时后", "两个小时后"),
        TOMORROW_9: ("明天9点", "明天上午九点"),
        FRIDAY: ("周五", "星期五", "后天"),
        NEXT_MONDAY: ("下周", "下周一"),
        AFTER_LUNCH: ("11月26日 14:00", "明天下午两点"),
        "25 10:50": ("半小时后",),
    },
    "ms": {
        IN_TWO_HOURS: ("dalam 2 jam", "2 jam lagi"),
        TOMORROW_9: ("esok 9", "esok pukul 9 pagi"),
        FRIDAY: ("Jumaat", "Jumaat jam 9", "lusa"),
        NEXT_MONDAY: ("minggu depan", "Isnin"),
        AFTER_LUNCH: ("26 Nov 14:00", "esok pukul 2 petang"),
        "25 10:50": ("setengah jam",),
    },
}


@pytest.mark.parametrize("language", SAID)
def test_times_are_read_as_people_write_them(language):
    read_as = {
        words: (moment := read(words, NOW, language)) and f"{moment:%d %H:%M}"
        for said in SAID[language].values()
        for words in said
    }

    assert read_as == {words: moment for moment, said in SAID[language].items() for words in said}


def test_english_is_understood_in_every_language():
    assert {f"{read('tomorrow 9', NOW, language):%d %H:%M}" for language in SAID} == {TOMORROW_9}


@pytest.mark.parametrize(
    "words",
    ["", "soon", "tomorrow 9 or so", "yesterday", "31 june", "25:00", "in", "in hours at", "today", "0x10",
     "friday monday", "in 2 hours tomorrow", "9 10 11", "in 999999999 weeks", "\0", "１２月"],
)  # fmt: skip
def test_what_is_not_wholly_understood_is_not_guessed(words):
    assert read(words, NOW, "en") is None


@pytest.mark.parametrize("words", ["两三天后", "一二点", "十十十天"])
def test_chinese_that_names_no_number_is_not_guessed_either(words):
    assert read(words, NOW, "zh-hans") is None


def test_an_hour_that_the_clock_skips_is_the_same_moment_for_everybody():
    before = datetime(2027, 3, 27, 12, tzinfo=ZoneInfo("Europe/Madrid"))

    assert read("tomorrow 9", before, "en").utcoffset().total_seconds() == 7200
    assert read("in 24 hours", before, "en").timestamp() - before.timestamp() == 24 * 3600


def test_the_examples_of_each_language_are_understood():
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said = examples()
        parts = [
            each.strip() for each in said.replace("،", ",").replace("，", ",").replace("、", ",").split(",")
        ]
        assert len(parts) == 3, said
        assert [each for each in parts if read(each, NOW, language) is None] == [], language


def test_the_screen_is_told_what_was_understood_or_why_not(clinic):
    browser = signed_in(make_member())

    told = browser.post(URL, {"words": "in 2 hours"}).json()
    wrong = browser.post(URL, {"words": "someday"})
    over = browser.post(URL, {"words": "2020-01-01 09:00"})

    assert datetime.fromisoformat(told["at"]).hour == timezone.localtime().hour + 2 - 24 * (
        timezone.localtime().hour >= 22
    )
    assert f"{told['at'][-5:]}" in told["shown"]
    assert (wrong.status_code, over.status_code) == (422, 422)
    assert "tomorrow 9, friday, in 2 hours" in wrong.json()["sentence"]
    assert "still to come" in over.json()["sentence"]
