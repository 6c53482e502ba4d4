"""Bells. Each task reads the ledger for what is due; losing one only delays it until the next sweep."""

from uuid import UUID

from celery import shared_task

from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.valkey import note_round
from clinics import audit_chain
from integrations.models import Channel

from . import (
    alarms,
    bells,
    expiry,
    intake,
    letters,
    media,
    pushing,
    retention,
    silence,
    snoozing,
    sounds,
    template_sync,
)
from .attending import rounds as attending
from .delivery import receipts, runner, sweep
from .erasure import running as erasing
from .rounds import for_each_clinic, in_each_clinic


@shared_task
def drain(shard: int) -> None:
    """Turn waiting webhooks of one shard into conversations, until none is left."""
    if intake.drain(shard):
        bells.ring_now(bells.DRAIN, shard)


@shared_task
def sweep_intake() -> None:
    """Ring for webhooks whose bell was lost."""
    note_round("ingest")
    for shard in intake.shards_waiting():
        bells.ring_now(bells.DRAIN, shard)


@shared_task
def deliver(clinic_id: str, channel_id: str) -> None:
    """Send what is due on one channel."""
    if runner.run(UUID(clinic_id), UUID(channel_id)):
        bells.ring_now(bells.DELIVER, clinic_id, channel_id)


@shared_task
def attend(clinic_id: str) -> None:
    """What a clinic does by itself where patients wrote: who gets it, until when it is due, what is said at once."""
    attending.attend(UUID(clinic_id))


@shared_task
def sweep_attending() -> None:
    """The same for bells that were lost; and conversations that found nobody here go to who has come."""
    attending.sweep()


@shared_task
def show_read(clinic_id: str, conversation_id: str, typing: int) -> None:
    """Let the patient see that the clinic read their messages, or is typing."""
    receipts.show_read(UUID(clinic_id), UUID(conversation_id), typing=bool(typing))


@shared_task
def sweep_delivery() -> None:
    """Ring for messages whose bell was lost; put in doubt what a dead worker left."""
    sweep.sweep()


@shared_task
def note_delivery() -> None:
    """Show on the health page that the delivery workers take bells."""
    note_round("delivery")


@shared_task
def wake_snoozed() -> None:
    """Bring back conversations whose snooze is over."""
    snoozing.wake()


@shared_task
def push_news() -> None:
    """Tell members' browsers of what is new."""
    for_each_clinic(pushing.push_news)


@shared_task
def write_letters() -> None:
    """Call who is to be called when nobody answers, and write to members who did not look."""
    for_each_clinic(letters.go_round)


@shared_task
def sync_templates() -> None:
    """Ask for the templates of every business account, each in a task of its own."""
    in_each_clinic(_ring_for_templates)


def _ring_for_templates(clinic_id: UUID) -> None:
    connected = Channel.objects.filter(state=Channel.State.CONNECTED).order_by("business_id", "pk")
    for channel_id in connected.distinct("business_id").values_list("pk", flat=True):
        bells.ring(bells.SYNC_TEMPLATES, clinic_id, channel_id)


@shared_task
def sync_channel_templates(clinic_id: str, channel_id: str) -> None:
    """Make our templates of one business account what the provider tells."""
    with clinic_scope(UUID(clinic_id)):
        channel = Channel.objects.get(pk=channel_id)
    template_sync.look_again(channel)


@shared_task
def fetch_attachment(clinic_id: str, attachment_id: str) -> None:
    """Fetch one file that a patient sent."""
    media.fetch(UUID(clinic_id), UUID(attachment_id))


@shared_task
def prepare_sound(clinic_id: str, attachment_id: str) -> None:
    """Listen to one sound, and make the twin that every browser plays."""
    note_round("sounds")  # behind a long queue the note below comes too late
    sounds.prepare(UUID(clinic_id), UUID(attachment_id))


@shared_task
def note_sounds() -> None:
    """Show on the health page that the worker for sounds takes bells."""
    note_round("sounds")


@shared_task
def sweep_media() -> None:
    """Ring for files whose bell was lost or whose pause is over."""
    note_round("errands")
    media.forget_left_files()
    for clinic_id, attachment_id in media.due():
        bells.ring_now(bells.FETCH, clinic_id, attachment_id)
    for clinic_id, attachment_id in sounds.due():
        bells.ring_now(bells.PREPARE_SOUND, clinic_id, attachment_id)


@shared_task
def purge() -> None:
    """Delete what has been kept long enough."""
    retention.purge()


@shared_task
def seal_audit() -> None:
    """Link what is new in each clinic's audit log; once a day, close the day."""
    while audit_chain.BATCH in in_each_clinic(audit_chain.seal):
        pass


@shared_task
def listen() -> None:
    """Find channels that have fallen silent, and tell their admins by mail."""
    for silent in silence.look():
        if alarms.tell_of_silence(silent):
            silence.note_told(silent)


@shared_task
def erase(clinic_id: str, erasure_id: str) -> None:
    """Go on with the erasure of one patient."""
    if erasing.run(UUID(clinic_id), UUID(erasure_id)):
        bells.ring_now(bells.ERASE, clinic_id, erasure_id)


@shared_task
def sweep_erasures() -> None:
    """Ring for erasures whose bell was lost, or whose worker died."""
    for found in in_each_clinic(erasing.find_running):
        for clinic_id, erasure_id in found:
            bells.ring_now(bells.ERASE, clinic_id, erasure_id)


@shared_task
def expire() -> None:
    """Delete what each clinic keeps for a time only."""
    expiry.expire()
