"""Text as the search sees it, letter for letter as long as the original."""

import unicodedata


def folded(text: str) -> str:
    """Lower case without accents; every character stays at its place."""
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character
