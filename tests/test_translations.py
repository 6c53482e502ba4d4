"""Every word of every screen in every language, with nothing lost on the way."""

import re

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext

from clinic_inbox import translations
from clinic_inbox.translations import LANGUAGES

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
