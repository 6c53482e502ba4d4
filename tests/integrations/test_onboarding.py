"""Embedded Signup against the simulator: every step, every failure with its fix, and nothing half-connected."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox import retention
from integrations.models import Channel, Hook, Onboarding
from integrations.operations import onboarding as onboarding_steps
from integrations.operations.onboarding import shared_hook
from tests.factories import make_channel, make_clinic
from tests.integrations.signing_up import APP, PAGE, go_on, onboarding, rows


def test_a_number_is_connected_once_its_pin_is_given(desk, dialog, meta_world):
    told = dialog()
    asks = desk.post(PAGE, told)
    before = rows(desk, Channel)

    done = go_on(desk, pin="123456")

    [channel] = rows(desk, Channel)
    assert (before, [line.is_now for line in asks.context["lines"]]) == (
        [],
        [False, False, True, False, False],
    )
    assert done.url == f"/settings/channels/{channel.pk}/"
    assert (channel.external_id, channel.business_id) == (told["phone_number_id"], told["waba_id"])
    assert (channel.address, channel.name, channel.state) == ("+44 20 7946 0101", "Clinic", "connected")
    hook = Hook.objects.get()
    assert (hook.clinic_id, hook.app_secret) == (None, APP["app_secret"])
    assert [urlsplit(each.path).path for each in desk.callback.requests] == [f"/webhooks/whatsapp/{hook.pk}/"]
    number = f"/graph/v26.0/{told['phone_number_id']}"
    seen = meta_world.get(number, params={"access_token": channel.access_token, "fields": "status"}).json()
    assert seen["status"] == "CONNECTED"
    assert (onboarding(desk).step, onboarding(desk).access_token) == ("done", "")
    with clinic_scope(desk.clinic.pk):
        actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["onboarding.started", "channel.connected"]


def test_a_number_of_the_phone_app_is_not_registered_and_is_asked_for_its_history(desk, dialog, meta_world):
    told = dialog(coexistence=True)

    desk.post(PAGE, told | {"is_coexistence": "on"})

    [channel] = rows(desk, Channel)
    asked = [
        each["path"].split("/")[-1] for each in meta_world.get("/simulator/api/requests").json()["requests"]
    ]
    assert channel.sends_per_second == 20
    assert (asked.count("smb_app_data"), asked.count("register")) == (2, 0)


def test_one_of_several_numbers_is_chosen(desk, dialog):
    told = dialog(display_phone_number=["+44 20 7946 0101", "+44 20 7946 0102"])
    asks = desk.post(PAGE, told | {"phone_number_id": ""})
    other = asks.context["row"].numbers[1]["id"]

    go_on(desk, number=other)
    go_on(desk, pin="123456")

    assert [channel.external_id for channel in rows(desk, Channel)] == [other]


def test_a_number_that_the_account_does_not_have_cannot_be_chosen(desk, dialog):
    desk.post(
        PAGE, dialog(display_phone_number=["+44 20 7946 0101", "+44 20 7946 0102"]) | {"phone_number_id": ""}
    )

    go_on(desk, number="999999")

    assert onboarding(desk).step == "choose"


def test_a_wrong_pin_is_tried_again(desk, dialog):
    desk.post(PAGE, dialog(pin="427816"))

    wrong = go_on(desk, pin="123456")
    after_wrong = rows(desk, Channel)
    go_on(desk, pin="427816")

    assert "PIN" in wrong.context["problem"]
    assert (after_wrong, len(rows(desk, Channel))) == ([], 1)
    assert "427816" not in str(vars(onboarding(desk)))


def test_what_failed_goes_on_from_there_on_another_day(desk, dialog, settings):
    here, settings.PUBLIC_URL = settings.PUBLIC_URL, "http://127.0.0.1:1"
    desk.post(PAGE, dialog())

    failed = go_on(desk, pin="123456")
    settings.PUBLIC_URL = here
    listed = desk.get(PAGE)
    go_on(desk)

    assert "callback address" in failed.context["problem"]
    assert [row.step for row in listed.context["waiting"]] == ["subscribe"]
    assert len(rows(desk, Channel)) == 1


@pytest.mark.parametrize(
    ("dialogs", "claims", "words"),
    [
        ({"scopes": ["whatsapp_business_management"]}, {}, "fewer permissions"),
        ({}, {"waba_id": "123456"}, "does not open the account"),
    ],
)
def test_what_the_browser_claims_is_looked_at_with_the_token(desk, dialog, dialogs, claims, words):
    page = desk.post(PAGE, dialog(**dialogs) | claims)

    assert words in page.context["problem"]
    assert rows(desk, Channel) == []


def test_a_code_works_once(desk, dialog):
    told = dialog()
    desk.post(PAGE, told)

    page = desk.post(PAGE, told)

    assert "expired" in page.context["problem"]
    assert len(rows(desk, Onboarding)) == 1


def test_a_secret_that_meta_does_not_accept_is_the_operators_matter(desk, dialog, settings):
    settings.META_APP_SECRET = "another"

    page = desk.post(PAGE, dialog())

    assert "operator" in page.context["problem"]
    assert rows(desk, Onboarding) == []


def test_a_number_that_another_clinic_has_is_refused(desk, dialog):
    told = dialog()
    with clinic_scope(make_clinic().pk):
        make_channel(shared_hook(), told["phone_number_id"], told["waba_id"])
    desk.post(PAGE, told)

    page = go_on(desk, pin="123456")

    assert "connected to this Meta app already" in page.context["problem"]
    assert rows(desk, Channel) == []


def test_the_shared_hook_follows_the_setting_and_keeps_the_secret_before(db, settings):
    settings.META_APP_ID, settings.META_APP_SECRET = "8123", "first"
    first = shared_hook()
    settings.META_APP_SECRET = "second"

    second = shared_hook()

    assert (first.pk, second.app_secret, second.previous_app_secret) == (second.pk, "second", "first")
    assert second.verify_token == first.verify_token


def test_only_this_page_may_load_metas_script(desk):
    page, other = desk.get(PAGE), desk.get("/settings/channels/connect/")

    assert "script-src 'self' https://connect.facebook.net;" in page.headers["Content-Security-Policy"]
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    assert "facebook" not in other.headers["Content-Security-Policy"]
    assert "connect.facebook.net" not in page.text  # it is fetched on a click


def test_without_a_meta_app_it_is_not_offered(desk, settings):
    settings.META_APP_ID = ""

    assert desk.get(PAGE).url == "/settings/channels/connect/"
    assert PAGE not in desk.get("/settings/channels/connect/").text


def test_what_one_tab_is_doing_another_does_not_do_as_well(desk, dialog, meta_world):
    desk.post(PAGE, dialog())
    with clinic_scope(desk.clinic.pk):
        assert onboarding_steps.take(Onboarding.objects.get())

    other = go_on(desk, pin="123456")

    asked = meta_world.get("/simulator/api/requests").json()["requests"]
    assert "another tab" in other.context["problem"]
    assert [each["path"] for each in asked if each["path"].endswith("/register")] == []
    with clinic_scope(desk.clinic.pk):
        onboarding_steps.let_go(Onboarding.objects.get().pk)
    go_on(desk, pin="123456")
    assert len(rows(desk, Channel)) == 1


def test_a_tab_that_died_is_not_waited_for_for_ever(desk, dialog):
    desk.post(PAGE, dialog())
    with clinic_scope(desk.clinic.pk):
        Onboarding.objects.update(busy_until=timezone.now() - timedelta(seconds=1))

    go_on(desk, pin="123456")

    assert len(rows(desk, Channel)) == 1


def test_a_number_that_was_never_connected_is_forgotten_with_its_token(desk, dialog):
    desk.post(PAGE, dialog())
    with clinic_scope(desk.clinic.pk):
        fresh = list(onboarding_steps.find_old())
        Onboarding.objects.update(created_at=timezone.now() - onboarding_steps.KEPT_FOR)

    retention.purge()

    assert (fresh, rows(desk, Onboarding)) == ([], [])
    with clinic_scope(desk.clinic.pk):
        assert AuditEntry.objects.get(action="onboarding.given_up").actor == "retention"
