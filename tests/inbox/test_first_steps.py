"""A new clinic's first steps: each is ticked once it is true, and only admins of a new clinic are shown them."""

from datetime import timedelta

import pytest

from clinics.models import Role
from clinics.operations.invitations import invite, withdraw
from inbox import first_steps
from tests.factories import make_channel, make_member, make_message


def done() -> list[bool]:
    return [step.is_done for step in first_steps.steps()]


def test_each_step_is_ticked_when_it_is_true(clinic, admin):
    seen = [done()]
    channel = make_channel()
    seen.append(done())
    make_message()
    seen.append(done())
    invitation, _token = invite("ines@clinic.example", Role.AGENT, by=admin)
    seen.append(done())
    withdraw(invitation, by=admin)
    channel.state = "off"
    channel.save()
    seen.append(done())

    assert seen == [
        [False, False, False], [True, False, False], [True, True, False], [True, True, True], [False, True, False],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "days", "shown"),
    [("owner", 0, True), ("admin", 13, True), ("owner", 15, False), ("agent", 0, False)],
)
def test_they_stand_in_the_inbox_of_a_new_clinics_admins(clinic, client, role, days, shown):
    member = make_member(role=role)
    clinic.created_at -= timedelta(days=days)
    clinic.save()
    client.force_login(member.user)

    page = client.get("/")

    assert ("data-first-steps" in page.text) is shown


def test_once_all_is_done_the_inbox_is_itself(clinic, client, admin):
    make_message()
    make_member()
    client.force_login(admin.user)

    assert "data-first-steps" not in client.get("/").text
    assert client.get("/settings/first-steps/").text.count("is-done") == 3


def test_a_number_of_ones_own_is_written_to_by_whatsapp_itself(clinic):
    make_channel(address="+44 20 7946 0101")

    step = first_steps.steps()[1]

    assert (step.url, step.is_done) == ("https://wa.me/442079460101", False)
    assert "+44 20 7946 0101" in step.sentence


def test_without_a_simulator_none_is_offered(clinic, settings):
    settings.SIMULATOR_URL = ""
    without = first_steps.steps()[0].action
    settings.SIMULATOR_URL = "http://127.0.0.1:8090"

    assert (without, first_steps.steps()[0].action) == ("", "/settings/channels/connect/simulator/")


def test_a_simulator_that_is_away_connects_nothing(clinic, client, admin, settings):
    settings.SIMULATOR_URL = "http://127.0.0.1:1"
    client.force_login(admin.user)

    page = client.post("/settings/channels/connect/simulator/")

    assert "Nothing was connected" in page.text
    assert first_steps.channels().count() == 0
