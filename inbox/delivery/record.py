"""Transaction 2: what became of the claimed messages. An answer that comes late or twice changes nothing wrongly."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from hmac import compare_digest
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from clinic_inbox.failpoints import failpoint
from clinic_inbox.tenancy import clinic_scope, current_clinic_id
from contacts.models import Consent, Identity
from integrations.events import ErrorClass, Kind
from integrations.models import Channel
from integrations.whatsapp.api import Credentials
from integrations.whatsapp.errors import explain
from integrations.whatsapp.numbers import matching_key

from .. import realtime, reasons, statuses
from ..models import Attachment, Message, Reaction
from . import rates
from .job import Result

QUIET = timedelta(minutes=10)  # without any word, an uncertain message counts as not taken
MOST_TRIES = 16  # eleven minutes at least, fifteen at most: an outage of ten is survived
LONGEST_DELAY_SECONDS = 600  # every message is settled, or shown as in doubt, within 15 minutes

LOCK = "SELECT 1 FROM inbox_message WHERE clinic_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
ACCEPT = """
UPDATE inbox_message m SET external_id = coalesce(m.external_id, r.external_id), lease_until = NULL, due_at = NULL,
    state = CASE WHEN m.state IN ('queued', 'claimed', 'uncertain') THEN 'sent' ELSE m.state END,
    error_code = CASE WHEN m.state IN ('queued', 'claimed', 'uncertain') THEN '' ELSE m.error_code END,
    error_detail = CASE WHEN m.state IN ('queued', 'claimed', 'uncertain') THEN '' ELSE m.error_detail END
FROM unnest(%(ids)s::uuid[], %(external_ids)s::text[]) AS r(id, external_id)
WHERE m.clinic_id = %(clinic)s AND m.id = r.id
RETURNING m.id
"""
# Only for the try that is the message's last, and only while nothing better is known of it.
SETTLE = """
UPDATE inbox_message m SET state = r.state, error_code = r.code, error_detail = r.detail, due_at = r.due_at,
    lease_until = r.ask_again_at
FROM unnest(%(ids)s::uuid[], %(numbers)s::int[], %(states)s::text[], %(codes)s::text[], %(details)s::text[],
    %(due)s::timestamptz[], %(ask_again)s::timestamptz[]) AS r(id, number, state, code, detail, due_at, ask_again_at)
WHERE m.clinic_id = %(clinic)s AND m.id = r.id AND m.attempts = r.number AND m.state IN ('claimed', 'uncertain')
"""
FINISH = """
UPDATE inbox_attempt a SET finished_at = now(), outcome = r.outcome, error_code = r.code, error_detail = r.detail
FROM unnest(%(ids)s::uuid[], %(outcomes)s::text[], %(codes)s::text[], %(details)s::text[])
    AS r(id, outcome, code, detail)
WHERE a.clinic_id = %(clinic)s AND a.id = r.id
"""

OUTCOMES = {ErrorClass.RETRY: "refused", ErrorClass.REAUTHORISE: "refused", ErrorClass.UNCERTAIN: "uncertain"}


def record(clinic_id: UUID, channel_id: UUID, results: list[Result], credentials: Credentials) -> None:
    """Write down what became of these jobs, and take in statuses that came before their message was known.

    `credentials` are those they were sent with.
    """
    with clinic_scope(clinic_id):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            # In one order everywhere: statuses of the same messages may be coming in at this moment.
            cursor.execute(LOCK, [clinic_id, [result.job.message.pk for result in results]])
        accepted = [result for result in results if result.receipt]
        refused = [result for result in results if result.error]
        _accept(accepted)
        _settle(refused)
        _finish(results)
        failpoint("record")
        topics = {realtime.topic(result.job.message.conversation_id) for result in results}
        if any(result.error.error_class is ErrorClass.REAUTHORISE for result in refused):
            topics |= _break_channel(channel_id, refused, credentials)
        realtime.publish(*topics)


def fail(refused: Iterable[tuple]) -> set[UUID]:
    """Messages that the gate no longer lets through: (message, gate.Refused), their rows locked. Inside a scope.

    Returns the conversations that changed, which the caller publishes.
    """
    changed = set()
    for message, refusal in refused:
        kept = {"gate": message.gate | {reasons.KEPT_IN: refusal.values}} if refusal.values else {}
        Message.objects.filter(pk=message.pk).update(
            state=Message.State.FAILED,
            error_code=refusal.code[:20],
            error_detail=reasons.kept_sentence(refusal.code, refusal.values),
            due_at=None,
            lease_until=None,
            **kept,
        )
        _withdraw_reaction(message)
        changed.add(message.conversation_id)
    return changed


def _accept(results: list[Result]) -> None:
    if not results:
        return
    values = {
        "clinic": current_clinic_id(),
        "ids": [result.job.message.pk for result in results],
        "external_ids": [result.receipt.external_id for result in results],
    }
    with connection.cursor() as cursor:
        cursor.execute(ACCEPT, values)
    statuses.adopt(values["ids"])
    for result in results:
        _learn_address(result)


def _settle(results: list[Result]) -> None:
    if not results:
        return
    rows = defaultdict(list)
    for result in results:
        state, due_at, ask_again_at = _verdict(result)
        rows["ids"].append(result.job.message.pk)
        rows["numbers"].append(result.job.number)
        rows["states"].append(state)
        rows["codes"].append(result.error.code[:20])
        rows["details"].append(result.error.detail)
        rows["due"].append(due_at)
        rows["ask_again"].append(ask_again_at)
        if result.error.error_class is ErrorClass.OPTED_OUT:
            _record_opt_out(result)
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, rows | {"clinic": current_clinic_id()})
    # Not every answer settles anything: another try, or a status, may have known better.
    failed = Message.objects.filter(pk__in=rows["ids"], kind=Kind.REACTION, state=Message.State.FAILED)
    for message in failed:
        _withdraw_reaction(message)


def _verdict(result: Result) -> tuple:
    """(state, when to try again, when to look at the doubt again) of a send that was not accepted."""
    now, error, tries = timezone.now(), result.error, result.job.number
    if error.error_class is ErrorClass.UNCERTAIN:
        return Message.State.UNCERTAIN, None, now + QUIET
    if error.error_class is ErrorClass.REAUTHORISE:
        return Message.State.QUEUED, now, None  # waits until the channel is connected again
    if error.error_class is ErrorClass.RETRY:
        delay = rates.retry_delay(error.code, tries, error.retry_after)
        if tries < MOST_TRIES and delay <= LONGEST_DELAY_SECONDS:
            return Message.State.QUEUED, now + timedelta(seconds=delay), None
    return Message.State.FAILED, None, None


def _finish(results: list[Result]) -> None:
    values = {
        "clinic": current_clinic_id(),
        "ids": [result.job.attempt_id for result in results],
        "outcomes": ["accepted" if result.receipt else _outcome(result) for result in results],
        "codes": [result.error.code[:20] if result.error else "" for result in results],
        "details": [result.error.detail if result.error else "" for result in results],
    }
    with connection.cursor() as cursor:
        cursor.execute(FINISH, values)
    for result in results:
        if result.media_id:
            uploaded = Attachment.objects.filter(pk=result.job.upload.attachment_id)
            uploaded.update(external_id=result.media_id)


def _outcome(result: Result) -> str:
    return OUTCOMES.get(result.error.error_class, "failed")


def _learn_address(result: Result) -> None:
    """Keep how the provider addresses the recipient, where we did not know. Somebody else's address stays theirs."""
    identity, receipt = result.job.message.conversation.identity, result.receipt
    learnt = {}
    if receipt.wa_id and not identity.wa_id:
        learnt |= {"wa_id": receipt.wa_id, "wa_key": matching_key(receipt.wa_id)}
    if receipt.user_id and not identity.user_id:
        learnt |= {"user_id": receipt.user_id}
    if not learnt:
        return
    try:
        with transaction.atomic():
            # Unless it was erased meanwhile, or met anew.
            as_known = Identity.objects.filter(pk=identity.pk, wa_id=identity.wa_id, user_id=identity.user_id)
            as_known.update(**learnt)
    except IntegrityError:
        return


def _withdraw_reaction(message: Message) -> None:
    """A reaction that was not sent is not there."""
    if message.kind == Kind.REACTION:
        Reaction.objects.filter(
            channel_id=message.channel_id,
            target_external_id=message.content["target"],
            author="clinic",
            reacted_at=message.sent_at,
        ).update(emoji="")


def _record_opt_out(result: Result) -> None:
    Consent.objects.bulk_create(
        [
            Consent(
                identity_id=result.job.message.conversation.identity_id,
                purpose=Consent.Purpose.MARKETING,
                is_granted=False,
                source="provider",
                external_id=result.job.attempt_id.hex,
                decided_at=timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )


def _break_channel(channel_id: UUID, results: list[Result], credentials: Credentials) -> set[str]:
    """The provider no longer accepts us: nothing more is tried until an admin has connected the channel again.

    An admin who has just done so is not undone by a late answer to the token of before.
    """
    connected = Channel.objects.select_for_update(of=["self"]).filter(pk=channel_id)
    channel = connected.filter(state=Channel.State.CONNECTED).first()
    if channel is None or not compare_digest(channel.access_token, credentials.access_token):
        return set()
    error = next(each.error for each in results if each.error.error_class is ErrorClass.REAUTHORISE)
    channel.state = Channel.State.BROKEN
    with translation.override("en"):  # each reader has it in their own language
        channel.problem = str(explain(error.code, error.detail).cause)[:300]
    channel.save(update_fields=["state", "problem"])
    return {f"channel-{channel_id}"}
