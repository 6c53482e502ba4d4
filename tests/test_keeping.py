"""What tests share is started once, ended when nobody follows who uses it, and no test is lost over it."""

from collections import Counter
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tests.keeping import Kept
from tests.ordering import dealt


@pytest.fixture
def said():
    return []


@pytest.fixture
def start(said):
    """Makes starters of things that say when they begin and end."""

    def start(name):
        @contextmanager
        def running():
            said.append(f"{name} begins")
            yield name
            said.append(f"{name} ends")

        return running

    return start


def test_a_thing_is_started_once_and_ended_when_it_is_not_named(said, start):
    kept = Kept()
    assert kept.get("product", start("product")) == "product"
    kept.keep_only(["product", "browser"])
    kept.get("product", start("product"))
    kept.get("browser", start("browser"))
    assert said == ["product begins", "browser begins"]

    kept.keep_only([])
    assert said[2:] == ["browser ends", "product ends"]

    kept.get("product", start("product"))
    assert said[4:] == ["product begins"]


def test_what_could_not_start_is_not_kept(start):
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.get("product", lambda: 1 / 0)

    assert kept.get("product", start("product")) == "product"


def item(path: str, *fixtures: str):
    return SimpleNamespace(nodeid=path, fixturenames=fixtures)


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
def test_every_test_is_dealt_once_and_those_that_share_stand_together_at_the_beginning(workers):
    items = [item(f"tests/browser/test_{n}.py::test", "kept_product", "kept_browser") for n in range(3)]
    items += [item(f"tests/faults/test_{n % 4}.py::test{n}") for n in range(8)]
    items += [item(f"tests/inbox/test_{n % 7}.py::test{n}") for n in range(100)]

    ordered = dealt(items, workers)

    assert Counter(each.nodeid for each in ordered) == Counter(each.nodeid for each in items)
    assert ordered[:3] == items[:3]


def test_each_worker_begins_with_what_takes_long():
    items = [item(f"tests/inbox/test_{n % 7}.py::test{n}") for n in range(90)]
    items += [item("tests/browser/test.py::test", "kept_browser")] * 20
    items += [item(f"tests/faults/test_{n}.py::test") for n in range(10)]

    ordered = dealt(items, 3)

    begins = [[each.nodeid.split("/")[1] for each in ordered[start:][:5]] for start in (0, 40, 80)]
    assert begins == [["browser"] * 5, ["faults"] * 5, ["faults"] * 5]
