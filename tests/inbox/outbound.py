"""What the delivery tests stand on: a committed clinic whose channel speaks with a fake provider."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox import statuses
from inbox.delivery import doubt, runner
from inbox.models import Attempt, Conversation, Message
from inbox.operations.sending import Draft, send_message
from integrations.events import StatusChanged
from integrations.models import Channel, Template
from tests.factories import make_channel, make_clinic, make_conversation, make_identity
from tests.faults import forks
from tests.inbox.fake_provider import FakeProvider, running
from tests.inbox.templates import FILLED, make_template

LONG_AGO = "2000-01-01T00:00:00Z"


@dataclass
class Outbound:
    """One clinic's way out. Each method opens its own scope, so its rows are committed."""

    clinic_id: UUID
    channel: Channel
    provider: FakeProvider
    workers: list[forks.Work] = field(default_factory=list)

    def conversation(self, **fields) -> Conversation:
        with clinic_scope(self.clinic_id):
            return make_conversation(make_identity(**fields), self.channel)

    def queue(self, text="See you at ten.", conversation=None, **options) -> Message:
        conversation = conversation or self.conversation()
        with clinic_scope(self.clinic_id):
            return send_message(conversation, Draft(text=text), **{"client_id": str(uuid4())} | options)

    def queue_reminder(self) -> Message:
        """A template that a machine sends."""
        conversation = self.conversation()
        with clinic_scope(self.clinic_id):
            template = Template.objects.first() or make_template(self.channel)
            draft = Draft(template=template, values=FILLED)
            return send_message(conversation, draft, client_id=str(uuid4()), source=Message.Source.SYSTEM)

    def start_worker(self, failpoints="", lease: timedelta | None = None) -> forks.Work:
        """A worker process of its own that runs one turn of this channel."""
        self.workers.append(forks.Work("deliver", failpoints, self.clinic_id, self.channel.pk, lease))
        return self.workers[-1]

    def let_leases_end(self) -> int:
        """As if so much time had passed; then what the sweeper does about it."""
        with clinic_scope(self.clinic_id):
            Message.objects.filter(state="claimed").update(lease_until=LONG_AGO)
            return len(doubt.expire_leases())

    def let_doubts_ripen(self) -> int:
        with clinic_scope(self.clinic_id):
            Message.objects.filter(state="uncertain", lease_until__isnull=False).update(lease_until=LONG_AGO)
            return len(doubt.resolve())

    def tell_statuses(self, status="delivered") -> None:
        """The provider tells of everything it accepted, each with its attempt."""
        told = [
            StatusChanged(
                f"wamid.fake{number}", status, timezone.now(), callback=body["biz_opaque_callback_data"]
            )
            for number, body in enumerate(self.provider.accepted, 1)
        ]
        with clinic_scope(self.clinic_id):
            statuses.record([(self.channel.pk, each) for each in told])

    def attempts(self, message: Message) -> list[Attempt]:
        with clinic_scope(self.clinic_id):
            return list(Attempt.objects.filter(message=message).order_by("started_at"))

    def deliver(self) -> bool:
        return runner.run(self.clinic_id, self.channel.pk)

    def read(self, message: Message) -> Message:
        with clinic_scope(self.clinic_id):
            return Message.objects.select_related("conversation__identity", "channel").get(pk=message.pk)

    def make_due(self) -> None:
        """As if the pauses before the next tries were over."""
        with clinic_scope(self.clinic_id):
            Message.objects.filter(state="queued").update(due_at=LONG_AGO)


@pytest.fixture
def outbound(transactional_db):
    clinic = make_clinic()
    with running() as provider:
        with clinic_scope(clinic.pk):
            channel = make_channel(api_url=provider.url, sends_per_second=1000)
        outbound = Outbound(clinic.pk, channel, provider)
        yield outbound
        for worker in outbound.workers:  # a failed test may leave one frozen
            worker.kill()


def to(message: Message) -> str:
    return message.conversation.identity.wa_id
