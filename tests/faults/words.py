"""A canary in every text of every table, and the few texts that never hold anybody's words."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from clinics import audit
from clinics.models import Invitation
from contacts.models import Consent
from inbox.models import Amendment, Attachment, Attempt, GlassBreak, RateCard, Reaction, StatusEvent
from integrations.models import ChannelEvent, Template, TemplateDecision
from tests.factories import make_member, make_message, make_team

from .canaries import CANARY
from .words_of_the_day import fill_the_day

# Texts without a canary, and why; a canary in one of them is a failure too.
SILENT: dict[str, str] = {
    **dict.fromkeys(
        (
            "Amendment.kind",
            "Attachment.kind",
            "Attempt.outcome",
            "AuditEntry.action",
            "AuditEntry.target_kind",
            "Consent.source",
            "Conversation.preview_direction",
            "Conversation.preview_kind",
            "Identity.provider",
            "Member.density",
            "Message.kind",
            "Reaction.author",
            "StatusEvent.status",
            "Attachment.problem",
            "WebhookEvent.error",
            "Onboarding.problem",
            "SavedReplyFile.kind",
            "Template.parameter_format",
            "Template.category",
            "Template.status",
            "TemplateDecision.kind",
        ),
        "a word of our own code, from a short list",
    ),
    **dict.fromkeys(
        (
            "Attempt.error_code",
            "Channel.business_id",
            "Channel.external_id",
            "Channel.portfolio",
            "Channel.quality",
            "Identity.portfolio",
            "Message.error_code",
            "Route.external_id",
            "Template.business_id",
            "Template.language",
            "Template.quality",
            "Hook.app_id",
            "Onboarding.business_id",
            "Onboarding.number_id",
        ),
        "an id or a word of the provider about the channel",
    ),
    **dict.fromkeys(
        (
            "ApiToken.token_hash",
            "Attachment.digest",
            "Invitation.token_hash",
            "User.password",
            "PushAddress.digest",
            "SignUp.token_hash",
        ),
        "a digest",
    ),
    **dict.fromkeys(
        (
            "Clinic.language",
            "Clinic.time_zone",
            "Contact.language",
            "Contact.time_zone",
            "Member.language",
            "Attachment.content_type",
            "Clinic.slug",
            "Channel.api_url",
            "SavedReplyFile.content_type",
            "Template.sample_type",
            "RateCard.currency",
        ),
        "chosen from a list, or checked for its form",
    ),
    **dict.fromkeys(
        (
            "ApiToken.hint",
            "AuditEntry.target_id",
            "AuditRoot.key_id",
            "EntryLink.code",
            "Template.draft_mark",
        ),
        "an id of ours",
    ),
    "Erasure.counts": "names of our own tables, and figures",
    **dict.fromkeys(
        (
            "User.first_name",
            "User.last_name",
        ),
        "never filled",
    ),
}


def fill_every_table(conversation) -> None:
    """Rows that hold a canary wherever anybody could have written something. Call inside clinic_scope()."""
    now, member = timezone.now(), make_member(CANARY, email=f"{CANARY}@clinic.example")
    _name_everything(conversation)
    _fill_messages(conversation, now)
    _fill_what_waits_for_a_message(conversation.channel, now)
    _fill_the_rest(conversation, member, now)
    fill_the_day(conversation, member)
    make_team(CANARY)
    Invitation.objects.create(
        email=f"{CANARY}@clinic.example", token_hash=uuid4().hex, expires_at=now + timedelta(hours=1)
    )
    audit.record("settings.changed", actor=CANARY, detail={"name": CANARY})


def _name_everything(conversation) -> None:
    channel, identity, contact = conversation.channel, conversation.identity, conversation.contact
    contact.name = contact.note = CANARY
    identity.user_id = identity.parent_user_id = identity.username = CANARY
    channel.name = channel.problem = channel.address = CANARY
    conversation.preview = CANARY
    for row in (contact, identity, channel, conversation):
        row.save()


def _fill_messages(conversation, now) -> None:
    message = make_message(
        conversation, CANARY, "out", content={"name": CANARY}, client_id=CANARY, reply_to_external_id=CANARY,
        external_id=CANARY, error_detail=CANARY, gate={"template": CANARY}, pricing={"category": CANARY},
    )  # fmt: skip
    Attempt.objects.create(message=message, outcome="failed", error_detail=CANARY)
    StatusEvent.objects.create(
        channel=conversation.channel, external_id=CANARY, recipient=CANARY, status="failed", occurred_at=now,
        callback=CANARY, errors=[{"title": CANARY}], pricing={"type": CANARY},
    )  # fmt: skip


def _fill_what_waits_for_a_message(channel, now) -> None:
    Reaction.objects.create(
        channel=channel, target_external_id=CANARY, author="contact", emoji=CANARY, reacted_at=now
    )
    Amendment.objects.create(
        channel=channel, target_external_id=CANARY, external_id=CANARY, kind="edit", text=CANARY, amended_at=now
    )  # fmt: skip
    Attachment.objects.create(
        channel=channel, kind="document", state="failed", external_id=CANARY, declared_type=CANARY,
        filename=CANARY,
    )  # fmt: skip


def _fill_the_rest(conversation, member, now) -> None:
    channel = conversation.channel
    Consent.objects.create(
        identity=conversation.identity, purpose="care", is_granted=True, source="form", external_id=CANARY,
        wording=CANARY, decided_at=now,
    )  # fmt: skip
    GlassBreak.objects.create(
        conversation=conversation, member=member, reason=CANARY, ends_at=now + timedelta(hours=1)
    )
    ChannelEvent.objects.create(
        channel=channel, field=CANARY, kind=CANARY, payload={"said": CANARY}, dedupe_key=CANARY, occurred_at=now
    )  # fmt: skip
    template = Template.objects.create(
        provider="whatsapp", business_id=channel.business_id, external_id=CANARY, name=CANARY, language="en",
        category="UTILITY", status="APPROVED", reason=CANARY, components=[{"type": "BODY", "text": CANARY}],
        draft={"body": CANARY}, sample_name=CANARY,
    )  # fmt: skip
    prices = {CANARY: {"marketing": "0.5"}}
    RateCard.objects.create(since=now.date(), currency="USD", prices=prices, countries={"PT": CANARY})
    TemplateDecision.objects.create(template=template, kind="REJECTED", told=CANARY, by_name=CANARY)
