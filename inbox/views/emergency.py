"""Emergency access: opening what is not one's own to see, finding it by number, and what the admins see of both."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinics.refusal import Refused
from clinics.settings_pages import admin_settings, show

from .. import queries
from ..forms import EmergencyForm, NumberForm
from ..operations import glass
from .access import find_visible, members_only
from .conversations import sealed

MOST_SHOWN = 100


@require_POST
@members_only
def open_sealed(request, pk):
    """Break the glass with a reason; who sees the conversation anyway is led to it."""
    address = reverse("inbox:conversation", args=[pk])
    if find_visible(request, pk):
        return _lead_to(request, address)
    form = EmergencyForm(request.POST)
    if not form.is_valid() or not request.member.may_break_glass:
        return sealed(request, pk, form)
    hidden = queries.hidden_conversations(request.member).filter(pk=pk).first()
    if hidden is None:
        return sealed(request, pk)
    try:
        glass.break_glass(hidden, form.cleaned_data["reason"], by=request.member)
    except Refused as refused:
        form.add_error("reason", str(refused))
        return sealed(request, pk, form)
    messages.success(request, _("Open for 60 minutes. The clinic's admins have been told."))
    return _lead_to(request, address)


@require_http_methods(["GET", "POST"])
@members_only
def look_up(request):
    """Find a patient's conversations by their whole number, to open one of them in an emergency."""
    form, found, problem = NumberForm(request.POST or None), None, ""
    if request.method == "POST" and form.is_valid():
        try:
            found = [each.pk for each in glass.look_up(form.cleaned_data["number"], by=request.member)]
        except Refused as refused:
            problem = str(refused)
    context = {"form": form, "found": found, "problem": problem}
    return render(request, "inbox/look_up.html", context, status=429 if problem else 200)


@admin_settings
def log(request):
    """Every emergency access and its reason, for admins; POST says that the new ones were read."""
    saved = ""
    if request.method == "POST":
        glass.notice_all(by=request.member)
        saved = _("Noted.")
    rows = list(queries.emergencies()[:MOST_SHOWN])
    is_new = any(row.noticed_at is None for row in rows)
    return show(request, "emergencies", rows=rows, is_new=is_new, saved=saved)


def _lead_to(request, address: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)
