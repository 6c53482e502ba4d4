"""Patients by name or number, for the palette of commands."""

from uuid import UUID

from django.http import HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_POST

from clinics import audit

from .. import search
from .access import members_only

MOST_RECENT = 8


@require_POST
@members_only
def jump(request):
    """Conversations to jump to: those with `q` in the name or number, those of `ids` first; without `q` they alone.

    Asked with POST although it changes nothing: a name is no part of an address.
    """
    ids = [each for each in request.POST.get("ids", "").split(",")[:MOST_RECENT] if each]
    try:
        recent = [str(UUID(each)) for each in ids]
    except ValueError:
        return HttpResponseBadRequest()
    found = search.find_people(request.member, request.POST.get("q", "").strip()[:60], recent)
    audit.record_listing("conversations.listed", member=request.member)
    return render(request, "inbox/_jump.html", {"conversations": found})
