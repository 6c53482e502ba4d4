"""The modules in static/js: small, each saying what it is, importing in one direction only what is there."""

import graphlib
import re
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "static" / "js"
IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"\./([\w.]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:const|let|function) (\w+)", re.MULTILINE)
TEXTS = {path.name: path.read_text() for path in sorted(SCRIPTS.glob("*.js"))}


def imports_of(text: str) -> list[tuple[set[str], str]]:
    """(names, file) of each import."""
    return [(set(re.findall(r"(\w+)(?: as \w+)?", names)), file) for names, file in IMPORT.findall(text)]


def in_order(texts: dict[str, str]) -> list[str]:
    """Every module after those it imports; raises CycleError when two import each other, through however many."""
    graph = {name: [file for _, file in imports_of(text)] for name, text in texts.items()}
    return list(graphlib.TopologicalSorter(graph).static_order())


def test_modules_import_in_one_direction():
    assert set(in_order(TEXTS)) == set(TEXTS)


def test_a_ring_is_noticed():
    with pytest.raises(graphlib.CycleError):
        in_order({"a.js": 'import "./b.js";', "b.js": 'import { a } from "./a.js";'})


def test_what_is_imported_is_exported():
    exported = {name: set(EXPORT.findall(text)) for name, text in TEXTS.items()}

    wrong = [
        (name, file, names - exported[file])
        for name, text in TEXTS.items()
        for names, file in imports_of(text)
        if names - exported[file]
    ]

    assert wrong == []
    assert sum(len(imports_of(text)) for text in TEXTS.values()) > 200


def test_what_is_exported_is_imported():
    imported = {(file, name) for text in TEXTS.values() for names, file in imports_of(text) for name in names}

    exported = {(file, name) for file, text in TEXTS.items() for name in EXPORT.findall(text)}

    assert exported - imported == set()


def test_what_is_told_is_heard():
    everything = "".join(TEXTS.values())
    told = set(re.findall(r'tellDocument\("(\w+)"', everything))

    heard = set(re.findall(r'(?<!tellDocument\()"(\w+)"', everything))

    assert len(told) > 15
    assert told - heard == set()


def test_modules_are_small():
    assert {name for name, text in TEXTS.items() if text.count("\n") > 150} == set()


def test_every_module_says_what_it_is():
    assert {name for name, text in TEXTS.items() if not text.startswith("// ")} == set()
