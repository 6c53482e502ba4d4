"""Having Meta send nothing more of a business account that nobody here reads."""

from uuid import UUID

from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member

from . import operations
from .events import ProviderError
from .models import Onboarding
from .operations import onboarding as ways
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


def leave_and_forget(clinic_id: UUID, pk: UUID, *, by: Member | None = None) -> str:
    """Forget a number on its way, which the caller has taken; outside any scope. A sentence as leave() has.

    The token goes last: where we end before, Meta is told the next time.
    """
    with clinic_scope(clinic_id):
        row = _find(pk)
        account = ways.begin_leaving(row) if row else None
        if row and not account:
            ways.give_up(row, by=by)
    if not account:
        return ""
    problem = leave(clinic_id, account, by=by)
    with clinic_scope(clinic_id):
        if row := _find(pk):
            ways.give_up(row, by=by)
    return problem


def forget_old(clinic_id: UUID) -> int:
    """Forget what began to come a day ago, unless a step is being taken now; outside any scope. Returns how many."""
    with clinic_scope(clinic_id):
        count = ways.forget_finished()
        old = list(ways.find_old())
    for row in old:
        with clinic_scope(clinic_id):
            is_ours = ways.take(row)
        if is_ours:
            leave_and_forget(clinic_id, row.pk)
            count += 1
    return count


def _find(pk: UUID) -> Onboarding | None:
    rows = Onboarding.objects.exclude(step=Onboarding.Step.DONE)
    return rows.select_for_update().filter(pk=pk).first()
