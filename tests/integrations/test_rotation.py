import json

import pytest
from cryptography.exceptions import InvalidTag
from django.core.management import CommandError, call_command

from clinic_inbox import vault
from clinic_inbox.tenancy import clinic_scope
from integrations import rotation
from integrations.models import Channel, Hook, WebhookEvent, webhook_context
from tests.factories import make_channel, make_clinic, make_hook

OLD = "old:" + "b2xk" * 10 + "b2w="
NEW = "new:" + "bmV3" * 10 + "bmU="


@pytest.fixture
def sealed(db, settings):
    """A channel of each of two clinics and a webhook, all under the old key; the ring then begins with the new."""
    settings.KEY_RING = OLD
    channels = []
    for number in range(2):
        clinic = make_clinic()
        with clinic_scope(clinic.pk):
            channels.append(make_channel(make_hook(clinic), access_token=f"token {number}"))
    hook = channels[0].hook
    WebhookEvent.objects.create(hook=hook, body=vault.seal(b"{}", webhook_context(hook.pk)))
    settings.KEY_RING = f"{NEW},{OLD}"
    return channels


def test_after_a_rotation_everything_opens_without_the_old_key(sealed, settings, capsys):
    call_command("rotate_keys")
    settings.KEY_RING = NEW

    assert json.loads(capsys.readouterr().out) == {
        "key": "new",
        "resealed": {"hook": 4, "clinic": 2, "webhook_event": 1, "audit_root": 0, "second_factor": 0},
    }
    for number, channel in enumerate(sealed):
        with clinic_scope(channel.clinic_id):
            assert Channel.objects.get(pk=channel.pk).access_token == f"token {number}"
        hook = Hook.objects.get(pk=channel.hook_id)
        assert (hook.app_secret, hook.verify_token, hook.previous_app_secret) == (
            "app-secret",
            "verify-token",
            "",
        )
    event = WebhookEvent.objects.get()
    assert vault.unseal(event.body, webhook_context(event.hook_id)) == b"{}"


def test_a_rotation_knows_of_everything_that_is_sealed_in_a_clinics_rows():
    names = {f"{model.__name__}.{secret.name}" for model, secret in rotation.sealed_of_clinics()}

    assert names >= {
        "Channel.access_token",
        "Onboarding.access_token",
        "PushAddress.target",
        "TombstoneKey.secret",
    }


def test_without_a_rotation_nothing_opens(sealed, settings):
    settings.KEY_RING = NEW

    with pytest.raises(KeyError):
        _ = Hook.objects.first().app_secret


def test_a_second_rotation_finds_nothing_to_do(sealed, capsys):
    call_command("rotate_keys")
    capsys.readouterr()

    call_command("rotate_keys")

    assert json.loads(capsys.readouterr().out)["resealed"] == {
        "hook": 0,
        "clinic": 0,
        "webhook_event": 0,
        "audit_root": 0,
        "second_factor": 0,
    }


def test_a_secret_that_changes_during_the_rotation_is_kept(sealed, monkeypatch):
    unseal = vault.unseal

    def and_meanwhile_somebody_else(blob, context):
        monkeypatch.undo()
        hook = Hook.objects.get(pk=sealed[0].hook_id)
        hook.app_secret = "newer"
        hook.save()
        return unseal(blob, context)

    monkeypatch.setattr(vault, "unseal", and_meanwhile_somebody_else)
    rotation.reseal_hooks()

    assert Hook.objects.get(pk=sealed[0].hook_id).app_secret == "newer"


def test_a_missing_key_is_named(sealed, settings):
    settings.KEY_RING = NEW

    with pytest.raises(CommandError, match="'old', which is not in KEY_RING"):
        call_command("rotate_keys")


def test_a_secret_copied_to_another_clinic_does_not_open(sealed):
    ours, theirs = sealed
    with clinic_scope(theirs.clinic_id):
        Channel.objects.update(access_token_sealed=ours.access_token_sealed)

        with pytest.raises(InvalidTag):
            _ = Channel.objects.get().access_token


def test_a_secret_copied_to_another_column_does_not_open(sealed):
    hook = Hook.objects.first()
    hook.verify_token_sealed = hook.app_secret_sealed

    with pytest.raises(InvalidTag):
        _ = hook.verify_token
