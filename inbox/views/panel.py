"""The patient beside the thread: who they are, where else they write, what they agreed to."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from django.utils import timezone
from phonenumbers import NumberParseException

from clinics.models import Member
from contacts import values
from contacts.models import Consent, ContactNote, Identity, PatientField
from contacts.operations import patient_fields

from .. import queries
from ..models import Attachment, Conversation
from ..operations import patients

FILES = 12
NOTES = 20


@dataclass(frozen=True)
class PanelField:
    """One of the clinic's own fields at this patient."""

    field: PatientField
    value: object = None
    is_shown: bool = True

    @property
    def typed(self) -> str:
        """The value as its control holds it."""
        return values.typed_value(self.value)

    @property
    def told(self) -> str:
        """The value in words."""
        return values.told_value(self.field, self.value)

    @property
    def choices(self) -> list[str]:
        """What can be chosen, with what stands there although it cannot be chosen any more."""
        gone = [self.value] if isinstance(self.value, str) and self.value not in self.field.choices else []
        return [*self.field.choices, *gone]


@dataclass(frozen=True)
class Panel:
    """Everything the panel draws, read in a fixed number of queries."""

    identities: list[Identity]
    others: list[Conversation]
    hidden: list  # ids of those this member does not see, where they may know of them
    files: list[Attachment]
    consents: list[Consent]
    place: ZoneInfo | None
    fields: list[PanelField]
    notes: list[ContactNote]
    is_fixed: bool  # seen in an emergency only: to be read, not changed

    @property
    def local_time(self) -> str:
        """The patient's clock; empty when we do not know where they are."""
        return f"{timezone.localtime(timezone.now(), self.place):%H:%M}" if self.place else ""

    @property
    def place_name(self) -> str:
        return self.place.key.split("/")[-1].replace("_", " ")


def panel_of(conversation: Conversation, member: Member) -> Panel:
    """The panel as this member may see it."""
    contact = conversation.contact
    identities = list(queries.visible_identities(member, contact))
    others = queries.visible_conversations(member).filter(contact=contact).exclude(pk=conversation.pk)
    others = others.select_related("channel")
    others = others.only("last_message_at", "preview", "channel__name").order_by("-last_message_at")
    newest = (
        Consent.objects.filter(identity__in=identities).order_by("purpose", "-decided_at").distinct("purpose")
    )
    return Panel(
        identities=identities,
        others=list(others[:5]),
        hidden=_hidden(member, contact),
        files=files_of(conversation),
        consents=list(newest),
        place=place_of(conversation),
        fields=[
            PanelField(field, contact.fields.get(field.key), is_shown=not field.is_hidden)
            for field in patient_fields()
        ],
        notes=list(contact.notes.select_related("author").order_by("-created_at", "-pk")[:NOTES]),
        is_fixed=not patients.may_change(contact, member),
    )


def place_of(conversation: Conversation) -> ZoneInfo | None:
    """The patient's time zone, where it is known."""
    return _place(conversation.contact.time_zone, conversation.identity.phone)


def files_of(conversation: Conversation) -> list[Attachment]:
    """The newest photos and documents that were said in it."""
    files = Attachment.objects.filter(message__conversation=conversation, state=Attachment.State.STORED)
    files = files.exclude(message__state__in=queries.NOT_IN_THREAD)
    return list(files.exclude(kind="sticker").only("kind", "filename").order_by("-created_at")[:FILES])


def _hidden(member: Member, contact) -> list:
    if not member.may_break_glass:
        return []
    hidden = queries.hidden_conversations(member).filter(contact=contact).order_by("-pk")
    return list(hidden.values_list("pk", flat=True)[:5])


def _place(time_zone: str, phone: str) -> ZoneInfo | None:
    """The zone on file, else that of the number's country when the country has only one."""
    return _zone(time_zone) or _zone(_only_zone(phone))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _only_zone(phone: str) -> str:
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except NumberParseException:
        return ""
    return ONE_ZONE.get(region or "", "")


# Countries with one clock; for the others a wrong guess would be worse than none.
ONE_ZONE = {
    "AE": "Asia/Dubai", "AR": "America/Argentina/Buenos_Aires", "AT": "Europe/Vienna", "BE": "Europe/Brussels",
    "CH": "Europe/Zurich", "CN": "Asia/Shanghai", "CO": "America/Bogota", "DE": "Europe/Berlin", "EG": "Africa/Cairo",
    "FR": "Europe/Paris", "GB": "Europe/London", "IE": "Europe/Dublin", "IL": "Asia/Jerusalem", "IN": "Asia/Kolkata",
    "IT": "Europe/Rome", "JP": "Asia/Tokyo", "KE": "Africa/Nairobi", "KR": "Asia/Seoul", "LB": "Asia/Beirut",
    "MA": "Africa/Casablanca", "MY": "Asia/Kuala_Lumpur", "NG": "Africa/Lagos", "NL": "Europe/Amsterdam",
    "PE": "America/Lima", "PH": "Asia/Manila", "PK": "Asia/Karachi", "PL": "Europe/Warsaw", "SA": "Asia/Riyadh",
    "SE": "Europe/Stockholm", "SG": "Asia/Singapore", "TH": "Asia/Bangkok", "TR": "Europe/Istanbul",
    "VE": "America/Caracas", "ZA": "Africa/Johannesburg",
}  # fmt: skip
