"""Somebody makes a clinic of their own: proven by a letter, within limits, and telling nobody who is known here."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.core import mail
from django.db import connection, transaction
from django.urls import reverse

from clinic_inbox.tenancy import clinic_scope
from clinics.middleware import CLINIC
from clinics.models import AuditEntry, Clinic, Member, SignUp, User
from clinics.operations import beginning
from tests.factories import make_clinic, make_member

EMAIL = "olga@new.example"
FORM = {
    "clinic_name": "Clínica São João",
    "time_zone": "America/Sao_Paulo",
    "language": "pt",
    "name": "Olga Owner",
    "password": "four unrelated words",
}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mailing(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SIGN_UP = "open"


@pytest.fixture
def asked(client, django_capture_on_commit_callbacks):
    """Asks for a letter; returns the page and the link in the letter (None: there was none)."""

    def ask(email=EMAIL, **options):
        before = len(mail.outbox)
        with django_capture_on_commit_callbacks(execute=True):
            page = client.post("/sign-up/", {"email": email}, **options)
        letters = mail.outbox[before:]
        return page, letters and re.search(r"/sign-up/\S+/", letters[0].body)[0]

    return ask


def test_a_clinic_begins_with_a_letter(client, asked):
    _page, link = asked()
    client.get(link)

    answer = client.post("/sign-up/clinic/", FORM)

    clinic = Clinic.objects.get()
    assert answer.url == reverse("inbox:home")
    assert (clinic.name, clinic.time_zone, clinic.language) == ("Clínica São João", "America/Sao_Paulo", "pt")
    assert client.session[CLINIC] == str(clinic.pk)
    with clinic_scope(clinic.pk):
        [member] = Member.objects.select_related("user")
        assert (member.name, member.role, member.user.email) == ("Olga Owner", "owner", EMAIL)
        beginning = AuditEntry.objects.filter(action__in=["clinic.created", "member.added"])
        assert sorted(beginning.values_list("action", "actor")) == [
            ("clinic.created", "Olga Owner"),
            ("member.added", "Olga Owner"),
        ]
    assert client.get("/").status_code == 200


def test_the_page_says_the_same_of_an_address_that_is_known(client, asked):
    with clinic_scope(make_clinic().pk):
        known = make_member(email="ada@clinic.example").user

    pages = [asked(email)[0].text.replace(email, "") for email in ("nobody@new.example", known.email)]

    assert without_what_differs(pages[0]) == without_what_differs(pages[1])
    assert len(mail.outbox) == 2


def without_what_differs(text: str) -> str:
    return re.sub(r"/sign-up/[\w-]{20,}/|value=\"\w+\"|X-CSRFToken[^}]*|data-csrf=\"\w+\"", "", text)


def test_a_known_person_signs_in_and_adds_a_clinic_with_the_same_password(client, asked):
    with clinic_scope(make_clinic().pk):
        person = make_member("Ada Agent", email="ada@clinic.example").user
    password = person.password
    _page, link = asked("ada@clinic.example")
    client.get(link)
    sent_away = client.get("/sign-up/clinic/")
    client.force_login(person)
    client.get(link)

    page = client.get("/sign-up/clinic/")
    client.post("/sign-up/clinic/", {key: FORM[key] for key in FORM if key != "password"})

    assert "/accounts/login/" in sent_away.url
    assert "password" not in page.context["form"].fields
    assert Clinic.objects.count() == 2
    assert User.objects.get().password == password


def test_a_stranger_with_the_link_of_a_known_address_makes_nothing(client, asked):
    with clinic_scope(make_clinic().pk):
        make_member(email="ada@clinic.example")
    _page, link = asked("ada@clinic.example")
    client.get(link)

    client.post("/sign-up/clinic/", FORM)

    assert Clinic.objects.count() == 1


def test_somebody_else_who_is_signed_in_makes_nothing(client, asked):
    with clinic_scope(make_clinic().pk):
        client.force_login(make_member(email="ada@clinic.example").user)
    _page, link = asked()
    client.get(link)

    answer = client.post("/sign-up/clinic/", FORM)

    assert (answer.status_code, Clinic.objects.count()) == (410, 1)


def test_a_link_makes_one_clinic(client, asked):
    _page, link = asked()
    for _ in range(2):
        client.get(link)
        client.post("/sign-up/clinic/", FORM)

    assert Clinic.objects.count() == 1


def test_a_link_ends_after_a_day(client, asked):
    _page, link = asked()
    SignUp.objects.update(created_at=SignUp.objects.get().created_at - beginning.VALID_FOR)
    client.get(link)

    assert client.post("/sign-up/clinic/", FORM).status_code == 410


def test_the_token_is_in_no_table_and_no_later_address(client, asked):
    _page, link = asked()
    token = link.split("/")[2]

    assert client.get(link).url == "/sign-up/clinic/"
    assert token not in str(SignUp.objects.values_list())


def test_a_weak_password_makes_nothing(client, asked):
    _page, link = asked()
    client.get(link)

    page = client.post("/sign-up/clinic/", FORM | {"password": "olga@new.example"})

    assert page.context["form"].errors.keys() == {"password"}
    assert (Clinic.objects.count(), User.objects.count()) == (0, 0)


def test_an_address_gets_three_letters_an_hour_and_nobody_is_told(asked):
    pages = [asked() for _ in range(beginning.LETTERS_TO_ADDRESS + 1)]

    assert len(mail.outbox) == beginning.LETTERS_TO_ADDRESS
    assert {page.status_code for page, _link in pages} == {200}


def test_a_place_may_ask_for_ten_letters_an_hour(asked):
    for number in range(beginning.LETTERS_FROM_PLACE + 1):
        asked(f"somebody{number}@new.example")
    _page, link = asked("else@new.example", REMOTE_ADDR="192.0.2.7")

    assert len(mail.outbox) == beginning.LETTERS_FROM_PLACE + 1
    assert link


def test_a_network_of_ipv6_is_one_place(asked):
    for number in range(beginning.LETTERS_FROM_PLACE + 1):
        asked(f"somebody{number}@new.example", REMOTE_ADDR=f"2001:db8:1:2:{number:x}::1")
    _page, link = asked("else@new.example", REMOTE_ADDR="2001:db8:1:3::1")

    assert len(mail.outbox) == beginning.LETTERS_FROM_PLACE + 1
    assert link


@pytest.mark.django_db(transaction=True)
def test_letters_asked_for_at_the_same_moment_are_counted_one_by_one():
    for _number in range(beginning.LETTERS_TO_ADDRESS - 1):
        beginning.ask(EMAIL, place=None)
    has_asked = Event()

    def last_one():
        with transaction.atomic():
            token = beginning.ask(EMAIL, place=None)
            has_asked.set()
            time.sleep(0.3)  # the other one must wait for the end of this request
        connection.close()
        return token

    with ThreadPoolExecutor(1) as pool:
        last = pool.submit(last_one)
        assert has_asked.wait(30)
        with transaction.atomic():
            one_more = beginning.ask(EMAIL, place=None)

    assert (bool(last.result(30)), one_more) == (True, None)


def test_an_installation_makes_so_many_clinics_a_day(client, asked, settings):
    settings.SIGN_UPS_PER_DAY = 1
    make_clinic()
    _page, link = asked()
    client.get(link)

    assert client.post("/sign-up/clinic/", FORM).status_code == 410
    assert Clinic.objects.count() == 1


def test_signing_up_can_be_switched_off(client, asked, settings):
    _page, link = asked()
    settings.SIGN_UP = "invite"
    client.get(link)

    assert client.post("/sign-up/", {"email": EMAIL}).status_code == 410
    assert client.post("/sign-up/clinic/", FORM).status_code == 410
    assert "/sign-up/" not in client.get("/accounts/login/").text
    assert (Clinic.objects.count(), len(mail.outbox)) == (0, 1)


def test_in_production_only_the_letter_has_the_link(client, asked, settings):
    shown = asked()[0].text
    settings.PRODUCTION, settings.SECURE_SSL_REDIRECT = True, False

    hidden = asked()[0].text

    assert re.search(r"/sign-up/[\w-]{20,}/", shown)
    assert not re.search(r"/sign-up/[\w-]{20,}/", hidden)
