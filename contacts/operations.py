"""Which things a clinic wants to know of its patients. All run inside clinic_scope(); every change is on record."""

from django.db import connection
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clinic_inbox.tenancy import current_clinic_id
from clinics import audit
from clinics.models import Member
from clinics.refusal import Refused

from .models import PatientField

MOST_FIELDS = 40
# One statement: a large clinic's contacts are not fetched to forget one value of each.
FORGET = "UPDATE contacts_contact SET fields = fields - %s WHERE clinic_id = %s AND fields ? %s"


def patient_fields():
    """The clinic's fields in the order of the panel."""
    return PatientField.objects.order_by("position", "created_at", "pk")


def define_field(name: str, kind: str, *, choices=(), is_hidden=False, by: Member | None) -> PatientField:
    """Add a field at the end. Raises Refused when the name is taken or there are too many."""
    _check_free(name)
    fields = list(patient_fields())
    if len(fields) >= MOST_FIELDS:
        raise Refused(_("There are %(count)d fields already; delete one first.") % {"count": MOST_FIELDS})
    field = PatientField.objects.create(
        key=_free_key(name, {each.key for each in fields}),
        name=name,
        kind=kind,
        choices=list(choices),
        is_hidden=is_hidden,
        position=fields[-1].position + 1 if fields else 0,
    )
    audit.record("patient_field.created", member=by, target=field, detail={"name": name, "kind": kind})
    return field


def change_field(field: PatientField, name: str, *, choices=(), is_hidden: bool, by: Member) -> PatientField:
    """Rename it, or change what can be chosen. Its kind stays: values of another kind would be in it already.

    A value that cannot be chosen any more stays with the patients who have it. Raises Refused when the name is taken.
    """
    _check_free(name, but=field)
    wanted = {"name": name, "choices": list(choices), "is_hidden": is_hidden}
    changed = sorted(key for key, value in wanted.items() if getattr(field, key) != value)
    if not changed:
        return field
    for key, value in wanted.items():
        setattr(field, key, value)
    field.save(update_fields=wanted)
    detail = {"name": name, "changed": changed}
    audit.record("patient_field.changed", member=by, target=field, detail=detail)
    return field


def move_field(field: PatientField, *, to_front: bool, by: Member) -> None:
    """One place towards the front or the end."""
    fields = list(patient_fields())
    at = next(place for place, each in enumerate(fields) if each.pk == field.pk)
    to = at - 1 if to_front else at + 1
    if not 0 <= to < len(fields):
        return
    fields[at], fields[to] = fields[to], fields[at]
    for place, each in enumerate(fields):
        each.position = place
    PatientField.objects.bulk_update(fields, ["position"])
    audit.record("patient_field.moved", member=by, target=field, detail={"name": field.name, "place": to + 1})


def delete_field(field: PatientField, *, by: Member) -> None:
    """End a field, with what stands in it at every patient."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [field.key, current_clinic_id(), field.key])
        forgotten = cursor.rowcount
    audit.record(
        "patient_field.deleted", member=by, target=field, detail={"name": field.name, "values": forgotten}
    )
    field.delete()


def _free_key(name: str, taken: set[str]) -> str:
    key = start = slugify(name, allow_unicode=True).replace("-", "_")[:44] or "field"
    number = 1
    while key in taken:
        number += 1
        key = f"{start}_{number}"
    return key


def _check_free(name: str, but: PatientField | None = None) -> None:
    if PatientField.objects.filter(name__iexact=name).exclude(pk=but and but.pk).exists():
        raise Refused(_("There is a field called %(name)s already.") % {"name": name})
