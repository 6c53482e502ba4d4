"""What is costly to start, the running product and a browser: kept while tests that use it follow one another.

Each of these tests still begins with a clinic of its own and empty tables; what they share is processes.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from clinic_inbox.local.browser import LAUNCH_ARGUMENTS, NoBrowser, find_browser
from tests.product import running_product

# A microphone that Chromium pretends to have, for the tests of voice messages.
MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
# Of an operator who has a Meta app, so that numbers may come by Meta's window.
META = {"META_APP_ID": "8123", "META_APP_SECRET": "the operator's secret", "META_CONFIG_ID": "c1"}
KEEPS_NOTHING = 3
# By whether a test uses the product, and a browser.
PLACES = {(True, False): 0, (True, True): 1, (False, True): 2, (False, False): KEEPS_NOTHING}


class Windows:
    """Contexts of a browser that are opened again as if they were new, but for the scripts and styles they know.

    A new one fetches a hundred of those, and compiles them, before it shows anything.
    """

    def __init__(self, browser: Browser):
        self.browser, self.waiting = browser, defaultdict(list)

    def open(self, **options) -> BrowserContext:
        """One of these options that nobody has now. Put it back when it is done with."""
        waiting = self.waiting[repr(sorted(options.items()))]
        if waiting:
            return waiting.pop()
        context = self.browser.new_context(**options)
        context.options = options
        for name in LASTING:
            setattr(context, name, _refuse)
        return context

    def put_back(self, context: BrowserContext, address: str) -> None:
        """Without its pages, cookies, permissions, and whatever pages of this address have stored."""
        context.unroute_all()
        for page in context.pages:
            page.close()
        context.set_offline(False)
        context.clear_permissions()
        context.clear_cookies()
        page = context.new_page()
        page.context.new_cdp_session(page).send(
            "Storage.clearDataForOrigin", {"origin": address, "storageTypes": "all"}
        )
        page.close()
        self.waiting[repr(sorted(context.options.items()))].append(context)


# What could not be taken back, so that the next test would find it.
LASTING = (
    "add_init_script",
    "expose_binding",
    "expose_function",
    "set_extra_http_headers",
    "set_geolocation",
)


def _refuse(*_args, **_options):
    raise AssertionError("a window that is used again by other tests: say it of the page, or open a context")


class Kept:
    """Running things by the names of their fixtures."""

    def __init__(self):
        self.running: dict[str, tuple[object, ExitStack]] = {}

    def get(self, name: str, start: Callable[[], AbstractContextManager]):
        """The thing of that name, which is started unless it runs."""
        if name not in self.running:
            stack = ExitStack()
            self.running[name] = stack.enter_context(start()), stack
        return self.running[name][0]

    def keep_only(self, names: list[str]) -> None:
        """End whatever is not named, the youngest first."""
        for name in reversed([name for name in self.running if name not in names]):
            _thing, stack = self.running.pop(name)
            stack.close()


KEPT = pytest.StashKey[Kept]()


def pytest_sessionstart(session):
    session.stash[KEPT] = Kept()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    result = yield
    item.session.stash[KEPT].keep_only(nextitem.fixturenames if nextitem else [])
    return result


def place(item: pytest.Item) -> int:
    """Sorted by this, tests that keep the same things follow one another, and those that keep nothing come last."""
    names = getattr(item, "fixturenames", ())
    return PLACES["kept_product" in names, "kept_browser" in names]


@pytest.fixture(scope="session")
def kept(request, django_db_setup) -> Iterator[Kept]:
    yield request.session.stash[KEPT]
    request.session.stash[KEPT].keep_only([])


@pytest.fixture
def kept_product(kept, django_db_setup, tmp_path_factory):
    """The running product (tests.product.Product); a test that uses it needs transactional_db too."""

    @contextmanager
    def start():
        with running_product(os.environ | META, tmp_path_factory.mktemp("product")) as running:
            yield running
        django_db_setup()  # What the processes wrote after the last test.

    return kept.get("kept_product", start)


@pytest.fixture
def kept_browser(kept):
    """Playwright's Browser, of which each test opens windows of its own.

    Not one for all tests: while Playwright runs, its event loop counts as the running one of this thread, in which
    no async test could start, and in which Django would refuse its ORM.
    """
    try:
        program = find_browser()
    except NoBrowser as error:
        pytest.skip(f"no browser: {error}")

    @contextmanager
    def start():
        with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
            patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
            chromium = playwright.chromium.launch(
                executable_path=program, args=[*LAUNCH_ARGUMENTS, *MICROPHONE]
            )
            chromium.windows = Windows(chromium)
            yield chromium
            chromium.close()

    return kept.get("kept_browser", start)
