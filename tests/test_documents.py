"""Documents that would otherwise drift from the code."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[1]


def test_every_setting_is_in_the_table():
    code = (ROOT / "clinic_inbox" / "settings" / "__init__.py").read_text()
    read = set(re.findall(r'(?:environ\.get|environ|_list|_required|_secret)[\[(]\s*"([A-Z_]+)"', code))

    told = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text()))

    assert len(read) > 25
    assert read - told == set()


def test_every_metric_that_alarms_exists():
    code = (ROOT / "clinic_inbox" / "metrics.py").read_text()

    named = set(re.findall(r"clinic_inbox_[a-z_]+", (ROOT / "docs" / "operations.md").read_text()))

    assert {name for name in named if name.removesuffix("_total") not in code} == set()


@pytest.mark.parametrize("document", ["security.md", "reliability.md", "inbox.md"])
def test_every_test_that_is_named_exists(document):
    named = re.findall(r"`(tests/[\w/*]+(?:\.py)?)(?:::(\w+))?", (ROOT / "docs" / document).read_text())

    assert len(named) > 5
    assert [(path, name) for path, name in named if not _exists(path, name)] == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("tests/no_such.py", ""),
        ("tests/test_documents.py", "test_of_yesterday"),
        ("tests/test_documents.py", "test_every"),
        ("tests/nowhere*.py", ""),
    ],
)
def test_a_test_that_is_gone_is_noticed(path, name):
    assert not _exists(path, name)


DOCUMENTS = [
    "README.md",
    "simulator/README.md",
    *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
]


def _named_files(text: str) -> set[str]:
    """Paths of files that a document puts between backticks, and what it links to here."""
    quoted = re.findall(r"`([\w./*-]+/[\w.*-]+\.(?:py|js|md|html|txt|lock|yml))`", text)
    return {*quoted, *re.findall(r"\]\(([^)#:]+)\)", text)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_and_command_that_a_document_names_is_there(document):
    text, here = (ROOT / document).read_text(), (ROOT / document).parent
    commands = set(re.findall(r"manage(?:\.py)? ([a-z_]+)", text))

    assert {
        name for name in _named_files(text) if not any(_are_there(name, at) for at in (ROOT, here))
    } == set()
    assert commands - get_commands().keys() == set()


def test_a_file_that_is_gone_is_noticed():
    assert _named_files("see `inbox/no_such.py` and [this](gone.md)") == {"inbox/no_such.py", "gone.md"}
    assert not _are_there("inbox/no_such.py", ROOT)


def _are_there(pattern: str, folder: Path) -> bool:
    """Whether some file of this path, which may hold `*` or begin above the folder, exists."""
    up = pattern.startswith("../")
    return any((folder.parent if up else folder).glob(pattern.removeprefix("../")))


def _exists(path: str, name: str) -> bool:
    """Whether these files are there, and one of them holds this test; a path may name many with `*`."""
    files = list(ROOT.glob(path))
    is_held = any(re.search(rf"\bdef {name}\(", file.read_text()) for file in files if file.is_file())
    return is_held if name else bool(files)
