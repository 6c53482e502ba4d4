"""A number on its way through Embedded Signup that is given up: nothing of it stays here, nor at Meta."""

from contextlib import suppress

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry, Role
from clinics.refusal import Refused
from inbox import retention
from integrations import leaving
from integrations.models import Channel, Onboarding
from integrations.operations import onboarding as onboarding_steps
from integrations.operations.onboarding import shared_hook
from tests.factories import make_channel, make_clinic, make_member
from tests.integrations.signing_up import PAGE, go_on, onboarding, rows


class Ended(Exception):
    """A worker that ends."""


def end(*_args):
    raise Ended


def test_given_up_nothing_stays(desk, dialog):
    desk.post(PAGE, dialog())

    desk.post(f"{PAGE}{onboarding(desk).pk}/give-up/")

    assert (rows(desk, Onboarding), rows(desk, Channel)) == ([], [])


def is_subscribed(meta_world, told) -> bool:
    apps = meta_world.get("/simulator/api/apps").json()["apps"]
    return next(each["subscribed"] for each in apps if each["waba_id"] == told["waba_id"])


def before_the_last_step(desk, told, monkeypatch) -> Onboarding:
    """Meta sends the account's webhooks; the channel could not be made."""

    def refused(*_args, **_more):
        raise Refused("Not now.")

    with monkeypatch.context() as patched:
        patched.setattr(onboarding_steps, "finish", refused)
        desk.post(PAGE, told)
        go_on(desk, pin="123456")
    return onboarding(desk)


def test_given_up_after_meta_was_asked_for_webhooks_it_is_told_to_send_none(
    desk, dialog, meta_world, monkeypatch
):
    row = before_the_last_step(desk, told := dialog(), monkeypatch)
    before = is_subscribed(meta_world, told)

    answer = desk.post(f"{PAGE}{row.pk}/give-up/")

    assert (row.step, before, is_subscribed(meta_world, told)) == ("connect", True, False)
    assert answer.url == "/settings/channels/connect/"
    with clinic_scope(desk.clinic.pk):
        assert AuditEntry.objects.get(action="channel.unsubscribed").detail["outcome"] == "done"
    assert desk.post(f"{PAGE}{row.pk}/give-up/").status_code == 404


def test_what_nobody_came_back_to_in_a_day_is_left_at_meta_as_well(desk, dialog, meta_world, monkeypatch):
    before_the_last_step(desk, told := dialog(), monkeypatch)
    with clinic_scope(desk.clinic.pk):
        Onboarding.objects.update(created_at=timezone.now() - onboarding_steps.KEPT_FOR)

    retention.purge()

    assert (rows(desk, Onboarding), is_subscribed(meta_world, told)) == ([], False)
    with clinic_scope(desk.clinic.pk):
        assert AuditEntry.objects.get(action="channel.unsubscribed").actor == "retention"


def test_given_up_all_the_same_when_meta_cannot_be_told(desk, dialog, monkeypatch, settings):
    row = before_the_last_step(desk, dialog(), monkeypatch)
    settings.META_GRAPH_URL = "http://127.0.0.1:9/graph"

    page = desk.post(f"{PAGE}{row.pk}/give-up/", follow=True)

    assert rows(desk, Onboarding) == []
    assert "Meta could not be told" in page.text


def test_after_a_day_what_is_connected_is_forgotten_too_and_what_is_at_work_waits(clinic):
    member, Step = make_member(role=Role.ADMIN), Onboarding.Step
    begun = {"business_id": "1", "is_coexistence": False, "by": member}
    old, done, busy = (onboarding_steps.start("token", number_id=each, **begun) for each in "123")
    onboarding_steps.move(done, Step.DONE)
    Onboarding.objects.update(created_at=timezone.now() - onboarding_steps.KEPT_FOR)
    onboarding_steps.take(busy)
    fresh = onboarding_steps.start("token", number_id="4", **begun)

    found = {each.pk for each in onboarding_steps.find_old()}
    count = leaving.forget_old(clinic.pk)

    assert (found, count) == ({old.pk, busy.pk}, 2)
    assert set(Onboarding.objects.values_list("pk", flat=True)) == {busy.pk, fresh.pk}
    given_up = AuditEntry.objects.filter(action="onboarding.given_up").values_list("actor", "target_id")
    assert list(given_up) == [("retention", str(old.pk))]


def given_up(desk, row):
    return desk.post(f"{PAGE}{row.pk}/give-up/")


def after_a_day(desk, row) -> None:
    with clinic_scope(desk.clinic.pk):
        Onboarding.objects.update(created_at=timezone.now() - onboarding_steps.KEPT_FOR)
    retention.purge()


@pytest.mark.parametrize("forget", [given_up, after_a_day])
def test_where_we_end_before_meta_was_told_it_is_told_the_next_time(
    desk, dialog, meta_world, monkeypatch, forget
):
    row = before_the_last_step(desk, told := dialog(), monkeypatch)
    with monkeypatch.context() as patched, suppress(Ended):
        patched.setattr(leaving.api, "unsubscribe", end)
        forget(desk, row)
    kept = onboarding(desk)
    with clinic_scope(desk.clinic.pk):
        Onboarding.objects.update(busy_until=None)  # as time does

    forget(desk, kept)

    assert kept.step == "subscribe"  # whoever goes on asks Meta for the webhooks again
    assert (rows(desk, Onboarding), is_subscribed(meta_world, told)) == ([], False)


def test_an_account_that_another_attempt_has_subscribed_is_left_with_the_last_of_them(
    desk, dialog, meta_world, monkeypatch
):
    row = before_the_last_step(desk, told := dialog(), monkeypatch)
    with clinic_scope(desk.clinic.pk):
        second = onboarding_steps.start(
            row.access_token,
            business_id=row.business_id,
            number_id=row.number_id,
            is_coexistence=False,
            by=row.started_by,
        )
        onboarding_steps.move(second, "connect")

    given_up(desk, row)

    assert ([each.pk for each in rows(desk, Onboarding)], is_subscribed(meta_world, told)) == (
        [second.pk],
        True,
    )
    given_up(desk, second)
    assert (rows(desk, Onboarding), is_subscribed(meta_world, told)) == ([], False)


def test_what_a_step_is_being_taken_of_is_not_forgotten_under_it(desk, dialog):
    desk.post(PAGE, dialog())
    with clinic_scope(desk.clinic.pk):
        assert onboarding_steps.take(Onboarding.objects.get())

    after_a_day(desk, None)

    assert len(rows(desk, Onboarding)) == 1


def test_an_account_that_is_connected_here_or_in_another_clinic_is_not_cut_off(
    desk, dialog, meta_world, monkeypatch
):
    told = dialog()
    with clinic_scope(make_clinic().pk):
        make_channel(shared_hook(), "100009", told["waba_id"])
    row = before_the_last_step(desk, told, monkeypatch)

    desk.post(f"{PAGE}{row.pk}/give-up/")

    assert (rows(desk, Onboarding), is_subscribed(meta_world, told)) == ([], True)


def test_it_is_not_given_up_under_a_step_that_is_being_taken(desk, dialog):
    desk.post(PAGE, dialog())
    with clinic_scope(desk.clinic.pk):
        assert onboarding_steps.take(Onboarding.objects.get())

    page = desk.post(f"{PAGE}{onboarding(desk).pk}/give-up/")

    assert "another tab" in page.context["problem"]
    assert len(rows(desk, Onboarding)) == 1
