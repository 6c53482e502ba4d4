"""Documents that would otherwise drift from the code."""

import re
from pathlib import Path

import pytest

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


def _exists(path: str, name: str) -> bool:
    """Whether these files are there, and one of them holds this test; a path may name many with `*`."""
    files = list(ROOT.glob(path))
    is_held = any(re.search(rf"\bdef {name}\(", file.read_text()) for file in files if file.is_file())
    return is_held if name else bool(files)
