"""An erasure done again, after a backup of before was restored."""

from django.db import IntegrityError

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Clinic
from clinics.refusal import Refused
from contacts.models import Contact

from ..models import Erasure
from . import beginning, running
from .ledger import Entry

ERASED, NOT_THERE, UNDER_WAY = "erased", "not_there", "under_way"
OUTCOMES = (ERASED, NOT_THERE, UNDER_WAY)


def repeat(entry: Entry) -> str:
    """Erase this patient again, if they are there; returns one of OUTCOMES. Call outside clinic_scope()."""
    if not Clinic.objects.filter(pk=entry.clinic_id).exists():
        return NOT_THERE
    try:
        with clinic_scope(entry.clinic_id):
            erasure = _begun(entry)
    except (Refused, IntegrityError):
        return UNDER_WAY
    if erasure is None:
        return NOT_THERE
    while running.run(entry.clinic_id, erasure.pk):
        pass
    with clinic_scope(entry.clinic_id):
        erasure.refresh_from_db()
    return ERASED if erasure.state == Erasure.State.DONE else UNDER_WAY


def _begun(entry: Entry) -> Erasure | None:
    """The erasure to go on with; None when there is nothing of the patient."""
    running_now = Erasure.objects.filter(contact_id=entry.contact_id, state=Erasure.State.RUNNING).first()
    if running_now or not Contact.objects.filter(pk=entry.contact_id).exists():
        return running_now
    return beginning.begin(
        beginning.hold(entry.contact_id), Erasure.Reason.RESTORED, erased_at=entry.erased_at
    )
