"""A real Chromium. `browser` is for one module; `page` is a fresh, private window with small patience."""

import os

import pytest
from playwright.sync_api import sync_playwright

from clinic_inbox.local.browser import LAUNCH_ARGUMENTS, NoBrowser, find_browser
from tests.browser.desk import Desk


@pytest.fixture(scope="module")
def browser():
    """Playwright's Browser.

    One per module, not per session: while Playwright runs, its event loop counts as the running one of this thread,
    in which no async test of another module could start, and in which Django would refuse its ORM.
    """
    try:
        program = find_browser()
    except NoBrowser as error:
        pytest.skip(f"no browser: {error}")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=program, args=LAUNCH_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A page of a window of its own, desktop size. An error in the page's scripts fails the test."""
    # Without the app's service worker, past which Playwright's routes do not see; test_app_shell.py has it.
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-GB", service_workers="block"
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def desk(browser, product):
    desk = Desk(browser, product)
    yield desk
    problems = [problem for _context, page in desk.contexts for problem in page.problems]
    for context, _page in desk.contexts:
        context.close()
    desk.wait_for_delivery()
    desk.wait_for_requests()
    assert problems == []
