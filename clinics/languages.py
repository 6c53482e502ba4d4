"""Languages that members speak and patients are answered in: more than the screens have."""

from collections.abc import Iterable

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language, get_language_info

OFFERED = (
    "en",
    "es",
    "pt",
    "ar",
    "zh-hans",
    "ms",
    "de",
    "fr",
    "hi",
    "id",
    "it",
    "pl",
    "ru",
    "tr",
    "ur",
    "vi",
)


def of_screens() -> list[tuple[str, str]]:
    """The languages of the screens, each by its own name first: who cannot read this page finds theirs."""
    found, here = [], get_language()
    for code, name in settings.LANGUAGES:
        own = capfirst(get_language_info(code)["name_local"])
        found.append((code, own if code == here else f"{own} · {name}"))
    return found


def plain(code: str) -> str:
    """A language as we compare it: `pt_BR` is `pt-br`."""
    return code.strip().lower().replace("_", "-")


def speaks(code: str, wanted: str) -> bool:
    """A text in `code` is one for who speaks `wanted`: the same language, whatever the country."""
    one, two = plain(code), plain(wanted)
    return bool(two) and one.partition("-")[0] == two.partition("-")[0]


def choose(codes: Iterable[str], *wanted: str) -> str:
    """The best of `codes` for the first of `wanted` that has any; the first by name when none has; "" of nothing."""
    codes = sorted(codes)
    for each in wanted:
        exact = [code for code in codes if plain(code) == plain(each)]
        near = [code for code in codes if speaks(code, each)]
        if exact or near:
            return (exact or near)[0]
    return codes[0] if codes else ""


def name_of(code: str) -> str:
    """In the reader's words; the code itself when there are none for it."""
    try:
        return str(get_language_info(plain(code))["name_translated"])
    except KeyError:
        return code


def offered() -> list[tuple[str, str]]:
    """(code, name) of each language on offer."""
    return [(code, name_of(code)) for code in OFFERED]
