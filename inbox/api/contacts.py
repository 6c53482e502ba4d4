"""People the clinic talks with."""

from functools import partial
from zoneinfo import available_timezones

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from clinic_inbox.api.parsing import Strict
from clinics import audit
from clinics.models import ApiToken
from contacts import values
from contacts.models import Contact

from .. import machines
from ..machines import fields_of_machine
from ..operations import patients
from . import pages
from .shapes import ContactShape, PatientFieldShape, page_of

PAGE = page_of(ContactShape)


class ContactFind(pages.PageQuery):
    """Whom to look for. A number belongs into no address: those are kept in logs and histories."""

    phone = serializers.RegexField(r"^\+?\d{4,20}$", help_text="Digits, with or without +")


class ContactChange(Strict):
    """What may be changed of a contact. `fields`: the clinic's own fields by their key; null empties one."""

    name = serializers.CharField(max_length=200, required=False)
    note = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    language = serializers.RegexField(
        r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?)?$", required=False, allow_blank=True
    )
    time_zone = serializers.CharField(max_length=60, required=False, allow_blank=True)
    writing_for = serializers.CharField(max_length=200, required=False, allow_blank=True)
    fields = serializers.DictField(child=serializers.JSONField(allow_null=True), required=False)

    def validate_time_zone(self, name):
        if name and name not in available_timezones():
            raise serializers.ValidationError(_("Unknown time zone."))
        return name

    def validate(self, values):
        if not values:
            raise serializers.ValidationError({"body": [_("Nothing to change was given.")]})
        return values


@extend_schema(operation_id="list_contacts", responses=PAGE, parameters=pages.PARAMETERS)
@api_view(["GET"])
def contacts(request):
    """Contacts, newest first."""
    return _page(request, _rows(request), pages.read_query(pages.PageQuery, request))


@extend_schema(operation_id="find_contacts", request=ContactFind, responses=PAGE)
@api_view(["POST"])
def find(request):
    """The contacts with this phone number; none when nobody has it."""
    asked = ContactFind(data=request.data)
    asked.is_valid(raise_exception=True)
    query = asked.validated_data
    rows = _rows(request).filter(identities__wa_id=query["phone"].lstrip("+"))
    return _page(request, rows, query)


@extend_schema(operation_id="get_contact", methods=["GET"], responses=ContactShape)
@extend_schema(
    operation_id="change_contact", methods=["PATCH"], request=ContactChange, responses=ContactShape
)
@api_view(["GET", "PATCH"])
def contact(request, pk):
    """One contact; PATCH changes what is known of them."""
    row = get_object_or_404(_rows(request), pk=pk)
    if request.method == "PATCH":
        change = ContactChange(data=request.data)
        change.is_valid(raise_exception=True)
        _change(row, change.validated_data, request.auth)
    audit.record_reading("contact.opened", actor=request.auth.name, target=row)
    return Response(ContactShape(row, context=_shown_to(request.auth)).data)


def _page(request, rows, query: dict) -> Response:
    audit.record_listing("contacts.listed", actor=request.auth.name)
    return pages.respond(rows, "created_at", query, partial(ContactShape, context=_shown_to(request.auth)))


def _shown_to(token: ApiToken) -> dict:
    """The clinic's own fields that this key may see, by their key."""
    return {"fields": {field.key for field in fields_of_machine(token)}}


def _rows(request):
    identities = Prefetch("identities", machines.identities_of_machine(request.auth))
    return machines.contacts_of_machine(request.auth).prefetch_related(identities)


def _change(row: Contact, told: dict, token: ApiToken) -> None:
    """All of it or nothing: a wrong value raises before anything is kept."""
    facts = {name: value for name, value in told.items() if name != "fields"}
    if "fields" in told:
        known = {field.key: field for field in fields_of_machine(token)}
        if unknown := sorted(told["fields"].keys() - known.keys()):
            raise serializers.ValidationError(
                {"fields": [_("Unknown field: %(key)s.") % {"key": key[:60]} for key in unknown]}
            )
        wanted = {known[key]: value for key, value in told["fields"].items()}
        try:
            patients.set_fields(row, wanted, actor=token.name)
        except values.Wrong as problem:
            raise serializers.ValidationError({"fields": [str(problem)]}) from problem
    patients.change_contact(row, facts, actor=token.name)


@extend_schema(operation_id="list_patient_fields", responses=PatientFieldShape(many=True))
@api_view(["GET"])
def patient_fields(request):
    """What the clinic keeps of its contacts besides name, language and note: the keys of a contact's `fields`."""
    return Response(PatientFieldShape(fields_of_machine(request.auth), many=True).data)
