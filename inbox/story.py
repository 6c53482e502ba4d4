"""Everything on record about one message: why it was sent or not, each try, each status, each change, with its time."""

from dataclasses import dataclass
from datetime import datetime

from clinics.models import Member
from contacts.models import Consent
from integrations.whatsapp.errors import Explanation, explain

from . import queries
from .models import WINDOW, Amendment, Message
from .reasons import failure_of

RANKS = {name: rank for rank, name in enumerate(("sent", "delivered", "read", "played"))}


@dataclass(frozen=True)
class Step:
    """One thing that happened to the message: `kind` is try, status, edit or revoke."""

    kind: str
    at: datetime
    name: str = ""  # the try's outcome, the status
    until: datetime | None = None  # when the try was answered, when we were told the status
    code: str = ""
    error: Explanation | None = None
    text: str = ""  # what an edited message said before

    @property
    def is_bad(self) -> bool:
        return self.name in ("failed", "refused", "uncertain")


@dataclass(frozen=True)
class Story:
    """What the page about one message tells."""

    message: Message
    steps: list[Step]
    consents: list[Consent]  # as they were when the gate was asked
    failure: Explanation | None

    @property
    def opened_until(self) -> datetime:
        """Until when a patient's message let the clinic answer freely."""
        return self.message.sent_at + WINDOW


def _place(step: Step) -> tuple:
    """Providers tell whole seconds: within one a try comes before what became of it, and that in its own order."""
    is_status = step.kind == "status"
    return step.at.replace(microsecond=0), is_status, is_status and RANKS.get(step.name, len(RANKS)), step.at


def story_of(message: Message, member: Member) -> Story:
    """Read in a fixed number of queries; `message` comes with its conversation and contact."""
    is_ours = message.direction == Message.Direction.OUT
    steps = [*_changes(message), *(_tries(message) + _statuses(message) if is_ours else [])]
    has_failed = message.state in (Message.State.FAILED, Message.State.RETRIED) and message.error_code
    return Story(
        message,
        sorted(steps, key=_place),
        _consents(message, member) if is_ours else [],
        failure_of(message) if has_failed else None,
    )


def _tries(message: Message) -> list[Step]:
    return [
        Step(
            "try",
            attempt.started_at,
            attempt.outcome or "open",
            attempt.finished_at,
            attempt.error_code,
            explain(attempt.error_code, attempt.error_detail) if attempt.error_code else None,
        )
        for attempt in message.tries.all()
    ]


def _statuses(message: Message) -> list[Step]:
    steps = []
    for told in message.statuses.all():
        error = told.errors[0] if told.errors else {}
        code = str(error.get("code", ""))[:20]
        words = str(error.get("details") or error.get("title") or "")
        because = explain(code, words) if error else None
        steps.append(Step("status", told.occurred_at, told.status, told.created_at, code, because))
    return steps


def _changes(message: Message) -> list[Step]:
    """Edits and the withdrawal, each edit with what it replaced."""
    if not message.external_id:
        return []
    changes = Amendment.objects.filter(
        channel_id=message.channel_id, target_external_id=message.external_id, applied_at__isnull=False
    ).order_by("amended_at")
    earlier = iter([] if message.revoked_at else message.content.get("earlier", []))
    return [
        Step(each.kind, each.amended_at, text=next(earlier, "") if each.kind == "edit" else "")
        for each in changes
    ]


def _consents(message: Message, member: Member) -> list[Consent]:
    """The newest decision per purpose when the message was made, but for those told where `member` sees nothing."""
    identities = queries.visible_identities(member, message.conversation.contact).order_by()
    rows = Consent.objects.filter(decided_at__lte=message.created_at, identity__in=identities)
    return list(rows.order_by("purpose", "-decided_at", "-created_at").distinct("purpose"))
