"""What no browser sends is answered in words or as if it were nothing, never with a failure of ours."""

from uuid import uuid4

import pytest

from inbox.serving import _range
from integrations.models import Template
from tests.factories import make_conversation, make_member, make_message

from .api_client import Machine
from .screens import signed_in

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("query", ["%00", "%ED%A0%80", "a" * 5000, "*(", "%25_", "'"])
def test_a_search_for_junk_finds_nothing(clinic, query):
    make_message(make_conversation())
    browser = signed_in(make_member())

    assert browser.post("/conversations/", f"q={query}", FORM).status_code == 200
    assert browser.get(f"/conversations/?after={query}").status_code == 404
    assert browser.get(f"/conversations/rows/?ids={query}").status_code in (200, 400)


@pytest.mark.parametrize("name", ["value-", "value-body", "value-body-", "value-x-1", "value-body-1-2"])
def test_a_value_of_no_place_is_refused_in_words(clinic, name):
    conversation = make_conversation()
    template = Template.objects.create(
        provider="whatsapp", business_id=conversation.channel.business_id, name="visit", language="en",
        category="UTILITY", status="APPROVED", components=[{"type": "BODY", "text": "On {{1}}."}],
    )  # fmt: skip
    told = {"client_id": uuid4(), "mode": "reply", "template": template.pk, name: "Tuesday"}

    answer = signed_in(make_member()).post(f"/conversations/{conversation.pk}/messages/", told)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "header", ["bytes=0-" + "9" * 5000, "bytes=" + "9" * 5000 + "-", "bytes=-" + "9" * 5000]
)
def test_a_range_of_thousands_of_digits_is_none(header):
    assert _range(header, 10) is None


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "2100-01-01T00:00", "0001-01-01T00:00", "x"])
def test_nobody_snoozes_to_where_no_page_could_draw_the_time(clinic, at):
    conversation = make_conversation()

    answer = signed_in(make_member()).post(f"/conversations/{conversation.pk}/snooze/", {"at": at})

    assert answer.status_code == 204
    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == ("open", None)


def test_nor_does_a_machine(clinic):
    conversation = make_conversation()
    change = {"status": "snoozed", "snoozed_until": "2100-01-01T08:00:00Z"}

    assert Machine(clinic).patch(f"conversations/{conversation.pk}/", change).status_code == 400
