"""Windows of a real Chromium: `page` is a fresh, private one with small patience, `desk` a member's."""

import pytest

from tests.browser.desk import Desk


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
        browser.windows.put_back(context, product.address)
    desk.wait_for_delivery()
    desk.wait_for_requests()
    assert problems == []
