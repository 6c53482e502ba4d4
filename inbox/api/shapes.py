"""What the API answers: each resource field by field. Secrets and the provider's raw data have no field here."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contacts.models import Contact, Identity, PatientField
from integrations.models import Channel, Template

from ..models import Attachment, Conversation, Message, SavedReply, Tag


class ChannelShape(serializers.ModelSerializer):
    """A number, page or bot of the clinic."""

    class Meta:
        model = Channel
        fields = [
            "id",
            "provider",
            "name",
            "address",
            "state",
            "problem",
            "quality",
            "last_event_at",
            "created_at",
        ]
        read_only_fields = fields


class IdentityShape(serializers.ModelSerializer):
    """An address the contact writes from."""

    class Meta:
        model = Identity
        fields = ["id", "provider", "phone", "username", "user_id"]
        read_only_fields = fields

    phone = serializers.CharField(read_only=True)


class ContactShape(serializers.ModelSerializer):
    """A person the clinic talks with."""

    identities = IdentityShape(many=True, read_only=True)
    fields = serializers.SerializerMethodField("told_fields")

    class Meta:
        model = Contact
        fields = [
            "id",
            "name",
            "writing_for",
            "language",
            "time_zone",
            "note",
            "fields",
            "identities",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField())
    def told_fields(self, contact) -> dict:
        shown = self.context["fields"]
        return {key: value for key, value in contact.fields.items() if key in shown}


class PatientFieldShape(serializers.ModelSerializer):
    """One of the clinic's own fields of a contact; `kind` says what its values are."""

    class Meta:
        model = PatientField
        fields = ["key", "name", "kind", "choices", "is_hidden"]
        read_only_fields = fields

    choices = serializers.ListField(child=serializers.CharField(), read_only=True)


class ConversationShape(serializers.ModelSerializer):
    """One patient's thread on one channel."""

    contact_name = serializers.CharField(source="contact.name", read_only=True)
    address = serializers.CharField(source="identity.address", read_only=True)
    window_closes_at = serializers.DateTimeField(read_only=True, allow_null=True)
    priority = serializers.ChoiceField(
        Conversation.Priority.labels, source="get_priority_display", read_only=True
    )
    tags = serializers.SerializerMethodField(help_text="Ids of the clinic's tags on it")

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_tags(self, conversation) -> list:
        return [str(each.tag_id) for each in conversation.taggings.all()]

    class Meta:
        model = Conversation
        fields = [
            *("id", "contact", "contact_name", "address", "channel", "status", "assignee", "team", "unread"),
            *("is_sensitive", "priority", "tags"),
            *(
                "last_message_at",
                "last_inbound_at",
                "window_closes_at",
                "waiting_since",
                "snoozed_until",
                "created_at",
            ),
        ]
        read_only_fields = fields
        extra_kwargs = {
            name: {"pk_field": serializers.UUIDField()} for name in ("contact", "channel", "assignee", "team")
        }


class TagShape(serializers.ModelSerializer):
    """A word of the clinic's own for conversations; archived ones are offered no more."""

    class Meta:
        model = Tag
        fields = ["id", "name", "tint", "is_archived"]
        read_only_fields = fields


class AttachmentShape(serializers.ModelSerializer):
    """A file of a message, or one uploaded to be sent."""

    class Meta:
        model = Attachment
        fields = [
            *(
                "id",
                "kind",
                "state",
                "content_type",
                "filename",
                "size",
                "width",
                "height",
                "problem",
                "created_at",
            ),
        ]
        read_only_fields = fields


class ErrorShape(serializers.Serializer):
    """Why a message failed, in the provider's words."""

    code = serializers.CharField(source="error_code")
    detail = serializers.CharField(source="error_detail")


class MessageShape(serializers.ModelSerializer):
    """One thing in a thread: a patient's message, the clinic's, a private note, or what happened."""

    attachments = AttachmentShape(many=True, read_only=True)
    author = serializers.CharField(source="author.name", read_only=True, default="")
    error = serializers.SerializerMethodField()
    content = serializers.DictField(read_only=True)
    answers = serializers.SerializerMethodField(help_text="Of a private note: the note in whose thread it is")

    class Meta:
        model = Message
        fields = [
            *(
                "id",
                "conversation",
                "direction",
                "source",
                "kind",
                "text",
                "content",
                "attachments",
                "author",
            ),
            *("state", "error", "external_id", "reply_to_external_id", "answers"),
            *("send_at", "stops_on_reply"),
            *("sent_at", "edited_at", "revoked_at", "created_at"),
        ]
        read_only_fields = fields
        extra_kwargs = {"conversation": {"pk_field": serializers.UUIDField()}}

    @extend_schema_field(ErrorShape(allow_null=True))
    def get_error(self, message) -> dict | None:
        return ErrorShape(message).data if message.error_code or message.error_detail else None

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_answers(self, message) -> str | None:
        return next((str(each.note_id) for each in message.answering.all()), None)


class TemplateShape(serializers.ModelSerializer):
    """A message template in one language."""

    components = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = Template
        fields = [
            *("id", "provider", "business_id", "name", "language", "category", "status", "quality", "reason"),
            *("parameter_format", "components", "synced_at"),
        ]
        read_only_fields = fields


class SavedReplyShape(serializers.ModelSerializer):
    """An answer often given. `bodies` has a text for each language, with variables such as `{{contact.first_name}}`."""

    bodies = serializers.DictField(child=serializers.CharField(), read_only=True)
    teams = serializers.SerializerMethodField()

    class Meta:
        model = SavedReply
        fields = ["id", "title", "shortcut", "bodies", "teams", "created_at", "changed_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_teams(self, reply) -> list:
        """Whose members get it; empty for everybody."""
        return [each.team_id for each in reply.for_teams.all()]


def page_of(shape: type[serializers.BaseSerializer]) -> type[serializers.Serializer]:
    """The schema of one page of a list."""
    name = shape.__name__.replace("Shape", "Page")
    return type(
        name,
        (serializers.Serializer,),
        {
            "__doc__": "A page of a list; `next_cursor` is null on the last.",
            "results": shape(many=True),
            "next_cursor": serializers.CharField(allow_null=True),
        },
    )
