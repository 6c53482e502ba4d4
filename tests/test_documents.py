"""Documents that would otherwise drift from the code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_setting_is_in_the_table():
    code = (ROOT / "clinic_inbox" / "settings.py").read_text()
    read = set(re.findall(r'(?:environ\.get|environ|_list|_required|_secret)[\[(]\s*"([A-Z_]+)"', code))

    told = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text()))

    assert len(read) > 25
    assert read - told == set()


def test_every_metric_that_alarms_exists():
    code = (ROOT / "clinic_inbox" / "metrics.py").read_text()

    named = set(re.findall(r"clinic_inbox_[a-z_]+", (ROOT / "docs" / "operations.md").read_text()))

    assert {name for name in named if name.removesuffix("_total") not in code} == set()
