"""Long lists of the settings: sought by their words, a page at a time."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict

PAGE = 50
LONGEST = 80


@dataclass(frozen=True)
class Page:
    """Some rows of a list. `all` counts the whole list, `found` what is sought in it."""

    rows: list
    sought: str
    number: int
    all: int
    found: int

    @property
    def is_long(self) -> bool:
        return self.all > PAGE

    @property
    def first(self) -> int:
        """The place of the first row that is shown; 0 when nothing was found."""
        return min((self.number - 1) * PAGE + 1, self.found)

    @property
    def last(self) -> int:
        return min(self.number * PAGE, self.found)

    @property
    def here(self) -> str:
        """What leads back to this page, after the list's address."""
        return self._query(self.number)

    @property
    def previous(self) -> str:
        """What leads to the page before; empty on the first."""
        return (self._query(self.number - 1) or "?") if self.number > 1 else ""

    @property
    def next(self) -> str:
        return self._query(self.number + 1) if self.last < self.found else ""

    def _query(self, number: int) -> str:
        told = {"q": self.sought} if self.sought else {}
        told |= {"page": number} if number > 1 else {}
        return "?" + urlencode(told) if told else ""


def page_of(rows: QuerySet, asked: QueryDict, *columns: str) -> Page:
    """The page that an address' query asks for: `q` is sought in these columns; beyond the end it is the last page."""
    sought = asked.get("q", "").replace("\0", "").strip()[:LONGEST]
    all_rows = rows.count()
    if sought:
        rows = rows.filter(reduce(or_, (Q(**{f"{column}__icontains": sought}) for column in columns)))
    found = rows.count() if sought else all_rows
    wanted = asked.get("page", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else 1
    number = max(1, min(number, -(-found // PAGE)))
    return Page(list(rows[(number - 1) * PAGE : number * PAGE]), sought, number, all_rows, found)
