"""The inbox as an app: its service worker is there, keeps no patient's words, and has a page to show without a line."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = """async () => {
    const found = []
    for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname)
    return found
}"""


def test_without_a_line_there_is_a_page_that_leads_back_and_nothing_of_a_patient_is_kept(desk):
    page = desk.sit_down(service_workers="allow")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(f"{desk.address}/conversations/{desk.threads[0].pk}/")
    expect(page.locator("#messages")).to_contain_text("Hello from Nora")

    page.context.set_offline(True)
    page.goto(desk.address + "/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    kept = page.evaluate(KEPT)
    assert "/offline/" in kept
    assert {path for path in kept if not path.startswith("/static/")} == {"/offline/"}

    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.locator("#rows .row")).to_have_count(3)
