"""Erasing one patient: the page that asks, and the page that tells how far it is and what went."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinics import audit
from clinics.refusal import Refused
from clinics.settings_pages import admin_settings, show
from contacts.models import Contact

from .. import sight
from ..models import Conversation, Erasure
from ..operations import erasing
from ..patient_forms import ErasureForm

MOST_SHOWN = 100
# What the receipt calls what went, by the names of erasure/schema.py; everything else is told as one sum.
GROUPS = {
    "conversation": gettext_lazy("Conversations"),
    "message": gettext_lazy("Messages"),
    "files": gettext_lazy("Files"),
    "webhookevent": gettext_lazy("Stored webhooks"),
    "channelevent": gettext_lazy("Reports of providers"),
}


@require_http_methods(["GET", "POST"])
@admin_settings
def erase(request, pk):
    """Ask once more, with the patient's name to be typed; then erase."""
    contact = _find(request, pk)
    form, problem = ErasureForm(request.POST or None, name=erasing.told_name(contact)), ""
    if request.method == "POST" and form.is_valid():
        try:
            erasing.erase(contact, form.cleaned_data["reason"], by=request.member)
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, _("Nobody sees the patient any more. What there was is being deleted."))
            return redirect("upkeep:erasures")
    audit.record_reading("contact.opened", member=request.member, target=contact)
    if not problem and erasing.hides_some(contact, request.member):
        problem = erasing.hidden_sentence()
    return show(
        request,
        "erase",
        form=form,
        contact=contact,
        problem=problem,
        can=not erasing.hides_some(contact, request.member),
        extent=erasing.extent_of(contact),
        conversation=_seen(request, pk).order_by("-last_message_at").first(),
    )


@require_GET
@admin_settings
def erasures(request):
    """Every erasure of the clinic with its receipt, newest first."""
    rows = list(Erasure.objects.select_related("requested_by").order_by("-erased_at", "-pk")[:MOST_SHOWN])
    for row in rows:
        row.receipt = _receipt(row.counts)
    return show(
        request,
        "erasures",
        rows=rows,
        is_running=any(row.state == Erasure.State.RUNNING for row in rows),
    )


def _find(request, pk) -> Contact:
    """A person with whom the member sees a conversation, and not by emergency access. Raises Http404."""
    return get_object_or_404(Contact, pk=pk, conversations__in=_seen(request, pk)[:1])


def _seen(request, pk):
    return Conversation.objects.filter(sight.by_right(request.member), contact=pk)


def _receipt(counts: dict[str, int]) -> list[tuple[str, int]]:
    told = [(name, counts[key]) for key, name in GROUPS.items() if counts.get(key)]
    others = sum(count for key, count in counts.items() if key not in GROUPS)
    return [*told, (_("Other rows"), others)] if others else told
