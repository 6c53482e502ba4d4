"""Guessing is stopped, and stopping it locks nobody out."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from clinics import throttling
from tests.clinics.signing_in import code_of, give_app, sign_in, take_second_step
from tests.factories import make_member


def guess(email: str, address: str, client=None):
    return sign_in(client or Client(), email, "a wrong guess", REMOTE_ADDR=address)


def is_refused(response) -> bool:
    return "Too many failed" in response.text


def is_in(client, email, **options) -> bool:
    return sign_in(client, email, **options).status_code == 302


@pytest.fixture
def known(member, client):
    """A browser in which the member has signed in, and out again."""
    sign_in(client, member.user.email)
    client.post("/accounts/logout/")
    return client


def test_a_hundred_tries_from_a_hundred_addresses_stop_at_five(member):
    answers = [guess(member.user.email, f"198.51.100.{number}") for number in range(100)]

    assert [is_refused(answer) for answer in answers] == [False] * 5 + [True] * 95


def test_meanwhile_the_person_gets_in_with_their_own_browser(member, known):
    for number in range(20):
        guess(member.user.email, f"198.51.100.{number}")

    assert not is_in(Client(), member.user.email)
    assert is_in(known, member.user.email)


def test_somebody_guessing_behind_the_clinics_address_locks_out_no_known_browser(member, known):
    for number in range(25):
        guess(f"guess{number}@clinic.example", "127.0.0.1")

    assert not is_in(Client(), member.user.email)
    assert is_in(known, member.user.email)


def test_one_persons_typing_errors_do_not_lock_out_their_colleagues(member):
    colleague = make_member("Otto Other")
    for _try in range(25):
        guess(member.user.email, "203.0.113.7")

    assert is_in(Client(), colleague.user.email, REMOTE_ADDR="203.0.113.7")


def test_an_address_that_may_not_try_uses_up_nobodys_tries(member):
    for number in range(20):
        guess(f"guess{number}@clinic.example", "198.51.100.1")
    for _try in range(6):
        guess(member.user.email, "198.51.100.1")

    assert is_in(Client(), member.user.email, REMOTE_ADDR="203.0.113.7")


def test_a_known_browser_has_an_end_of_tries_too(member, known):
    answers = [guess(member.user.email, "127.0.0.1", known) for _try in range(12)]

    assert [is_refused(answer) for answer in answers] == [False] * 10 + [True] * 2
    assert is_in(Client(), member.user.email)


@pytest.mark.parametrize("value", ["", "x", "x:y:z", "WyJ4IiwgWzFdXQ:1aaaaa:AAAA", "\x00"])
def test_a_forged_mark_makes_no_browser_known(member, value):
    for number in range(5):
        guess(member.user.email, f"198.51.100.{number}")
    client = Client()
    client.cookies[throttling.COOKIE] = value

    assert not is_in(client, member.user.email)


def test_the_mark_of_one_person_is_worth_nothing_for_another(member, known):
    colleague = make_member("Otto Other")
    for number in range(5):
        guess(colleague.user.email, f"198.51.100.{number}")

    assert not is_in(known, colleague.user.email)


def test_colleagues_who_share_a_computer_are_all_known_to_it(member, known):
    colleague = make_member("Otto Other")
    sign_in(known, colleague.user.email)
    known.post("/accounts/logout/")
    for person in (member, colleague):
        for number in range(5):
            guess(person.user.email, f"198.51.100.{number}")

        assert is_in(known, person.user.email)
        known.post("/accounts/logout/")


def test_only_a_whole_sign_in_marks_the_browser(member, client):
    give_app(member.user)
    sign_in(client, member.user.email)
    assert throttling.COOKIE not in client.cookies

    take_second_step(client, code_of())

    cookie = client.cookies[throttling.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 180 * 24 * 3600)


def test_a_mailed_link_ends_the_wait(member, mailoutbox):
    for number in range(5):
        guess(member.user.email, f"198.51.100.{number}")
    client = Client()
    client.post("/accounts/password/reset/", {"email": member.user.email})
    path = next(word for word in mailoutbox[0].body.split() if "/password/reset/key/" in word)
    new = {"password1": "quite another phrase", "password2": "quite another phrase"}
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], new)

    assert is_in(client, member.user.email, password="quite another phrase")


def test_a_mailbox_is_not_flooded_with_links(member, mailoutbox):
    answers = [
        Client().post(
            "/accounts/password/reset/", {"email": member.user.email}, REMOTE_ADDR=f"198.51.100.{number}"
        )
        for number in range(8)
    ]

    assert [answer.status_code for answer in answers] == [302] * 3 + [429] * 5
    assert len(mailoutbox) == 3


def test_the_refusal_is_the_same_for_an_account_that_is_not_there(member):
    emails = (member.user.email, "nobody@clinic.example")
    for email in emails:
        for number in range(5):
            guess(email, f"198.51.100.{number}")
    known, unknown = (guess(email, "203.0.113.7") for email in emails)

    assert known.context["form"].errors == unknown.context["form"].errors


def test_a_known_browser_has_a_limit_for_the_day(member, known):
    answers = []
    for pause in range(15):
        with time_machine.travel(timezone.now() + timedelta(minutes=6 * pause), tick=False):
            answers += [guess(member.user.email, "127.0.0.1", known) for _try in range(10)]

    assert [is_refused(answer) for answer in answers] == [False] * 100 + [True] * 50


def test_with_a_new_password_the_browsers_of_the_old_one_are_strangers(member, known):
    member.user.set_password("another horse battery")
    member.user.save()
    for number in range(5):
        guess(member.user.email, f"198.51.100.{number}")

    assert is_refused(guess(member.user.email, "203.0.113.7", known))
