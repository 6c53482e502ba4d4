"""Every screen of the product, light and dark, on a desktop and on a phone: part of `./dev screenshots`."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WAYS = {
    "light": DESKTOP,
    "dark": DESKTOP | {"color_scheme": "dark"},
    "phone": PHONE,
    "phone-dark": PHONE | {"color_scheme": "dark"},
}
QUALITY = 55
SETTLED = 700  # milliseconds: pictures are there, what slides has slid
INBOX = {
    "list": "/?view=all",
    "list-waiting": "/?view=waiting",
    "list-empty": "/?view=mentions",
    "search": "/?q=appointment",
    "emergency": "/emergency/",
    "template-new": "/settings/templates/new/",
    "styleguide": "/styleguide/",
    "offline": "/offline/",
}
STRANGERS = {
    "sign-in": "/accounts/login/",
    "password-forgotten": "/accounts/password/reset/",
    "sign-up": "/sign-up/",
}
# What is opened over a thread, by the keys that open it.
OVER_A_THREAD = {"shortcuts": "?", "palette": "Control+k"}


def shoot_everything(open_window, conversation: str, to: Path) -> int:
    """Pictures of every screen into `to`; returns how many.

    `open_window(**options)` gives a browser context that is signed in, `open_window(stranger=True, …)` one that is not.
    """
    to.mkdir(parents=True, exist_ok=True)
    for way, options in WAYS.items():
        context = open_window(**options)
        page = context.new_page()
        screens = INBOX | {"conversation": f"/conversations/{conversation}/?view=all"} | _settings(page)
        for name, path in screens.items():
            _shoot(page, path, to / f"{name}-{way}.webp")
        _over_a_thread(page, screens["conversation"], to, way)
        context.close()
        _strangers(open_window(stranger=True, **options), to, way)
    return len(list(to.glob("*.webp")))


def _settings(page: Page) -> dict[str, str]:
    """The pages that the navigation of the settings leads to, and the first one of each list on them."""
    page.goto("/settings/profile/")
    links = page.locator(".settings-nav a").evaluate_all("links => links.map((each) => each.pathname)")
    return dict(_named(path) for path in links) | {
        name: path for path in links for name, path in _first(page, path)
    }


def _named(path: str) -> tuple[str, str]:
    return "-".join(path.strip("/").split("/")), path


def _first(page: Page, path: str) -> Iterator[tuple[str, str]]:
    """The page of the first thing in this list, if its things have pages of their own."""
    page.goto(path)
    found = page.locator(f"#pane a[href^='{path}']").evaluate_all(
        "links => links.map((each) => each.pathname)"
    )
    things = [
        each for each in found if any(sign.isdigit() for sign in each)
    ]  # rather than "new" and "connect"
    below = next((each for each in things + found if each != path), None)
    if below:
        yield f"{_named(path)[0]}-one", urlsplit(below).path


def _over_a_thread(page: Page, conversation: str, to: Path, way: str) -> None:
    for name, key in OVER_A_THREAD.items():
        page.goto(conversation)
        page.locator("#messages").wait_for()
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_be_visible()
        _keep(page, to / f"{name}-{way}.webp")


def _strangers(context: BrowserContext, to: Path, way: str) -> None:
    page = context.new_page()
    for name, path in STRANGERS.items():
        _shoot(page, path, to / f"{name}-{way}.webp")
    context.close()


def _shoot(page: Page, path: str, to: Path) -> None:
    page.goto(path)
    page.wait_for_load_state("load")
    _keep(page, to)


def _keep(page: Page, to: Path) -> None:
    page.wait_for_timeout(SETTLED)
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(to, quality=QUALITY, method=6)
