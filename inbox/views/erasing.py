"""Erasing one patient: the page that asks, and the page that tells how far it is and what went."""

import re

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinics import audit
from clinics.refusal import Refused
from clinics.settings_pages import admin_settings, show
from contacts.models import Contact
from integrations.whatsapp.numbers import matching_key

from .. import sight
from ..models import Conversation, Erasure
from ..operations import erasing
from ..patient_forms import ErasureForm

MOST_SHOWN, LONGEST_ADDRESS = 100, 200
NO_DIGITS = re.compile(r"[^0-9]")
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
    can = not erasing.hides_some(contact, request.member)
    if not problem and not can:
        problem = erasing.hidden_sentence()
    return show(
        request,
        "erase",
        form=form,
        contact=contact,
        problem=problem,
        can=can,
        extent=erasing.extent_of(contact) if can else {},
        conversation=_seen(request, pk).order_by("-last_message_at").first(),
    )


@require_http_methods(["GET", "POST"])
@admin_settings
def erasures(request):
    """Every erasure of the clinic with its receipt, newest first; POST leads to who has a number or WhatsApp name."""
    problem = ""
    if request.method == "POST":
        if found := _by_address(request, request.POST.get("address", "")):
            return redirect("upkeep:erase", found.pk)
        problem = _("Nobody whom you may erase writes from there.")
    rows = list(Erasure.objects.select_related("requested_by").order_by("-erased_at", "-pk")[:MOST_SHOWN])
    for row in rows:
        row.receipt = _receipt(row.counts)
    return show(
        request,
        "erasures",
        problem=problem,
        typed=request.POST.get("address", "")[:LONGEST_ADDRESS],
        rows=rows,
        is_running=any(row.state == Erasure.State.RUNNING for row in rows),
    )


def _find(request, pk) -> Contact:
    """Somebody with whom the member sees a conversation, and not by emergency access, or who has none at all, such as
    one of the phone's address book. Raises Http404.
    """
    return get_object_or_404(_findable(request), pk=pk)


def _by_address(request, typed: str) -> Contact | None:
    """The one who writes from this number or has this name at WhatsApp."""
    number, name = NO_DIGITS.sub("", typed), typed.strip().removeprefix("@").replace("\0", "")
    address = Q(identities__wa_key=matching_key(number)) if number else Q()
    address |= Q(identities__username__iexact=name) if name else Q()
    return _findable(request).filter(address).first() if address else None


def _findable(request):
    seen = Conversation.objects.filter(sight.by_right(request.member))
    people = Contact.objects.filter(Q(conversations=None) | Q(pk__in=seen.values("contact")))
    return people.exclude(pk__in=Erasure.objects.values("contact_id")).distinct()


def _seen(request, pk):
    return Conversation.objects.filter(sight.by_right(request.member), contact=pk)


def _receipt(counts: dict[str, int]) -> list[tuple[str, int]]:
    told = [(name, counts[key]) for key, name in GROUPS.items() if counts.get(key)]
    others = sum(count for key, count in counts.items() if key not in GROUPS)
    return [*told, (_("Other rows"), others)] if others else told
