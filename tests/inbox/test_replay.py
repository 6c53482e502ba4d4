import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinic_inbox import vault
from clinic_inbox.tenancy import clinic_scope
from inbox import bells
from inbox.intake.drain import EARLIER, drain_batch
from inbox.models import Message
from integrations import operations
from integrations.models import Hook, WebhookEvent, webhook_context
from integrations.operations import WhatsAppNumber
from tests.factories import make_clinic

BODY = {
    "object": "whatsapp_business_account",
    "entry": [{"id": "", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "12025550100", "phone_number_id": ""},
        "contacts": [{"wa_id": "12025550143", "profile": {"name": "Nora Example"}}],
        "messages": [{"from": "12025550143", "id": "wamid.1", "timestamp": "1763900000", "type": "text",
                      "text": {"body": "Hello"}}],
    }}]}],
}  # fmt: skip


@pytest.fixture
def stored(channel):
    """A readable webhook of the channel, in the state that a test wants."""

    def stored(state: str, **fields) -> WebhookEvent:
        body = json.loads(json.dumps(BODY))
        body["entry"][0]["id"] = channel.business_id
        body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = channel.external_id
        sealed = vault.seal(json.dumps(body).encode(), webhook_context(channel.hook_id))
        return WebhookEvent.objects.create(hook=channel.hook, body=sealed, state=state, **fields)

    return stored


def replay(capsys, *flags: str) -> int:
    call_command("replay_webhooks", *flags)
    return json.loads(capsys.readouterr().out)["replayed"]


def test_a_dead_webhook_is_read_again(stored, channel, capsys):
    stored("dead", attempts=5, error="not read")

    assert replay(capsys) == 1
    drain_batch(0)

    assert WebhookEvent.objects.get().state == "done"
    with clinic_scope(channel.clinic_id):
        assert [message.text for message in Message.objects.all()] == ["Hello"]


def test_what_had_its_effect_has_no_second_one(stored, channel, capsys):
    stored("waiting")
    drain_batch(0)

    assert replay(capsys, "--state", "done") == 1
    drain_batch(0)

    with clinic_scope(channel.clinic_id):
        assert Message.objects.count() == 1


def test_only_what_was_asked_for_is_read_again(stored, capsys):
    hour = timezone.now() - timedelta(hours=1)
    old = stored("dead", received_at=hour - timedelta(hours=1))
    new, other, waiting = stored("dead"), stored("dead"), stored("waiting")

    replayed = replay(
        capsys, "--state", "dead", "--since", hour.isoformat(), "--id", str(old.pk), str(new.pk)
    )

    states = dict(WebhookEvent.objects.values_list("pk", "state"))
    assert replayed == 1
    assert states == {old.pk: "dead", new.pk: "waiting", other.pk: "dead", waiting.pk: "waiting"}


def test_what_came_before_a_number_changed_hands_is_not_told_to_its_new_owner(stored, channel, capsys):
    stored("done", received_at=timezone.now() - timedelta(minutes=5))
    other = make_clinic()
    with clinic_scope(channel.clinic_id):
        operations.disconnect(channel)
    with clinic_scope(other.pk):
        theirs = WhatsAppNumber(
            phone_number_id=channel.external_id, waba_id=channel.business_id, access_token="t"
        )
        operations.connect_whatsapp(theirs, hook=channel.hook)
    stored("waiting")

    replay(capsys, "--state", "done")
    drain_batch(0)

    assert list(WebhookEvent.objects.order_by("pk").values_list("state", "error")) == [
        ("quarantined", EARLIER),
        ("done", ""),
    ]
    with clinic_scope(other.pk):
        assert Message.objects.count() == 1


def test_what_came_before_a_number_was_connected_is_read_where_one_clinic_has_the_app(
    stored, channel, capsys
):
    Hook.objects.update(clinic=channel.clinic_id)
    stored("quarantined", received_at=timezone.now() - timedelta(days=1))

    replay(capsys)
    drain_batch(0)

    assert WebhookEvent.objects.get().state == "done"


def test_the_bell_is_rung(stored, capsys, monkeypatch):
    rung = []
    monkeypatch.setattr(bells, "ring_now", lambda *call: rung.append(call))
    stored("quarantined", shard=0)

    replay(capsys)

    assert rung == [(bells.DRAIN, 0)]


def test_a_time_that_is_none_is_an_error(db):
    with pytest.raises(CommandError, match="is not a time"):
        call_command("replay_webhooks", "--since", "yesterday")
