"""Having Meta send nothing more of a business account that nobody here reads."""

from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope

from .. import operations
from ..events import ProviderError
from ..whatsapp import api


def leave(request, account: api.Credentials) -> str:
    """Ask Meta, outside any scope; why that failed, in words, or nothing. Asked twice it does no harm."""
    outcome = "done"
    try:
        api.unsubscribe(account)
    except ProviderError as error:
        outcome = error.code
    with clinic_scope(request.member.clinic_id):
        operations.note_leaving(account.business_id, outcome, by=request.member)
    if outcome == "done":
        return ""
    return _(
        "Meta could not be told and may go on sending what patients write; it is not read here. Remove the app from"
        " the account in WhatsApp Manager."
    )
