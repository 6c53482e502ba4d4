"""What a machine may ask to be sent: one shape per kind, each refusing what it does not know."""

from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from clinic_inbox.api.parsing import Strict
from clinics.models import ApiToken
from integrations import queries as integrations
from integrations.events import MEDIA_KINDS, Kind

from .. import machines
from ..models import Attachment, Conversation, Message
from ..operations.sending import AT_ONCE, Draft, Plan
from ..unseen import up_to

LONGEST_TEXT = 4096
MEDIA = sorted(kind.value for kind in MEDIA_KINDS)


def text_field(longest: int = LONGEST_TEXT, **options) -> serializers.CharField:
    return serializers.CharField(max_length=longest, trim_whitespace=False, **options)


class AnyDraft(Strict):
    """What every kind has: its name, and the message it answers."""

    kind = serializers.CharField()
    reply_to = serializers.UUIDField(required=False, help_text="Id of a message of this conversation")
    seen = serializers.UUIDField(
        required=False,
        help_text="Id of the newest message you know here: 409 when the patient or a member has written since",
    )
    send_at = serializers.DateTimeField(
        required=False, help_text="When to send it, with an offset from UTC; at once when left out"
    )
    stops_on_reply = serializers.BooleanField(
        default=True, help_text="With send_at: not sent if the patient writes before"
    )


class TextDraft(AnyDraft):
    kind = serializers.ChoiceField(["text"])
    text = text_field()


class MediaDraft(AnyDraft):
    kind = serializers.ChoiceField(MEDIA)
    attachment = serializers.UUIDField()
    text = text_field(1024, required=False, allow_blank=True, help_text="Caption")


class LocationDraft(AnyDraft):
    kind = serializers.ChoiceField(["location"])
    latitude = serializers.FloatField(min_value=-90, max_value=90)
    longitude = serializers.FloatField(min_value=-180, max_value=180)
    name = text_field(1000, required=False)
    address = text_field(1000, required=False)


class Card(Strict):
    name = text_field(200)
    phones = serializers.ListField(child=text_field(40), required=False, max_length=20)
    emails = serializers.ListField(child=serializers.EmailField(), required=False, max_length=20)
    company = text_field(200, required=False)


class ContactsDraft(AnyDraft):
    kind = serializers.ChoiceField(["contacts"])
    cards = Card(many=True, min_length=1, max_length=257)


class ReactionDraft(Strict):
    kind = serializers.ChoiceField(["reaction"])
    message = serializers.UUIDField(help_text="Id of a message of this conversation")
    emoji = text_field(40, allow_blank=True, help_text="Empty takes the reaction back")


class Button(Strict):
    id = text_field(256)
    title = text_field(20)


class Framed(AnyDraft):
    text = text_field()
    header = text_field(60, required=False)
    footer = text_field(60, required=False)


class ButtonsDraft(Framed):
    kind = serializers.ChoiceField(["buttons"])
    buttons = Button(many=True, min_length=1, max_length=3)


class ListRow(Strict):
    id = text_field(200)
    title = text_field(24)
    description = text_field(72, required=False)


class ListSection(Strict):
    title = text_field(24, required=False)
    rows = ListRow(many=True, min_length=1, max_length=10)


class ListDraft(Framed):
    kind = serializers.ChoiceField(["list"])
    button = text_field(20)
    sections = ListSection(many=True, min_length=1, max_length=10)


class LinkDraft(Framed):
    kind = serializers.ChoiceField(["cta_url"])
    label = text_field(20)
    url = serializers.URLField(max_length=2000)


class FlowDraft(Framed):
    kind = serializers.ChoiceField(["flow"])
    flow_id = text_field(64, required=False)
    flow_name = text_field(200, required=False)
    label = text_field(30)
    token = text_field(200, required=False)
    action = serializers.ChoiceField(["navigate", "data_exchange"], required=False)
    screen = text_field(200, required=False)
    data = serializers.DictField(required=False)
    mode = serializers.ChoiceField(["draft", "published"], required=False)


class LocationRequestDraft(AnyDraft):
    kind = serializers.ChoiceField(["location_request"])
    text = text_field(1024)


class Values(Strict):
    header = serializers.DictField(child=text_field(1000), required=False)
    body = serializers.DictField(child=text_field(1000), required=False)
    buttons = serializers.DictField(child=text_field(1000), required=False)
    cards = serializers.DictField(child=text_field(1000), required=False)


class TemplateDraft(AnyDraft):
    kind = serializers.ChoiceField(["template"])
    template = serializers.UUIDField()
    values = Values(required=False, help_text='Texts by place and name, e.g. {"body": {"1": "Tuesday"}}')
    attachment = serializers.UUIDField(required=False, help_text="The file of the header, where it has one")


SHAPES = [
    *(TextDraft, MediaDraft, LocationDraft, ContactsDraft, ReactionDraft, ButtonsDraft, ListDraft, LinkDraft),
    *(FlowDraft, LocationRequestDraft, TemplateDraft),
]
SHAPE_OF = {kind: shape for shape in SHAPES for kind in shape().fields["kind"].choices}
ANY = PolymorphicProxySerializer("Draft", SHAPE_OF, resource_type_field_name="kind")
CONTENT = {  # fields that go to Draft.content; see integrations.events.Outgoing
    *(
        "latitude",
        "longitude",
        "name",
        "address",
        "cards",
        "header",
        "footer",
        "buttons",
        "button",
        "sections",
    ),
    *("label", "url", "flow_id", "flow_name", "token", "action", "screen", "data", "mode"),
}


def read_draft(data, conversation: Conversation, token: ApiToken) -> tuple[Draft, Plan]:
    """The draft a request body describes, and when it is to be sent. Raises ValidationError."""
    told = _checked(data)
    content = {name: value for name, value in told.items() if name in CONTENT}
    thread = Message.objects.filter(conversation=conversation)
    if told["kind"] == Kind.REACTION:
        content = {"target": _find(thread, told, "message").external_id, "emoji": told["emoji"]}
    draft = Draft(
        Kind(told["kind"]),
        told.get("text", ""),
        content,
        attachment=_find(_files(conversation, told["kind"], token), told, "attachment"),
        reply_to=_find(thread, told, "reply_to"),
        template=_find(integrations.templates(conversation.channel.business_id), told, "template"),
        values=told.get("values", {}),
    )
    return draft, Plan(told["send_at"], told["stops_on_reply"]) if "send_at" in told else AT_ONCE


def read_seen(data, conversation: Conversation) -> set[UUID] | None:
    """What a machine knows that names this message as the newest; None when it names none. Raises ValidationError."""
    told = _checked(data)
    found = _find(Message.objects.filter(conversation=conversation), told, "seen")
    return found and up_to(found)


def _files(conversation: Conversation, kind: str, token: ApiToken):
    """What may be sent here as this kind; the header of a template tells by itself what it takes."""
    stored = machines.files_of_machine(token).filter(
        channel=conversation.channel_id, state=Attachment.State.STORED
    )
    return stored if kind == Kind.TEMPLATE else stored.filter(kind=kind)


def _checked(data) -> dict:
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in SHAPE_OF:
        raise ValidationError(
            {"kind": [_("Give one of: %(kinds)s.") % {"kinds": ", ".join(sorted(SHAPE_OF))}]}
        )
    shape = SHAPE_OF[kind](data=data)
    shape.is_valid(raise_exception=True)
    return shape.validated_data


def _find(rows, told: dict, name: str):
    """The row that the body names; None when it names none. Raises ValidationError for an id of somewhere else."""
    if name not in told:
        return None
    row = rows.filter(pk=told[name]).first()
    if row is None:
        raise ValidationError({name: [_("There is nothing with this id here.")]})
    return row
