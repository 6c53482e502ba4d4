import pytest
from django.db import connection

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from clinics.refusal import Refused
from inbox import bells
from integrations import operations
from integrations.models import Channel, Hook, Route
from integrations.operations import WhatsAppNumber, connect_whatsapp
from integrations.queries import find_routes
from tests.factories import make_channel, make_clinic, make_hook

SECRETS = {
    "app_secret": "the app secret",
    "verify_token": "the verify token",
    "access_token": "the access token",
}


def number(**fields) -> WhatsAppNumber:
    return WhatsAppNumber(**{"phone_number_id": "100001", "waba_id": "200001"} | SECRETS | fields)


def test_a_connected_number_can_be_found_by_what_webhooks_name(clinic):
    channel = connect_whatsapp(number())

    routes = find_routes(channel.hook_id)

    assert routes.numbers == {"100001": (clinic.pk, channel.pk)}
    assert routes.businesses == {"200001": (clinic.pk, None)}


def test_secrets_are_readable_to_us_and_sealed_in_the_tables(clinic):
    channel = Channel.objects.select_related("hook").get(pk=connect_whatsapp(number()).pk)

    hook = channel.hook
    assert (hook.app_secret, hook.verify_token, channel.access_token) == tuple(SECRETS.values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT app_secret_sealed, verify_token_sealed FROM integrations_hook")
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    assert not [secret for secret in SECRETS.values() if secret.encode() in stored]


def test_the_secrets_of_a_hook_belong_to_its_clinic(clinic):
    hook = connect_whatsapp(number()).hook

    assert hook.clinic_id == clinic.pk


def test_no_secret_is_in_the_audit_log(clinic):
    channel = connect_whatsapp(number())
    operations.rotate_app_secret(channel.hook, "the next app secret")
    operations.replace_access_token(channel, "the next access token")

    told = str([(entry.detail, entry.target_id, entry.actor) for entry in AuditEntry.objects.all()])

    assert "secret" not in told
    assert "access token" not in told


def test_the_templates_of_a_new_number_are_fetched_at_once(
    clinic, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(bells, "ring_now", lambda *call: rung.append(call))

    with django_capture_on_commit_callbacks(execute=True):
        channel = connect_whatsapp(number())

    assert rung == [(bells.SYNC_TEMPLATES, clinic.pk, channel.pk)]


def test_a_number_is_connected_once(clinic):
    connect_whatsapp(number())

    with pytest.raises(Refused, match="connected already"):
        connect_whatsapp(number())


def test_a_second_number_of_the_same_app_shares_hook_and_business_account(clinic):
    first = connect_whatsapp(number())

    second = connect_whatsapp(
        number(phone_number_id="100002", app_secret="", verify_token=""), hook=first.hook
    )

    assert second.hook == first.hook
    assert Route.objects.filter(hook=first.hook).count() == 3


def test_a_new_app_needs_its_secrets(clinic):
    with pytest.raises(Refused, match="app secret"):
        connect_whatsapp(number(app_secret=""))

    assert Hook.objects.count() == 0


def test_two_clinics_may_each_name_a_number_and_neither_learns_of_the_other(db):
    ours, theirs = make_clinic(), make_clinic()
    with clinic_scope(ours.pk):
        first = connect_whatsapp(number())
    with clinic_scope(theirs.pk):
        second = connect_whatsapp(number())

    # Who signs with which app decides whose messages they are.
    assert find_routes(first.hook_id).numbers["100001"] == (ours.pk, first.pk)
    assert find_routes(second.hook_id).numbers["100001"] == (theirs.pk, second.pk)


def test_on_a_shared_app_a_number_has_one_clinic(db):
    ours, theirs, shared = make_clinic(), make_clinic(), make_hook()
    with clinic_scope(ours.pk):
        connect_whatsapp(number(), hook=shared)

    with clinic_scope(theirs.pk), pytest.raises(Refused, match="connected to this Meta app already"):
        connect_whatsapp(number(), hook=shared)

    with clinic_scope(theirs.pk):
        assert Channel.objects.count() == 0


def test_another_clinics_app_cannot_be_used(db):
    ours, theirs = make_clinic(), make_clinic()
    with clinic_scope(ours.pk):
        hook = connect_whatsapp(number()).hook

    with clinic_scope(theirs.pk), pytest.raises(Refused, match="another clinic"):
        connect_whatsapp(number(phone_number_id="100002"), hook=hook)


def test_a_new_app_secret_keeps_the_one_before_until_it_is_dropped(clinic):
    hook = connect_whatsapp(number()).hook

    operations.rotate_app_secret(hook, "the next app secret")
    during = Hook.objects.get(pk=hook.pk)
    operations.forget_previous_secret(hook)
    after = Hook.objects.get(pk=hook.pk)

    assert (during.app_secret, during.previous_app_secret) == ("the next app secret", "the app secret")
    assert (after.app_secret, after.previous_app_secret) == ("the next app secret", "")


def test_a_clinic_does_not_change_the_secret_of_a_shared_app(clinic):
    with pytest.raises(Refused, match="shared"):
        operations.rotate_app_secret(make_hook(), "mine")


def test_a_new_token_mends_a_broken_channel_but_not_a_paused_one(clinic):
    broken = make_channel(state=Channel.State.BROKEN, problem="The token was refused")
    paused = make_channel(state=Channel.State.PAUSED)

    for channel in (broken, paused):
        operations.replace_access_token(channel, "the next access token")

    after = Channel.objects.in_bulk([broken.pk, paused.pk])
    assert (after[broken.pk].state, after[broken.pk].problem) == (Channel.State.CONNECTED, "")
    assert after[paused.pk].state == Channel.State.PAUSED
    assert {channel.access_token for channel in after.values()} == {"the next access token"}
