"""Having Meta send nothing more of a business account that nobody here reads."""

from uuid import UUID

from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member

from . import operations
from .events import ProviderError
from .whatsapp import api


def leave(clinic_id: UUID, account: api.Credentials, *, by: Member | None = None) -> str:
    """Ask Meta, outside any scope; a sentence where it could not be told. It is on record, and harmless when repeated.

    Without `by` it is done because time passed.
    """
    outcome = "done"
    try:
        api.unsubscribe(account)
    except ProviderError as error:
        outcome = error.code
    with clinic_scope(clinic_id):
        operations.note_leaving(account.business_id, outcome, by=by)
    if outcome == "done":
        return ""
    return _(
        "Meta could not be told and may go on sending what patients write; it is not read here. Remove the app from"
        " the account in WhatsApp Manager."
    )
