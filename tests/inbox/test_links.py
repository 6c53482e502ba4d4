"""Links and QR codes: what they hold, and that each conversation one brought is counted once."""

from xml.etree import ElementTree

import pytest
import qrcode

from inbox.models import EntryLink
from inbox.operations import linking
from tests.factories import make_channel


@pytest.fixture
def channel(clinic):
    return make_channel(address="+44 20 7946 0101")


@pytest.fixture
def admin_client(admin, client):
    client.force_login(admin.user)
    return client


def make_link(channel, code="k7q2d", **fields) -> EntryLink:
    return EntryLink.objects.create(
        channel=channel, code=code, **{"name": "Poster", "text": "Hello, I have a question."} | fields
    )


def test_a_link_leads_to_the_number_with_the_text_and_its_code(channel):
    link = make_link(channel, text="Guten Tag & hallo")

    assert (
        linking.address_of(link)
        == "https://wa.me/442079460101?text=Guten%20Tag%20%26%20hallo%20%28%23k7q2d%29"
    )


def test_the_code_holds_the_link_and_nothing_else(channel, admin_client):
    link = make_link(channel)
    expected = qrcode.QRCode(border=4, error_correction=qrcode.constants.ERROR_CORRECT_Q)
    expected.add_data(linking.address_of(link))
    dark = sum(sum(row) for row in expected.get_matrix())

    answer = admin_client.get(f"/settings/links/{link.pk}/svg/")

    path = ElementTree.fromstring(answer.content).find("{http://www.w3.org/2000/svg}path").get("d")
    assert (answer.headers["Content-Type"], path.count("M")) == ("image/svg+xml", dark)


def test_the_files_are_named_after_the_link(channel, admin_client):
    link = make_link(channel, name="Poster / Empfang „Ost“")

    named = [
        admin_client.get(f"/settings/links/{link.pk}/{kind}/?save").headers["Content-Disposition"]
        for kind in ("svg", "png")
    ]

    assert named == [f'attachment; filename="whatsapp-poster-empfang-ost.{kind}"' for kind in ("svg", "png")]
    assert admin_client.get(f"/settings/links/{link.pk}/png/").content.startswith(b"\x89PNG")


def test_links_are_made_shown_and_deleted(channel, admin_client):
    page = admin_client.post(f"/settings/channels/{channel.pk}/links/", {"name": "Google", "text": "Hi"})
    [link] = EntryLink.objects.all()
    poster = admin_client.get(f"/settings/links/{link.pk}/poster/")
    gone = admin_client.post(f"/settings/links/{link.pk}/delete/")

    assert f"Hi (#{link.code})" in page.text
    assert "+44 20 7946 0101" in poster.text
    assert "still leads to the number" in gone.text
    assert EntryLink.objects.count() == 0


def test_a_number_that_is_not_known_has_no_code(clinic, admin_client):
    link = make_link(make_channel(address=""))

    assert admin_client.get(f"/settings/links/{link.pk}/svg/").status_code == 404
    assert "not known yet" in admin_client.get(f"/settings/channels/{link.channel_id}/links/").text
