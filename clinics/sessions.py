"""Django's sessions in Postgres, each knowing whose it is: SESSION_ENGINE."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as RowStore
from django.utils import timezone

from .middleware import LAST_SEEN
from .models import OpenSession, User

BROWSER = "browser"
NEVER = datetime.min.replace(tzinfo=UTC)
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


class SessionStore(RowStore):
    """Its name is part of what Django signs a session with, so it stays Django's."""

    @classmethod
    def get_model_class(cls):
        return OpenSession

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row


def open_sessions(user: User):
    """The person's sessions that have not run out, whichever clinic they work in."""
    return OpenSession.objects.filter(user=user, expire_date__gt=timezone.now())


def end_sessions(user: User, *, but: str | None = None) -> int:
    """Sign the person out everywhere, except in the session with that key. Returns how many sessions ended.

    Gone, not only refused: an open socket asks for the row alone.
    """
    return open_sessions(user).exclude(session_key=but or "").delete()[0]


@dataclass
class SignedIn:
    """One of a person's sessions, as they are shown it."""

    name: str
    address: str
    since: datetime | None
    seen_at: datetime | None
    is_this: bool


def describe_browser(request) -> dict:
    """What is kept of a sign-in's browser in its session."""
    agent = request.headers.get("User-Agent", "")
    words = [next((name for mark, name in table if mark in agent), "") for table in (BROWSERS, SYSTEMS)]
    return {
        "name": " · ".join(filter(None, words)),
        "address": request.META["REMOTE_ADDR"],
        "at": int(time.time()),
    }


def sessions_of(user: User, *, this: str) -> list[SignedIn]:
    """Where the person is signed in, this browser first, then by last use."""
    found = [_described(row, this) for row in open_sessions(user)]
    return sorted(found, key=lambda each: (each.is_this, each.seen_at or NEVER), reverse=True)


def _described(row: OpenSession, this: str) -> SignedIn:
    data = row.get_decoded()
    browser = data.get(BROWSER, {})
    return SignedIn(
        name=browser.get("name", ""),
        address=browser.get("address", ""),
        since=_moment(browser.get("at")),
        seen_at=_moment(data.get(LAST_SEEN)),
        is_this=row.session_key == this,
    )


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
