"""People the clinic talks with."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from clinic_inbox.api.parsing import Strict
from clinics import audit
from contacts.models import Contact

from .. import machines, realtime
from . import pages
from .shapes import ContactShape, page_of


class ContactQuery(pages.PageQuery):
    phone = serializers.RegexField(r"^\+?\d{4,20}$", required=False)


class ContactChange(Strict):
    """What may be changed of a contact."""

    name = serializers.CharField(max_length=200, required=False)
    note = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    language = serializers.RegexField(
        r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?)?$", required=False, allow_blank=True
    )

    def validate(self, values):
        if not values:
            raise serializers.ValidationError({"body": [_("Nothing to change was given.")]})
        return values


@extend_schema(
    operation_id="list_contacts",
    responses=page_of(ContactShape),
    parameters=[*pages.PARAMETERS, OpenApiParameter("phone", str, description="Digits, with or without +")],
)
@api_view(["GET"])
def contacts(request):
    """Contacts, newest first."""
    query = pages.read_query(ContactQuery, request)
    audit.record_listing("contacts.listed", actor=request.auth.name)
    rows = _rows(request)
    if "phone" in query:
        rows = rows.filter(identities__wa_id=query["phone"].lstrip("+"))
    return pages.respond(rows, "created_at", query, ContactShape)


@extend_schema(operation_id="get_contact", methods=["GET"], responses=ContactShape)
@extend_schema(
    operation_id="change_contact", methods=["PATCH"], request=ContactChange, responses=ContactShape
)
@api_view(["GET", "PATCH"])
def contact(request, pk):
    """One contact; PATCH changes name, note or language."""
    row = get_object_or_404(_rows(request), pk=pk)
    if request.method == "PATCH":
        change = ContactChange(data=request.data)
        change.is_valid(raise_exception=True)
        _change(row, change.validated_data)
        detail = {"changed": sorted(change.validated_data)}
        audit.record("contact.changed", actor=request.auth.name, target=row, detail=detail)
    audit.record_reading("contact.opened", actor=request.auth.name, target=row)
    return Response(ContactShape(row).data)


def _rows(request):
    identities = Prefetch("identities", machines.identities_of_machine(request.auth))
    return machines.contacts_of_machine(request.auth).prefetch_related(identities)


def _change(row: Contact, values: dict) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    if "name" in values:
        row.is_name_edited = True
    row.save(update_fields=[*values, "is_name_edited"])
    realtime.publish(f"contact-{row.pk}", *(realtime.topic(each) for each in _conversations_of(row)))


def _conversations_of(row: Contact):
    return row.conversations.values_list("pk", flat=True)
