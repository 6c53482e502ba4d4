"""Long lists of the settings: sought by their words, a page at a time."""

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_
from urllib.parse import urlencode

from django.core import paginator
from django.db.models import Q, QuerySet
from django.http import QueryDict

PAGE = 50
LONGEST = 80
NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and what was sought in it; `all` counts the whole list."""

    shown: paginator.Page
    sought: str
    all: int

    @property
    def rows(self) -> list:
        return list(self.shown)

    @property
    def found(self) -> int:
        return self.shown.paginator.count

    @property
    def is_long(self) -> bool:
        return self.all > PAGE

    @property
    def first(self) -> int:
        """The place of the first row that is shown; 0 when nothing was found."""
        return self.shown.start_index()

    @property
    def last(self) -> int:
        return self.shown.end_index()

    @property
    def here(self) -> str:
        """What leads back to this page, after the list's address."""
        return self._query(self.shown.number)

    @property
    def previous(self) -> str:
        """What leads to the page before; empty on the first."""
        return (self._query(self.shown.number - 1) or "?") if self.shown.has_previous() else ""

    @property
    def next(self) -> str:
        return self._query(self.shown.number + 1) if self.shown.has_next() else ""

    def _query(self, number: int) -> str:
        told = {"q": self.sought} if self.sought else {}
        told |= {"page": number} if number > 1 else {}
        return "?" + urlencode(told) if told else ""


def page_of(rows: QuerySet, asked: QueryDict, *columns: str) -> Page:
    """The page that an address' query asks for: `q` is sought in these columns; beyond the end it is the last page."""
    sought = asked.get("q", "").replace("\0", "").strip()[:LONGEST]
    all_rows = paginator.Paginator(rows, PAGE)
    found = all_rows
    if sought:
        matching = reduce(or_, (Q(**{f"{column}__icontains": sought}) for column in columns))
        found = paginator.Paginator(rows.filter(matching), PAGE)
    wanted = asked.get("page", "")
    number = max(1, int(wanted)) if NUMBER.fullmatch(wanted) else 1
    return Page(found.get_page(number), sought, all_rows.count)
