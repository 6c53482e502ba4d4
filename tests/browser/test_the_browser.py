"""Whether there is a browser, and a product to show in it, at all."""

import re

import pytest
from playwright.sync_api import expect


def test_it_shows_a_page_and_runs_its_script(page):
    page.set_content("<title>here</title><script>document.title += ' and alive'</script>")

    assert page.title() == "here and alive"


@pytest.mark.django_db(transaction=True)
def test_a_stranger_is_asked_to_sign_in(page, product):
    page.goto(product.address)

    expect(page).to_have_url(re.compile("login"))
    expect(page.get_by_label("Password")).to_be_visible()
