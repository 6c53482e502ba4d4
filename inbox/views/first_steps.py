"""The first steps of a clinic, on the inbox's empty screen and in the settings."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinics.settings_pages import admin_settings, show

from .. import first_steps
from .access import members_only


@require_GET
@members_only
def in_inbox(request):
    """The list alone, for the open page to look again; nothing (204) for who has no steps to take."""
    if not request.member.is_admin:
        return HttpResponse(status=204)
    return render(request, "inbox/_first_steps.html", {"first_steps": first_steps.steps()})


@admin_settings
def in_settings(request):
    return show(request, "first_steps", first_steps=first_steps.steps())
