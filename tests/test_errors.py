"""What people and machines see when something is wrong: words they can use, nothing of the inside."""

import pytest
from django.test import Client, RequestFactory

from clinic_inbox import errors
from clinic_inbox.tenancy import clinic_scope
from tests.factories import make_clinic, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    """A signed-in member's browser that shows what went wrong instead of raising it."""
    with clinic_scope(make_clinic().pk):
        member = make_member()
    browser = Client(raise_request_exception=False)
    browser.force_login(member.user, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def test_an_unknown_address_gets_a_page_of_ours(browser):
    for client in (browser, Client()):
        answer = client.get("/nothing/here/")

        assert answer.status_code == 404
        assert "There is nothing here" in answer.content.decode()
        assert "nothing/here" not in answer.content.decode()


def test_a_form_without_its_token_is_refused_with_a_page_of_ours():
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@clinic.example"})

    assert answer.status_code == 403
    assert "This is not for you" in answer.content.decode()
    assert "style=" not in answer.content.decode()


def test_a_request_that_makes_no_sense_gets_a_page_of_ours(browser):
    answer = browser.get("/", headers={"host": "bad host"})

    assert answer.status_code == 400
    assert "bad host" not in answer.content.decode()


def test_a_failure_of_ours_shows_a_page_that_needs_nothing(browser, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("inbox.queries.visible_conversations", fail)

    answer = browser.get("/")

    assert answer.status_code == 500
    assert "This is our fault" in answer.content.decode()
    assert "secret" not in answer.content.decode()


def test_the_page_for_failures_needs_no_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = errors.server_error(RequestFactory().get("/"))

    assert answer.status_code == 500
