"""Decisions whose webhook never came are asked for in rounds: against the simulator, over HTTP."""

import pytest
from django.core.cache import cache

from clinic_inbox.tenancy import clinic_scope
from inbox import authoring, tasks
from integrations.models import Template
from tests.factories import make_channel, make_clinic
from tests.inbox.authors import SECRETS, begin, decide, read
from tests.inbox.templates import make_template

BODY = [{"type": "BODY", "text": "We see you soon."}]
TO_META = {"Authorization": f"Bearer {SECRETS['access_token']}"}
RESTS = {"code": 80007, "http": 400, "retry_after": 1800}


@pytest.fixture(autouse=True)
def rested():
    cache.clear()
    yield
    cache.clear()


def look(channel) -> None:
    tasks.sync_channel_templates(str(channel.clinic_id), str(channel.pk))


def chaos(meta_world, **wrong) -> None:
    assert meta_world.post("/simulator/api/chaos", json={"lists": wrong or None}).status_code == 200


def asked(meta_world) -> int:
    told = meta_world.get("/simulator/api/requests").json()["requests"]
    return sum(each["path"].endswith("/message_templates") for each in told if each["method"] == "GET")


def handed_in(account, name="visit_soon") -> Template:
    return authoring.submit(account, begin(account, name=name).pk)


def fill_a_page(account, meta_world) -> None:
    """As many templates of the account as one page of Meta's list holds, and a few more."""
    path = f"/graph/v26.0/{account.channel.business_id}/message_templates"
    for number in range(105):
        told = {"name": f"filler_{number}", "language": "en", "category": "UTILITY", "components": BODY}
        assert meta_world.post(path, json=told, headers=TO_META).status_code == 200


@pytest.mark.parametrize("status", ["APPROVED", "REJECTED", "PAUSED", "DISABLED"])
def test_each_decision_is_found_and_goes_into_the_history(account, meta_world, status):
    template = handed_in(account)
    decide(meta_world, template, status, reason="SCAM")

    look(account.channel)

    found = read(template)
    assert (found.status, found.reason) == (status, "SCAM")
    with clinic_scope(account.clinic_id):
        assert [each.by_name for each in authoring.history(found)] == ["", "Olga Owner"]
    look(account.channel)
    with clinic_scope(account.clinic_id):
        assert len(authoring.history(found)) == 2  # told again is told once


def test_what_meta_deleted_is_gone_and_what_it_still_looks_at_waits(account, meta_world):
    kept, lost = handed_in(account), handed_in(account, "visit_late")
    path = f"/graph/v26.0/{account.channel.business_id}/message_templates"
    assert meta_world.delete(path, params={"name": "visit_late"}, headers=TO_META).status_code == 200

    look(account.channel)

    assert (read(kept).status, read(lost).status) == ("PENDING", "DELETED")


def test_a_decision_on_the_second_page_is_found(account, meta_world):
    fill_a_page(account, meta_world)
    template = handed_in(account)  # the simulator tells the newest last
    decide(meta_world, template, "APPROVED")
    before = asked(meta_world)

    look(account.channel)

    assert (asked(meta_world) - before, read(template).status) == (2, "APPROVED")


def test_an_answer_that_breaks_off_between_two_pages_changes_nothing(account, meta_world):
    template = handed_in(account)
    fill_a_page(account, meta_world)
    look(account.channel)
    decide(meta_world, template, "APPROVED")
    chaos(meta_world, code=2, http=503, later_pages=True)

    look(account.channel)

    with clinic_scope(account.clinic_id):
        assert not Template.objects.filter(status="DELETED").exists()
    assert read(template).status == "PENDING"
    chaos(meta_world)
    look(account.channel)
    assert read(template).status == "APPROVED"


def test_while_meta_limits_us_it_is_not_asked_and_afterwards_it_is(account, meta_world):
    template = handed_in(account)
    decide(meta_world, template, "APPROVED")
    chaos(meta_world, **RESTS)
    look(account.channel)
    chaos(meta_world)
    refused = asked(meta_world)

    look(account.channel)

    assert (asked(meta_world), read(template).status) == (refused, "PENDING")
    key = f"templates-rest:{account.channel.pk}"
    assert 1700 < cache._cache.get_client().ttl(cache.make_key(key)) <= 1800
    cache.delete(key)
    look(account.channel)
    assert read(template).status == "APPROVED"


def test_one_clinic_that_meta_limits_or_refuses_holds_up_no_other_and_learns_nothing_of_it(
    account, meta_world
):
    template = handed_in(account)
    decide(meta_world, template, "APPROVED")
    other = make_clinic("Other Clinic")
    with clinic_scope(other.pk):
        theirs = make_channel(api_url=account.channel.api_url, access_token="not the simulator's")
        same_name = make_template(theirs, name="visit_soon", status="PENDING", external_id="1")

    look(theirs)
    look(account.channel)

    assert read(template).status == "APPROVED"
    assert read(same_name).status == "PENDING"
    with clinic_scope(other.pk):
        assert list(Template.objects.values_list("pk", flat=True)) == [same_name.pk]
