"""A clinic with one row of everything, each carrying a word that no other clinic may ever see."""

from datetime import timedelta
from uuid import UUID

from django.core.files.base import ContentFile
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope, uuid7
from clinics import audit
from clinics.models import Invitation, Role, SpecialDay
from clinics.operations.tokens import create_api_token
from contacts.models import Consent, ContactNote
from contacts.operations import define_field
from inbox.models import (
    Attachment,
    CloseReason,
    EntryLink,
    Erasure,
    Mention,
    NoteAnswer,
    Pin,
    PushAddress,
    RateCard,
    SavedFilter,
    SavedReply,
    SavedReplyFile,
    Tag,
    Tagging,
)
from integrations.models import ChannelEvent, Onboarding, Template
from tests.factories import (
    make_channel,
    make_clinic,
    make_contact,
    make_conversation,
    make_identity,
    make_member,
    make_message,
    make_team,
)

A_BROWSER = (
    '{"endpoint": "https://127.0.0.1:9/", "keys": {"auth": "BTBZMqHH6r4Tts7J_aSIgg", "p256dh":'
    ' "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"}}'
)


class World:
    """One clinic: its people, its rows by name, and its secret word."""

    def __init__(self, word: str):
        self.word = word
        self.clinic = make_clinic(f"{word} clinic")
        with clinic_scope(self.clinic.pk):
            self.owner = make_member(f"{word} owner", Role.OWNER)
            self.admin = make_member(f"{word} admin", Role.ADMIN)
            self.agent = make_member(f"{word} agent", Role.AGENT)
            self.key, self.token = create_api_token(f"{word} token", by=self.owner)
            self.rows = self._make_rows()

    @property
    def ids(self) -> dict[str, UUID]:
        """The id of each row that a route, a body or a query may name."""
        return {name: row.pk for name, row in self.rows.items()}

    def id_of(self, name: str) -> UUID:
        """The id of a row, of the clinic itself, or of its hook, which is known before any clinic is."""
        others = {"clinic": self.clinic.pk, "hook": self.rows["channel"].hook_id}
        return others.get(name) or self.ids[name]

    def _make_rows(self) -> dict:
        word = self.word
        channel = make_channel(name=f"{word} number", problem=f"{word} problem", api_url="http://127.0.0.1:9")
        field = define_field(f"{word} field", "text", by=self.owner)
        told = {field.key: f"{word} value"}
        contact = make_contact(
            f"{word} patient", note=f"{word} note", writing_for=f"{word} child", fields=told
        )
        identity = make_identity(contact, profile_name=f"{word} profile", user_id=f"US.{word}")
        conversation = make_conversation(identity, channel, preview=f"{word} preview", assignee=self.agent)
        message = make_message(conversation, f"{word} text")
        failed = make_message(
            conversation, f"{word} reply", "out", state="failed", error_detail=f"{word} error"
        )
        Consent.objects.create(
            identity=identity, purpose="care", is_granted=True, source="form", wording=f"{word} consent",
            decided_at=timezone.now(),
        )  # fmt: skip
        ChannelEvent.objects.create(
            channel=channel,
            field="calls",
            payload={"word": word},
            dedupe_key=word,
            occurred_at=timezone.now(),
        )
        prices = {f"{word} market": {"marketing": "0.5"}}
        RateCard.objects.create(since=timezone.localdate(), currency="USD", prices=prices)
        note = make_message(conversation, f"{word} private note", "note", kind="note", author=self.agent)
        told = {"kind": "note", "author": self.owner}
        answer = make_message(conversation, f"{word} private answer", "note", **told)
        NoteAnswer.objects.create(note=note, answer=answer)
        Pin.objects.create(note=note, conversation=conversation, by=self.agent)
        Mention.objects.create(note=note, conversation=conversation, member=self.owner)
        audit.record("settings.changed", actor=f"{word} actor", detail={"word": word})
        return self._replies() | {
            "channel": channel, "contact": contact, "identity": identity, "conversation": conversation,
            "message": message, "failed": failed,
            "attachment": self._attachment(message), "upload": self._upload(channel),
            "team": make_team(f"{word} team", [self.agent]), "member": self.agent, "template": self._template(channel),
            "invitation": Invitation.objects.create(
                email=f"{word}@clinic.example", token_hash=word, expires_at=timezone.now() + timedelta(hours=1)
            ),
            "close_reason": CloseReason.objects.create(name=f"{word} reason"),
            "day": SpecialDay.objects.create(day=timezone.localdate(), name=f"{word} holiday"),
            "token": create_api_token(f"{word} other token")[0], "note": note, "answer": answer,
            "field": field,
            "browser": self._browser(self.owner), "admins_browser": self._browser(self.admin),
            "agents_browser": self._browser(self.agent),
            "filled": define_field(f"{word} filled", "text", by=self.owner),
            "remark": ContactNote.objects.create(contact=contact, author=self.owner, text=f"{word} remark"),
            "erasure": Erasure.objects.create(contact_id=uuid7(), reason="asked", requested_by=self.owner),
            "tag": self._tag(conversation), "filter": self._filter(), **self._ways_in(channel),
        }  # fmt: skip

    def _attachment(self, message) -> Attachment:
        word = self.word
        attachment = Attachment(
            message=message, channel=message.channel, kind="document", state="stored", filename=f"{word}.txt",
            content_type="text/plain", size=10,
        )  # fmt: skip
        attachment.file.save(f"{self.clinic.pk}/{word}.txt", ContentFile(f"{word} file".encode()))
        attachment.thumbnail.save(f"{self.clinic.pk}/{word}.webp", ContentFile(f"{word} thumbnail".encode()))
        return attachment

    def _upload(self, channel) -> Attachment:
        name = f"{self.word}-upload.png"
        upload = Attachment.objects.create(
            channel=channel,
            uploaded_by=self.agent,
            uploaded_with=self.key,
            kind="image",
            state="stored",
            filename=name,
        )
        upload.file.save(f"{self.clinic.pk}/{name}", ContentFile(f"{self.word} upload".encode()))
        return upload

    def _tag(self, conversation) -> Tag:
        tag = Tag.objects.create(name=f"{self.word} tag"[:40])
        Tagging.objects.create(conversation=conversation, tag=tag)
        return tag

    def _filter(self) -> SavedFilter:
        listing = f"view=all&language={self.word}"
        return SavedFilter.objects.create(
            name=f"{self.word} filter", owner=self.agent, is_shared=True, listing=listing
        )

    def _replies(self) -> dict:
        """A reply of the clinic's and one of the agent's own, each with a file."""
        rows = {}
        for name, owner in {"reply": None, "own_reply": self.agent}.items():
            bodies, title = {"en": f"{self.word} saved words"}, f"{self.word} {name}"
            rows[name] = SavedReply.objects.create(title=title, bodies=bodies, owner=owner)
            file = SavedReplyFile(reply=rows[name], kind="document", filename=f"{title}.txt", size=4)
            file.file.save(f"{self.clinic.pk}/{name}.txt", ContentFile(self.word.encode()))
            rows[f"{name}_file"] = file
        return rows

    def _browser(self, member) -> PushAddress:
        browser = PushAddress(member=member, digest=self.word[:64], device=f"{self.word} browser")
        browser.target = A_BROWSER
        browser.save()
        return browser

    def _ways_in(self, channel) -> dict:
        numbers = [{"id": "1", "number": "+1", "name": f"{self.word} shown name"}]
        return {
            "onboarding": Onboarding.objects.create(
                started_by=self.owner, step="choose", business_id=f"{self.word} account", numbers=numbers
            ),
            "link": EntryLink.objects.create(channel=channel, name=f"{self.word} poster", code="abcde"),
        }

    def _template(self, channel) -> Template:
        template = Template(
            provider="whatsapp", business_id=channel.business_id, name=f"{self.word.lower()}_template", language="en",
            category="UTILITY", status="APPROVED", sample_type="image/png", sample_name=f"{self.word} sample.png",
            components=[{"type": "BODY", "text": f"{self.word} template body"}],
        )  # fmt: skip
        name = f"{self.clinic.pk}/{template.pk}/{self.word}.png"
        template.sample.save(name, ContentFile(f"{self.word} sample".encode()))
        return template
