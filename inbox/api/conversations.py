"""Conversations: lists, one, and who holds it in which state."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from clinic_inbox.api.parsing import Strict
from clinic_inbox.api.problems import Unprocessable
from clinics import audit
from clinics.models import Member
from clinics.refusal import Refused

from .. import machines
from ..listing import PRIORITIES
from ..models import LONGEST_SNOOZE, CloseReason, Conversation, Tag
from ..operations import handling, labelling
from . import pages
from .shapes import ConversationShape, TagShape, page_of

Status = Conversation.Status
PLAIN_FILTERS = ("status", "assignee", "channel", "contact", "priority")
FILTERS = [
    OpenApiParameter("status", str, enum=Status.values),
    OpenApiParameter("assignee", str, description="A member's id, or `none`"),
    OpenApiParameter("channel", {"type": "string", "format": "uuid"}),
    OpenApiParameter("contact", {"type": "string", "format": "uuid"}),
    OpenApiParameter("priority", str, enum=list(PRIORITIES)),
    OpenApiParameter("tag", {"type": "string", "format": "uuid"}),
    OpenApiParameter(
        "updated_since",
        {"type": "string", "format": "date-time"},
        description="Only conversations with a message at or after this time",
    ),
]


class ConversationQuery(pages.PageQuery):
    status = serializers.ChoiceField(Status.choices, required=False)
    assignee = serializers.CharField(required=False)
    channel = serializers.UUIDField(required=False)
    contact = serializers.UUIDField(required=False)
    priority = serializers.ChoiceField(list(PRIORITIES), required=False)
    tag = serializers.UUIDField(required=False)
    updated_since = serializers.DateTimeField(required=False)

    def validate_assignee(self, text):
        return None if text == "none" else serializers.UUIDField().run_validation(text)

    def validate_priority(self, label):
        return PRIORITIES[label]


class ConversationChange(Strict):
    """What may be changed of a conversation. `snoozed` needs `snoozed_until`; `closed` may have a reason and a line."""

    status = serializers.ChoiceField(Status.choices, required=False)
    snoozed_until = serializers.DateTimeField(required=False)
    close_reason = serializers.UUIDField(required=False, help_text="One that the clinic offers")
    close_note = serializers.CharField(required=False, max_length=300)
    assignee = serializers.UUIDField(required=False, allow_null=True)
    priority = serializers.ChoiceField(list(PRIORITIES), required=False)
    tags = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=50)

    def validate(self, values):
        until = values.get("snoozed_until")
        if not values:
            raise ValidationError({"body": [_("Nothing to change was given.")]})
        if (values.get("status") == Status.SNOOZED) != (until is not None):
            raise ValidationError({"snoozed_until": [_("Give it with the status snoozed, and only then.")]})
        if values.get("status") != Status.CLOSED and {"close_reason", "close_note"} & values.keys():
            raise ValidationError({"close_reason": [_("Give it with the status closed, and only then.")]})
        if until is not None and until <= timezone.now():
            raise ValidationError({"snoozed_until": [_("This time is in the past.")]})
        if until is not None and until > timezone.now() + LONGEST_SNOOZE:
            raise ValidationError({"snoozed_until": [_("Give a time within a year.")]})
        return values

    def validate_assignee(self, pk):
        if pk is None:
            return None
        member = Member.objects.filter(pk=pk, is_active=True).first()
        if member is None:
            raise ValidationError(_("There is no active member with this id."))
        return member

    def validate_close_reason(self, pk):
        reason = CloseReason.objects.filter(pk=pk, dropped_at=None).first()
        if reason is None:
            raise ValidationError(_("There is no reason for closing with this id."))
        return reason

    def validate_tags(self, pks):
        tags = list(Tag.objects.filter(pk__in=pks))
        if len(tags) < len(set(pks)):
            raise ValidationError(_("There is no tag with one of these ids."))
        return tags


@extend_schema(
    operation_id="list_conversations",
    responses=page_of(ConversationShape),
    parameters=[*pages.PARAMETERS, *FILTERS],
)
@api_view(["GET"])
def conversations(request):
    """Conversations, those with the newest message first."""
    query = pages.read_query(ConversationQuery, request)
    audit.record_listing("conversations.listed", actor=request.auth.name)
    rows = _rows(request).filter(**{name: query[name] for name in PLAIN_FILTERS if name in query})
    if "tag" in query:
        rows = rows.filter(taggings__tag=query["tag"])
    if "updated_since" in query:
        rows = rows.filter(last_message_at__gte=query["updated_since"])
    return pages.respond(rows, "last_message_at", query, ConversationShape)


@extend_schema(operation_id="get_conversation", methods=["GET"], responses=ConversationShape)
@extend_schema(
    operation_id="change_conversation",
    methods=["PATCH"],
    request=ConversationChange,
    responses=ConversationShape,
)
@api_view(["GET", "PATCH"])
def conversation(request, pk):
    """One conversation; PATCH assigns, closes, reopens, snoozes, tags it or says how urgent it is."""
    if request.method == "PATCH":
        change = ConversationChange(data=request.data)
        change.is_valid(raise_exception=True)
        row = get_object_or_404(_rows(request).select_for_update(of=["self"]), pk=pk)
        _change(row, change.validated_data)
        detail = {"changed": sorted(change.validated_data)}
        audit.record("conversation.changed", actor=request.auth.name, target=row, detail=detail)
    found = get_object_or_404(_rows(request), pk=pk)
    audit.record("conversation.opened", actor=request.auth.name, target=found)
    return Response(ConversationShape(found).data)


@extend_schema(operation_id="list_tags", responses=page_of(TagShape), parameters=pages.PARAMETERS)
@api_view(["GET"])
def tags(request):
    """The clinic's tags, the newest first."""
    query = pages.read_query(pages.PageQuery, request)
    return pages.respond(Tag.objects.all(), "created_at", query, TagShape)


def _rows(request):
    return (
        machines.visible_to_machine(request.auth)
        .select_related("contact", "identity")
        .prefetch_related("taggings")
    )


def _change(row: Conversation, values: dict) -> None:
    if "assignee" in values:
        try:
            handling.assign(row, to=values["assignee"], by=None)
        except Refused as refused:
            raise Unprocessable(str(refused), "nobody_would_see_it") from refused
    if "priority" in values:
        labelling.set_priority(row, PRIORITIES[values["priority"]], by=None)
    if "tags" in values:
        labelling.set_tags(row, values["tags"], by=None)
    match values.get("status"):
        case Status.CLOSED:
            handling.close(row, by=None, reason=values.get("close_reason"), why=values.get("close_note", ""))
        case Status.OPEN:
            handling.reopen(row, by=None)
        case Status.SNOOZED:
            handling.snooze(row, until=values["snoozed_until"], by=None)
