"""Clinics begin, and are described."""

from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope

from .. import audit
from ..models import Clinic, Member
from ..refusal import Refused


def create_clinic(
    name: str, slug: str, *, time_zone: str = "UTC", language: str = "en", actor: str = ""
) -> Clinic:
    """Begin a clinic without members. Call outside clinic_scope(). Raises Refused.

    `actor` is who does so, for the audit log; nobody named is the command line.
    """
    _check_time_zone(time_zone)
    if Clinic.objects.filter(slug=slug).exists():
        raise Refused(_("There is a clinic with the short name %(slug)s already.") % {"slug": slug})
    clinic = Clinic.objects.create(name=name, slug=slug, time_zone=time_zone, language=language)
    with clinic_scope(clinic.pk):
        audit.record("clinic.created", actor=actor, target=clinic, detail={"name": name})
    return clinic


def change_clinic(clinic: Clinic, *, by: Member, **fields) -> Clinic:
    """Change what the clinic is called and how it works, and note what became different."""
    _check_time_zone(fields.get("time_zone", clinic.time_zone))
    changed = {name: value for name, value in fields.items() if getattr(clinic, name) != value}
    if not changed:
        return clinic
    before = {name: getattr(clinic, name) for name in changed}
    for name, value in changed.items():
        setattr(clinic, name, value)
    clinic.save(update_fields=list(changed))
    audit.record("clinic.changed", member=by, target=clinic, detail={"before": before, "after": changed})
    return clinic


def _check_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise Refused(_("%(name)s is not a time zone. Use a name such as Europe/London.") % {"name": name})
