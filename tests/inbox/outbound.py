"""What the delivery tests stand on: a committed clinic whose channel speaks with a fake provider."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from clinic_inbox.tenancy import clinic_scope
from inbox.delivery import runner
from inbox.models import Conversation, Message
from inbox.operations.sending import Draft, send_message
from integrations.models import Channel
from tests.factories import make_channel, make_clinic, make_conversation, make_identity
from tests.inbox.fake_provider import FakeProvider, running


@dataclass
class Outbound:
    """One clinic's way out. Each method opens its own scope, so its rows are committed."""

    clinic_id: UUID
    channel: Channel
    provider: FakeProvider

    def conversation(self, **fields) -> Conversation:
        with clinic_scope(self.clinic_id):
            return make_conversation(make_identity(**fields), self.channel)

    def queue(self, text="See you at ten.", conversation=None, **options) -> Message:
        conversation = conversation or self.conversation()
        with clinic_scope(self.clinic_id):
            return send_message(conversation, Draft(text=text), **{"client_id": str(uuid4())} | options)

    def deliver(self) -> bool:
        return runner.run(self.clinic_id, self.channel.pk)

    def read(self, message: Message) -> Message:
        with clinic_scope(self.clinic_id):
            return Message.objects.select_related("conversation__identity", "channel").get(pk=message.pk)

    def make_due(self) -> None:
        """As if the pauses before the next tries were over."""
        with clinic_scope(self.clinic_id):
            Message.objects.filter(state="queued").update(due_at="2000-01-01T00:00:00Z")


@pytest.fixture
def outbound(transactional_db):
    clinic = make_clinic()
    with running() as provider:
        with clinic_scope(clinic.pk):
            channel = make_channel(api_url=provider.url, sends_per_second=1000)
        yield Outbound(clinic.pk, channel, provider)


def to(message: Message) -> str:
    return message.conversation.identity.wa_id
