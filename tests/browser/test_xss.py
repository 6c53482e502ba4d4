"""What patients, colleagues and providers write is never run: an attempt in every text, on every screen."""

import html
import os
from urllib.parse import quote

import httpx2
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from inbox.intake.drain import drain_batch
from tests.browser.poison import ATTEMPTS, Poisoned, count_kinds
from tests.inbox.payloads import sign
from tests.isolation.asking import fitting
from tests.isolation.routes import BY_SECRET, all_routes
from tests.product import running_product

pytestmark = pytest.mark.django_db(transaction=True)

WATCH = """
window.__told = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__told.push(`${event.effectiveDirective} blocked ${event.blockedURI} on ${location.pathname}`));
"""
# What is wrong with the page that is shown; an element of this name is nowhere in the product.
LOOK = """() => [
  ...(window.__told ?? ["nobody watched"]),
  ...(window.__xss === undefined ? [] : ["a script ran"]),
  ...[...document.querySelectorAll("xss-probe, [onerror], [onload], [onmouseover], [srcdoc], base, meta[http-equiv]")]
    .map((element) => `became an element: ${element.outerHTML.slice(0, 80)}`),
  ...[...document.querySelectorAll("[href], [src], [action], [formaction]")]
    .flatMap((element) => [...element.attributes])
    .filter(({ name }) => /^(href|src|action|formaction)$/.test(name))
    .filter(({ value }) => /^\\s*(javascript|vbscript|data:text)/i.test(value))
    .map(({ value }) => `an address that runs: ${value.slice(0, 80)}`),
]"""
SPOKEN_ON = {
    "", "conversations/", "conversations/<uuid:pk>/", "conversations/<uuid:pk>/templates/",
    "conversations/<uuid:pk>/templates/<uuid:template_pk>/", "settings/audit/", "settings/channels/",
    "settings/channels/<uuid:pk>/", "settings/details/", "settings/members/", "settings/profile/", "settings/teams/",
    "settings/templates/", "settings/tokens/",
}  # fmt: skip
ELSEWHERE = (
    "api/",
    "media/",
    "worker.js",
    "manifest.webmanifest",
)  # no screens; tests/inbox/test_bad_files.py
PICTURES = ("svg/", "png/", "sample/file/")
EXTRA = [
    "", "conversations/", "settings/audit/", "settings/members/", "styleguide/", "accounts/login/", "no/such/page/",
]  # fmt: skip
QUERY = "?" + "&".join(
    f"{name}={{0}}" for name in ("q", "view", "next", "action", "since", "before", "theme", "dir")
)


@pytest.fixture(scope="module")
def address(django_db_setup, tmp_path_factory):
    """Pages and live updates as real processes; nobody fetches files or sends."""
    with running_product(dict(os.environ), tmp_path_factory.mktemp("xss"), ("web", "live")) as running:
        yield running.address
    django_db_setup()


@pytest.fixture
def world(address):
    """A clinic in which every text is an attempt."""
    return Poisoned()


def say(address, world, *bodies: bytes):
    for body in bodies:
        headers = {"X-Hub-Signature-256": sign(body)}
        url = f"{address}/webhooks/whatsapp/{world.channel.hook_id}/"
        assert httpx2.post(url, content=body, headers=headers, trust_env=False).status_code == 200
    while drain_batch(0):
        pass


@pytest.fixture
def window(browser, address, world):
    """A signed-in owner's page; what their console and dialogs say is kept in `window.said`."""
    client = Client()
    client.force_login(world.owner.user, settings.AUTHENTICATION_BACKENDS[0])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
    context.set_default_timeout(20_000)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.said = []
    page.on("console", lambda said: "Content Security" in said.text and page.said.append(said.text))
    page.on("dialog", lambda dialog: (page.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    yield page
    context.close()


def problems(page) -> list[str]:
    """Everything that ran, was about to run, or was stopped from running on this page."""
    return page.evaluate(LOOK) + page.said


def screens(world):
    """(route, path) of every screen with this clinic's ids."""
    for route in all_routes():
        if route.template in BY_SECRET or route.template.startswith(ELSEWHERE) or "logout" in route.template:
            continue
        if not route.template.endswith(PICTURES):
            yield route.template, list(fitting(world, route))[-1] if route.places else "/" + route.template


def test_no_screen_runs_what_somebody_wrote(window, address, world):
    """Every address of the resolver that can be opened, alone, then with an attempt in each of its queries."""
    say(address, world, *world.webhooks())
    assert count_kinds(world.clinic) > 15
    shown, found = {}, {}
    for template, path in screens(world):
        answer = window.goto(address + path)
        if answer.status == 200:
            shown[template] = "xss-probe" in window.inner_text("body")
        found[path] = problems(window)
    for number, path in enumerate(EXTRA):
        attempt = quote(ATTEMPTS[number % len(ATTEMPTS)])
        window.goto(f"{address}/{path}{QUERY.format(attempt)}")
        found[path + "?"] = problems(window)

    assert {path: told for path, told in found.items() if told} == {}
    # No crawl of refusals: these were seen, with attempts on them.
    assert len(shown) > 25
    assert {template for template, has_attempt in shown.items() if has_attempt} >= SPOKEN_ON


def test_working_with_it_runs_nothing_either(window, address, world):
    """Live messages, search, the panel, the template picker, on paper and in the dark."""
    window.goto(f"{address}/conversations/{world.thread.pk}/")
    expect(window.locator("#messages")).to_contain_text("<xss-probe>")
    for attempt in ATTEMPTS:
        say(address, world, world.said(f"live {attempt}"))
    expect(window.locator("#messages")).to_contain_text(f"live {ATTEMPTS[-1]}"[:30])
    told = problems(window)

    window.goto(f"{address}/")
    window.locator("#search").fill("xss")
    expect(window.locator("mark").first).to_be_visible()
    told += problems(window)
    for scheme, media in (("dark", "screen"), ("light", "print")):
        window.emulate_media(color_scheme=scheme, media=media)
        window.goto(f"{address}/conversations/{world.thread.pk}/templates/{world.ids['template']}/")
        told += problems(window)
        window.goto(f"{address}/conversations/{world.thread.pk}/")
        window.locator("#messages .bubble, #messages [id^=message]").first.hover()
        told += problems(window)

    assert told == []


@pytest.mark.parametrize("policy", [True, False])
def test_a_text_that_is_not_escaped_is_noticed(window, address, world, policy):
    """As if a template said `|safe`; without the policy too, which hides what a script could do."""

    def unescape(route):
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if policy or "security" not in name}
        route.fulfill(response=answer, body=html.unescape(answer.text()), headers=headers)

    window.route(f"**/conversations/{world.thread.pk}/", unescape)
    window.goto(f"{address}/conversations/{world.thread.pk}/")

    told = "\n".join(problems(window))
    signs = [
        "became an element",
        "script-src-elem blocked inline",
        "script-src-attr blocked inline",
        "a script ran",
    ]
    assert [sign for sign in signs if sign in told] == (signs[:3] if policy else [signs[0], signs[3]])
