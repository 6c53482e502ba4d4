"""The screens' words in the other languages: found in the code, kept as .po files, compiled for Django.

`python -m clinic_inbox.translations` compiles; with `update` it first brings the .po files up to date with the code,
with `problems` it says what is missing or wrong in them. Babel does the work, so nothing of gettext need be installed.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

HOME = Path(__file__).resolve().parent.parent
LOCALE = HOME / "locale"
LANGUAGES = {"es": "es", "pt": "pt", "ar": "ar", "zh_Hans": "zh_Hans", "ms": "ms"}  # folder: Babel's name
CODE = ("clinic_inbox", "clinics", "integrations", "contacts", "inbox", "lifecycle", "automation", "reports")
FUNCTIONS = ("gettext", "gettext_lazy", "gettext_noop", "_")
KEYWORDS = DEFAULT_KEYWORDS | dict.fromkeys(FUNCTIONS)
KEYWORDS |= dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2))
KEYWORDS |= dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2))
KEYWORDS |= dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+|&\w+;")
WIDTH = 110
# Babel numbers the forms of Arabic in another order than Django's own words do.
RULES = {"ar": "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"}
# Without the dates and names that gettext writes: they would differ each time.
HEAD = r"""msgid ""
msgstr ""
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals={count}; plural={rule};\n"

"""


def main(arguments: list[str]) -> int:
    if arguments == ["update"]:
        for language in LANGUAGES:
            update(language)
    found = [f"{language}: {problem}" for language in LANGUAGES for problem in problems(language)]
    if arguments == ["problems"]:
        print("\n".join(found) or "every language is complete")
    compile_all()
    return bool(arguments == ["problems"] and found)


def messages_of_the_code() -> Catalog:
    """Every word that the code and the templates show, with the files it is in."""
    catalog = Catalog(project="Clinic Inbox", charset="utf-8")
    for path in _files():
        source = path.read_bytes() if path.suffix == ".py" else _as_code(path)
        for _line, message, comments, context in extract(
            "python", BytesIO(source), KEYWORDS, ["Translators:"]
        ):
            catalog.add(message, None, [(str(path.relative_to(HOME)), 0)], (), comments, context=context)
    return catalog


def update(language: str) -> None:
    """Bring a language's file up to date: what the code shows no longer goes, what is new comes untranslated."""
    catalog = catalog_of(language)
    catalog.update(messages_of_the_code(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    for message in catalog:
        message.flags.discard("fuzzy")
    head = HEAD.format(
        language=language, count=catalog.num_plurals, rule=RULES.get(language, catalog.plural_expr)
    )
    written = BytesIO()
    write_po(written, catalog, width=WIDTH, sort_output=True, include_lineno=False, omit_header=True)
    _write(path_of(language), head.encode() + written.getvalue())


def problems(language: str) -> Iterator[str]:
    """What would show English, or an error, in this language."""
    theirs = catalog_of(language)
    for message in messages_of_the_code():
        if not message.id:
            continue
        translated = theirs.get(message.id, message.context)
        if translated is None:
            yield f"not in the file: {message.id!r}"
        elif translated.fuzzy or not all(_strings(translated)):
            yield f"not translated: {message.id!r}"
        else:
            yield from _wrong_placeholders(translated)


def compile_all() -> None:
    """Write the .mo files that Django reads wherever the .po file is newer. Safe for several processes at once."""
    for language in LANGUAGES:
        source = path_of(language)
        target = source.with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            continue
        compiled = BytesIO()
        write_mo(compiled, catalog_of(language))
        _write(target, compiled.getvalue())


def path_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def catalog_of(language: str) -> Catalog:
    """A language's translations; empty when there are none yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=LANGUAGES[language], project="Clinic Inbox", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGES[language])


def _files() -> list[Path]:
    code = [
        path for folder in CODE for path in (HOME / folder).rglob("*.py") if "migrations" not in path.parts
    ]
    templates = [path for path in (HOME / "templates").rglob("*") if path.suffix in (".html", ".txt", ".js")]
    return sorted(code + templates)


def _as_code(path: Path) -> bytes:
    """A template's words as calls of gettext. Its indentation, which is no Python's, is taken off."""
    code = templatize(path.read_text(), origin=str(path.relative_to(HOME)))
    return "\n".join(line.strip() for line in code.splitlines()).encode()


def _strings(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _wrong_placeholders(message: Message) -> Iterator[str]:
    """Each form has the placeholders of the English one; a form of a plural may leave the number out."""
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    most = _placeholders(ids[-1])
    least = Counter() if len(ids) > 1 else most
    for form in _strings(message):
        if not least <= _placeholders(form) <= most:
            yield f"other placeholders: {message.id!r} -> {form!r}"


def _placeholders(text: str) -> Counter:
    return Counter(PLACEHOLDER.findall(text))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
