"""One clinic, one conversation full of canaries, and everybody who may or may not see it."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Role, Team
from clinics.operations.tokens import create_api_token
from contacts.models import ContactNote
from contacts.operations import define_field
from inbox.models import Attachment, GlassBreak, Mention, NoteAnswer, Pin
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

CANARY = "quokka"  # every text of the conversation begins with it, so that one word would find all of them
NUMBER = "447700900555"
MEMBERS = ("owner", "admin", "agent_all", "team_in", "team_out", "own_holder", "own_other", "inside_glass")
MEMBERS += ("after_glass",)
MACHINES = ("token", "token_with_sensitive")
SEES = {  # whether they see the plain one, and the sensitive one
    "owner": (True, False),
    "admin": (True, False),
    "agent_all": (True, False),
    "team_in": (True, True),
    "team_out": (False, False),
    "own_holder": (True, True),
    "own_other": (False, False),
    "inside_glass": (True, True),
    "after_glass": (False, False),
    "token": (True, False),
    "token_with_sensitive": (True, True),
}


class Scene:
    """The conversation is with `own_holder` and the team of `team_in`; its rows by what routes call them."""

    def __init__(self, *, is_sensitive: bool):
        self.clinic, self._clients = make_clinic("Clinic of canaries"), {}
        with clinic_scope(self.clinic.pk):
            self.members = {
                "owner": make_member("Olga Owner", Role.OWNER),
                "admin": make_member("Anton Admin", Role.ADMIN, visibility="own"),
                "agent_all": make_member("Alma Agent"),
                "team_in": make_member("Tim Agent", visibility="team"),
                "team_out": make_member("Uma Agent", visibility="team"),
                "own_holder": make_member("Hugo Agent", visibility="own"),
                "own_other": make_member("Olaf Agent", visibility="own"),
                "inside_glass": make_member("Ines Agent", visibility="own"),
                "after_glass": make_member("Anna Agent", visibility="own"),
            }
            self.tokens = {
                "token": create_api_token("plain")[1],
                "token_with_sensitive": create_api_token("all", sees_sensitive=True)[1],
            }
            make_team("Another team", [self.members["team_out"]])
            self._make_rows(make_team("Its team", [self.members["team_in"]]), is_sensitive)
            self._break("inside_glass", timedelta(minutes=30))
            self._break("after_glass", timedelta(seconds=-1))

    def _make_rows(self, team: Team, is_sensitive: bool) -> None:
        channel = make_channel(name=f"{CANARY}channel", api_url="http://127.0.0.1:9")
        self.field = define_field("Doctor", "text", by=None)
        contact = make_contact(
            f"{CANARY}name", note=f"{CANARY}note", fields={self.field.key: f"{CANARY}value"}
        )
        self.remark = ContactNote.objects.create(contact=contact, text=f"{CANARY}remark")
        identity = make_identity(contact, wa_id=NUMBER, profile_name=f"{CANARY}profile")
        self.conversation = make_conversation(
            identity, channel, preview=f"{CANARY}preview", assignee=self.members["own_holder"], team=team,
            is_sensitive=is_sensitive, unread=1,
        )  # fmt: skip
        self.message = make_message(self.conversation, f"{CANARY}text")
        self.failed = make_message(
            self.conversation, f"{CANARY}reply", "out", state="failed", error_code="131000"
        )
        self.file = Attachment(
            message=self.message, channel=channel, kind="document", state="stored", filename=f"{CANARY}file.txt",
            content_type="text/plain", size=10,
        )  # fmt: skip
        self.file.file.save(f"{self.clinic.pk}/canary.txt", ContentFile(f"{CANARY}content".encode()))
        self.file.thumbnail.save(f"{self.clinic.pk}/canary.webp", ContentFile(f"{CANARY}thumbnail".encode()))
        holder = self.members["own_holder"]
        self.note = make_message(
            self.conversation, f"{CANARY}pinned", "note", kind="note", author=holder, content={"mentions": []}
        )
        answer = make_message(self.conversation, f"{CANARY}answer", "note", kind="note", author=holder)
        NoteAnswer.objects.create(note=self.note, answer=answer)
        Pin.objects.create(note=self.note, conversation=self.conversation, by=holder)
        for member in self.members.values():
            Mention.objects.create(note=self.note, conversation=self.conversation, member=member)
        self.channel, self.contact, self.identity = channel, contact, identity

    def _break(self, kind: str, left: timedelta) -> None:
        GlassBreak.objects.create(
            member=self.members[kind], conversation=self.conversation, reason=f"{CANARY}reason",
            ends_at=timezone.now() + left,
        )  # fmt: skip

    def client(self, kind: str) -> Client:
        """The browser or machine of this one, the same each time."""
        if kind not in self._clients:
            self._clients[kind] = self._make_client(kind)
        return self._clients[kind]

    def _make_client(self, kind: str) -> Client:
        if kind in self.tokens:
            return Client(headers={"authorization": f"Bearer {self.tokens[kind]}"})
        client = Client()
        client.force_login(self.members[kind].user, "allauth.account.auth_backends.AuthenticationBackend")
        return client
