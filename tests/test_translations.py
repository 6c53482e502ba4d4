"""Every word of every screen in every language, with nothing lost on the way."""

import re
from datetime import date

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext, ngettext

from clinic_inbox import formats, translations
from clinic_inbox.translations import LANGUAGES
from clinics import languages

SOME = {"es": "Guardar", "pt": "Salvar", "ar": "حفظ", "zh_Hans": "保存", "ms": "Simpan"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word_of_the_code(language):
    assert list(translations.problems(language)) == []


def test_each_language_that_can_be_chosen_has_its_words():
    chosen = {translation.to_locale(code) for code, _name in settings.LANGUAGES}

    assert chosen == {"en", *LANGUAGES}


@pytest.mark.parametrize(("language", "word"), SOME.items())
def test_what_is_compiled_is_what_django_shows(language, word):
    with translation.override(language.replace("_", "-").lower()):
        assert gettext("Save") == word


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES])
def test_a_language_writes_every_kind_of_day_and_time_in_its_own_way(code):
    with translation.override(code):
        assert [name for name in formats.NAMES if get_format(name) == name] == []


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("en", "Thursday 26 November 2026"),
        ("es", "jueves 26 de noviembre de 2026"),
        ("pt", "quinta-feira, 26 de novembro de 2026"),
        ("ms", "Khamis, 26 November 2026"),
        ("ar", "الخميس، 26 نوفمبر 2026"),
        ("zh-hans", "2026年11月26日 星期四"),
    ],
)
def test_a_day_is_written_as_its_readers_write_it(code, written):
    with translation.override(code):
        assert date_format(date(2026, 11, 26), "LONG_DAY_YEAR") == written


def test_a_missing_a_fuzzy_and_a_damaged_word_are_seen(monkeypatch):
    theirs = translations.catalog_of("es")
    theirs["Save"].string = ""
    theirs["Close"].flags.add("fuzzy")
    theirs.delete("Cancel")
    damaged = next(each for each in theirs if isinstance(each.id, str) and "%(name)s" in each.id)
    damaged.string = damaged.string.replace("%(name)s", "%(nombre)s")
    monkeypatch.setattr(translations, "catalog_of", lambda language: theirs)

    kinds = {re.match("[^:]*", problem)[0] for problem in translations.problems("es")}

    assert kinds == {"not translated", "not in the file", "other placeholders"}


@pytest.mark.parametrize(
    ("count", "few"), [(0, "zero"), (1, "one"), (2, "two"), (3, "few"), (11, "many"), (100, "other")]
)
def test_arabic_has_its_six_forms(count, few):
    with translation.override("ar"):
        forms = [
            ngettext("%(count)d webhook is read again.", "%(count)d webhooks are read again.", each)
            for each in range(120)
        ]
        chosen = ngettext("%(count)d webhook is read again.", "%(count)d webhooks are read again.", count)

    assert len(set(forms)) >= 4
    assert chosen in forms


def test_whoever_cannot_read_the_page_finds_their_language_by_its_own_name():
    with translation.override("zh-hans"):
        names = dict(languages.of_screens())

    assert (names["es"], names["zh-hans"]) == ("Español · 西班牙语", "简体中文")
    with translation.override("en"):
        assert dict(languages.of_screens())["en"] == "English"


def test_no_page_writes_days_in_an_order_of_its_own():
    written = re.compile(
        r"""date:["']([^"']*)["']|date_format\([^()]*(?:\([^()]*\))?[^()]*, ["']([^"']*)["']"""
    )
    named = {*formats.NAMES, "c", "e", "D", "U", "H:i", "H:i:s", "Y-m-d", "Y-m-d\\TH:i"}
    found = {
        (path.name, "".join(each))
        for path in translations._files()
        for each in written.findall(path.read_text())
        if "".join(each) not in named
    }

    assert found == set()
