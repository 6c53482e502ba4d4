"""A canary in the texts of the inbox's working day: drafts, tags, saved replies, fields, rules, links, sign-ups."""

from django.utils import timezone

from clinics.models import SignUp
from clinics.opening import BusinessHours, SpecialDay
from contacts.models import ContactNote, PatientField
from inbox.models import (
    AlertChoices,
    AnswerRules,
    Attachment,
    CloseReason,
    EntryLink,
    Episode,
    KeptDraft,
    Notice,
    PushAddress,
    SavedFilter,
    SavedReply,
    SavedReplyFile,
    Tag,
)
from integrations.models import Checkup, Onboarding

from .canaries import CANARY


def fill_the_day(conversation, member) -> None:
    """Rows with a canary wherever a member, a patient or a stranger may have written something."""
    _fill_the_patient(conversation.contact)
    _fill_what_members_keep(conversation, member)
    _fill_what_admins_say(conversation.channel, member)
    member.shortcuts, member.speaks = {CANARY: "j"}, [CANARY]
    member.save()


def _fill_the_patient(contact) -> None:
    contact.writing_for, contact.fields = CANARY, {"insurance": CANARY}
    contact.save()
    ContactNote.objects.create(contact=contact, text=CANARY)


def _fill_what_members_keep(conversation, member) -> None:
    KeptDraft.objects.create(conversation=conversation, member=member, mode="reply", text=CANARY, revision=1)
    SavedFilter.objects.create(name=CANARY, owner=member, listing=f"view=all&language={CANARY}")
    AlertChoices.objects.create(member=member, pushes=[CANARY], sounds=[CANARY], mails=[CANARY])
    address = PushAddress(member=member, digest="0" * 64, device=CANARY)
    address.target = f"https://push.example/{CANARY}"
    address.save()
    Notice.objects.create(member=member, conversation=conversation, event=CANARY, about=CANARY)
    Attachment.objects.filter(channel=conversation.channel).update(playable_type=CANARY, peaks=[CANARY])
    reply = SavedReply.objects.create(title=CANARY, shortcut=CANARY[:20], bodies={"en": CANARY})
    SavedReplyFile.objects.create(
        reply=reply, kind="document", content_type="text/plain", filename=CANARY, size=1
    )
    Episode.objects.filter(conversation=conversation).update(close_note=CANARY)


def _fill_what_admins_say(channel, member) -> None:
    Tag.objects.create(name=CANARY)
    PatientField.objects.create(key=CANARY[:50], name=CANARY, choices=[CANARY])
    AnswerRules.objects.create(greeting={"en": CANARY}, away={"en": CANARY})
    CloseReason.objects.create(name=CANARY)
    BusinessHours.objects.create(week=[[CANARY]])
    SpecialDay.objects.create(day=timezone.localdate(), name=CANARY, spans=[[CANARY]])
    EntryLink.objects.create(channel=channel, name=CANARY, text=CANARY, code="abc123")
    Checkup.objects.create(channel=channel, facts={"name": CANARY})
    Onboarding.objects.create(started_by=member, business_id="200", numbers=[{"name": CANARY}])
    SignUp.objects.create(email=f"{CANARY}@new.example", token_hash="0" * 64)
