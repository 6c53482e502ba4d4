"""Which webhooks are taken, and what a batch costs."""

import sys
import time
from datetime import timedelta

from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox.intake import shards_waiting
from inbox.intake.apply import Told, _home
from inbox.models import Message, Reaction
from integrations.events import ChannelReport, MessageReceived, Sender
from integrations.models import Channel, WebhookEvent
from tests.inbox.payloads import messages_webhook, text_message, webhook


def test_webhooks_stored_while_there_were_more_shards_are_found(channel, settings):
    settings.INGEST_SHARDS = 1
    for shard in (0, 3, 3, 7):
        WebhookEvent.objects.create(hook=channel.hook, body=b"", state="waiting", shard=shard)
    later = timezone.now() + timedelta(hours=1)
    WebhookEvent.objects.create(hook=channel.hook, body=b"", state="waiting", shard=5, due_at=later)

    assert shards_waiting() == [0, 3, 7]


def test_who_writes_now_is_read_with_the_first_batch_of_a_backlog(channel, arrive, monkeypatch):
    module = sys.modules["inbox.intake.drain"]
    monkeypatch.setattr(module, "BATCH_BYTES", 1)
    monkeypatch.setattr(module, "NEWEST", 1)

    arrive(*(messages_webhook(channel, text_message(text)) for text in ("old 0", "old 1", "old 2", "now")))

    with clinic_scope(channel.clinic_id):
        assert set(Message.objects.values_list("text", flat=True)) == {"old 0", "now"}


def test_no_shard_waits_when_nothing_does(channel):
    assert shards_waiting() == []


def test_a_channel_silent_for_days_is_seen_again(channel, arrive):
    days_ago = timezone.now() - timedelta(days=3, seconds=5)
    with clinic_scope(channel.clinic_id):
        Channel.objects.update(last_event_at=days_ago)

    arrive(messages_webhook(channel, text_message()))

    with clinic_scope(channel.clinic_id):
        assert timezone.now() - Channel.objects.get().last_event_at < timedelta(minutes=1)


def test_thousands_that_name_only_an_account_are_placed_at_once(channel):
    sender, now = Sender(wa_id="1"), timezone.now()
    events = [MessageReceived(f"wamid.{number}", sender, now, "text") for number in range(4000)]
    told = [Told(1, channel.business_id, None, event) for event in events]
    told.append(Told(2, "x", None, ChannelReport("calls", "", {}, now, "")))
    with clinic_scope(channel.clinic_id):
        started = time.monotonic()

        placed, homeless = _home(told)

        assert time.monotonic() - started < 1
    assert [each.channel_id for each in placed] == [channel.pk] * 4000 + [None]
    assert homeless == set()


def test_a_reaction_changed_within_the_same_second_is_the_last_one(channel, arrive):
    def reaction(emoji):
        told = {"message_id": "wamid.target", "emoji": emoji}
        return webhook(
            channel, messages=[text_message(at=1790000000) | {"type": "reaction", "reaction": told}]
        )

    arrive(reaction("👍"))
    arrive(reaction("❤️"))

    with clinic_scope(channel.clinic_id):
        assert Reaction.objects.get().emoji == "❤️"
