import pytest
from django.test import Client

from clinics.models import AuditEntry, Member
from clinics.operations.shortcuts import rebind
from clinics.refusal import Refused
from clinics.shortcuts import COMMANDS, bindings_of, in_the_way, is_key
from tests.factories import make_member

pytestmark = pytest.mark.django_db
PAGE = "/settings/shortcuts/"


@pytest.fixture
def ada(clinic):
    return make_member("Ada")


@pytest.fixture
def browser(ada):
    browser = Client()
    browser.force_login(ada.user)
    return browser


def held(member) -> dict:
    return bindings_of(Member.objects.get(pk=member.pk))


def test_no_two_commands_begin_with_the_same_key(ada):
    assert [name for name, key in bindings_of(ada).items() if in_the_way(ada, name, key)] == []
    assert all(is_key(command.key) for command in COMMANDS.values())


def test_a_member_chooses_another_key_and_it_is_on_record(ada, browser):
    page = browser.post(PAGE, {"command": "close", "key": "h"}).content.decode()

    assert "Saved" in page
    assert held(ada)["close"] == "h"
    assert AuditEntry.objects.get(action="profile.changed").detail == {"changed": ["shortcuts"]}


def test_the_chosen_key_stands_in_the_help_of_every_page(ada, browser):
    rebind(ada, "close", "shift+z")

    assert '<div data-shortcut="close" data-keys="shift+z">' in browser.get("/").content.decode()


def test_a_key_that_does_something_else_is_refused_with_its_name(ada, browser):
    page = browser.post(PAGE, {"command": "close", "key": "r"}).content.decode()

    assert "r already does “Reply”. Give that another key first." in page
    assert held(ada)["close"] == "e"


def test_the_first_key_of_a_pair_cannot_do_something_alone(ada):
    with pytest.raises(Refused, match="already does “Mine”"):
        rebind(ada, "close", "g")


@pytest.mark.parametrize("key", ["E", "ab", " ", "g", "ctrl+e", "shift+1", "g g g", "\n", "shift+", "\u202e"])
def test_what_is_no_key_is_refused(ada, key):
    with pytest.raises(Refused):
        rebind(ada, "close", key)


@pytest.mark.parametrize("key", ["h", "é", "ж", "#", "7", "shift+ü", "g z", "g shift+z", "ع"])
def test_any_sign_can_be_a_key(ada, key):
    rebind(ada, "close", key)

    assert held(ada)["close"] == key


def test_a_command_can_do_without_a_key_and_gives_it_free(ada):
    rebind(ada, "reply", "")
    rebind(ada, "close", "r")

    assert (held(ada)["reply"], held(ada)["close"]) == ("", "r")


def test_the_first_keys_come_back_at_once(ada, browser):
    rebind(ada, "close", "h")

    browser.post(PAGE, {"reset": "1"})

    assert held(ada)["close"] == "e"


def test_single_keys_can_be_switched_off(ada, browser):
    browser.post(PAGE, {"switch": "1"})

    page = browser.get("/").content.decode()
    assert 'aria-labelledby="keys-title" data-off>' in page
    assert '<kbd aria-hidden="true">/</kbd>' not in page

    browser.post(PAGE, {"switch": "1", "on": "on"})
    assert Member.objects.get(pk=ada.pk).shortcuts_on


def test_each_members_keys_are_their_own(ada, browser):
    rebind(ada, "close", "h")
    other = make_member("Ben")

    assert held(other)["close"] == "e"


def test_an_unknown_command_is_not_found(browser):
    assert browser.post(PAGE, {"command": "explode", "key": "h"}).status_code == 404
