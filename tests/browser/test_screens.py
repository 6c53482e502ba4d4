"""Every screen can be used by everybody: axe finds nothing serious, and nothing sticks out at any width."""

import pytest
from django.conf import settings
from django.test import Client

from tests.browser.screens import against_axe, screens, too_wide
from tests.isolation.world import World

WIDTHS = (320, 390, 768, 1024, 1440, 2560)
# At 200 % a window of 1280 shows what one of 640 does.
HEIGHT = 800

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return World("Bakery")


@pytest.fixture(params=["owner", "stranger"])
def window(request, browser, product, world):
    """A browser window of the clinic's owner, or of somebody who is not signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": HEIGHT}, reduced_motion="reduce")
    if request.param == "owner":
        client = Client()
        client.force_login(world.owner.user, settings.AUTHENTICATION_BACKENDS[0])
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": product.address}])
    context.set_default_timeout(15_000)
    yield context
    context.close()


def test_axe_finds_nothing_serious_on_any_screen_light_dark_or_right_to_left(window, product, world):
    page = window.new_page()
    found = {}
    for path in screens(window, product.address, world):
        page.emulate_media(color_scheme="light")
        page.goto(product.address + path)
        found[path] = against_axe(page)
        page.emulate_media(color_scheme="dark")
        found[f"{path} dark"] = against_axe(page, ["color-contrast"])
        page.evaluate("document.documentElement.dir = 'rtl'")
        found[f"{path} right to left"] = against_axe(page)

    assert_none(found)


def test_no_screen_scrolls_sideways_at_any_width_in_either_direction(window, product, world):
    page = window.new_page()
    found = {}
    for path in screens(window, product.address, world):
        page.goto(product.address + path)
        for direction in ("ltr", "rtl"):
            page.evaluate("direction => (document.documentElement.dir = direction)", direction)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": HEIGHT})
                found[path, direction, width] = too_wide(page)

    assert_none(found)


def assert_none(found: dict) -> None:
    """No screen has a problem; each that there is, is told whole."""
    problems = [f"{where}: {problem}" for where, several in found.items() for problem in several]
    assert not problems, "\n".join(problems)
