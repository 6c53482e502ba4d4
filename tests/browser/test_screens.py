"""Every screen can be used by everybody: axe finds nothing serious, and nothing sticks out at any width.

Each screen is opened once and then shown in every way: its colours, direction and width change in place.
"""

import pytest
from django.conf import settings
from django.test import Client

from tests.browser.screens import against_axe, outside, screens
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


def test_on_every_screen_axe_finds_nothing_serious_and_nothing_scrolls_sideways(window, product, world):
    """Axe looks at it light, dark and right to left; nothing sticks out at any width in either direction."""
    page = window.new_page()
    found = {}
    for path in screens(window, product.address, world):
        page.emulate_media(color_scheme="light")
        page.goto(product.address + path)
        found[path] = against_axe(page)
        found |= sideways(page, path)
        page.emulate_media(color_scheme="dark")
        found[f"{path} dark"] = against_axe(page, ["color-contrast"])
        page.evaluate("document.documentElement.dir = 'rtl'")
        found[f"{path} right to left"] = against_axe(page)
        found |= sideways(page, f"{path} right to left")

    problems = [f"{where}: {problem}" for where, several in found.items() for problem in several]
    assert not problems, "\n".join(problems)  # each that there is, is told whole


def sideways(page, path: str) -> dict[str, list[str]]:
    """What sticks out of the page at each width; afterwards it is as wide as before."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found[f"{path} at {width}"] = outside(page)
    page.set_viewport_size({"width": 1440, "height": HEIGHT})
    return found
