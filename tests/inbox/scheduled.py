"""Messages with a time, for tests: written, made due, answered by the patient."""

from datetime import timedelta
from uuid import uuid4

from django.db.models import F
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox.intake.apply import Told, apply
from inbox.models import Conversation, Message
from inbox.operations.sending import Plan
from integrations.events import Kind, MessageReceived, Sender

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def schedule(
    outbound, text="See you at ten.", ahead=HOUR, stops=True, conversation=None, **options
) -> Message:
    plan = Plan(timezone.now() + ahead, stops)
    return outbound.queue(text, conversation, plan=plan, **options)


def let_pass(outbound, span=HOUR + MINUTE) -> None:
    """As if so much time had passed since everything was scheduled."""
    with clinic_scope(outbound.clinic_id):
        waiting = Message.objects.filter(state="scheduled")
        waiting.update(send_at=F("send_at") - span, created_at=F("created_at") - span)
        Conversation.objects.update(last_inbound_at=F("last_inbound_at") - span)


def listed(outbound) -> Conversation:
    with clinic_scope(outbound.clinic_id):
        return Conversation.objects.get()


def write_as_patient(outbound, message) -> None:
    """A message of this patient is taken in."""
    sender = Sender(wa_id=message.conversation.identity.wa_id)
    event = MessageReceived(f"wamid.{uuid4().hex}", sender, timezone.now(), Kind.TEXT, "I have a question.")
    apply(outbound.clinic_id, [Told(1, outbound.channel.business_id, outbound.channel.pk, event)])
