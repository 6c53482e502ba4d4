"""A signed-in member's browser, without a browser: for the tests of the screens."""

from django.test import Client

from clinics.models import Member
from clinics.models import User as Person

HTMX = {"HX-Request": "true"}


def signed_in(member: Member | Person) -> Client:
    """A client of this member (or of a person, when the member's row is out of reach)."""
    person = member.user if isinstance(member, Member) else member
    browser = Client()
    browser.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def queries_of(browser: Client, url: str, count) -> int:
    """How many queries a page takes; `count` is pytest-django's django_assert_max_num_queries."""
    browser.get(url, headers=HTMX)  # the first request of a session notes that it was seen
    with count(100) as captured:
        assert browser.get(url, headers=HTMX).status_code == 200
    return len(captured)
