"""Which names of its query or its form a page reads: what stands under another name cannot change its answer."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest
from django.http import HttpRequest, QueryDict

BY_NAME = ("__getitem__", "__contains__", "get", "getlist", "pop")
# Who goes through all of it, or takes the address as a whole, may read any name.
ALTOGETHER = (
    "__iter__",
    "__eq__",
    "keys",
    "values",
    "items",
    "lists",
    "dict",
    "copy",
    "urlencode",
    "popitem",
)
NOBODY_READS = "a-name-that-nobody-reads"


@contextmanager
def names_read(known: Iterable[str]) -> Iterator[set[str]]:
    """A set that fills, while the block runs, with the names that somebody looks up in a request."""
    found: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for method in BY_NAME:
            patch.setattr(
                QueryDict, method, _noting(getattr(QueryDict, method), lambda name: found.add(name))
            )
        for owner, method in [(HttpRequest, "get_full_path"), *((QueryDict, each) for each in ALTOGETHER)]:
            patch.setattr(owner, method, _noting(getattr(owner, method), lambda *_: found.update(known)))
        # Putting one together looks up each name too.
        patch.setattr(
            QueryDict, "appendlist", lambda self, name, value: dict.setdefault(self, name, []).append(value)
        )
        yield found


def _noting(method: Callable, note: Callable) -> Callable:
    def noting(self, *args, **kwargs):
        note(*args[:1])
        return method(self, *args, **kwargs)

    return noting


def one_by_one(ids: dict[str, str], ask: Callable[[dict[str, str]], object]) -> set[str]:
    """Ask with all ids, with none that is read, and then with each that was looked up, by itself; returns those.

    `ask` says whether to go on. As a page does the same until it looks up a name that is there, asking with one that
    it does not look up would be asking with none.
    """
    asked: set[str] = set()
    with names_read(ids) as read:
        if ask(ids) is False or ask({NOBODY_READS: next(iter(ids.values()))}) is False:
            return asked
        while waiting := sorted((read & ids.keys()) - asked):
            asked.add(waiting[0])
            if ask({waiting[0]: ids[waiting[0]]}) is False:
                break
    return asked
