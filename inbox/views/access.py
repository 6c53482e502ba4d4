"""Who may open a page, and in whose time it is drawn."""

from functools import wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from .. import queries


def members_only(view):
    """Send everybody else to the sign-in page; draw times in the clinic's zone."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.member is None:
            if request.htmx or request.headers.get("X-Fragment"):
                return HttpResponse(status=401, headers={"HX-Redirect": reverse(settings.LOGIN_URL)})
            return redirect(settings.LOGIN_URL)
        with timezone.override(ZoneInfo(request.member.clinic.time_zone)):
            return view(request, *args, **kwargs)

    return guarded


def find_conversation(request, pk):
    """The conversation with everything its screen shows. Raises Http404 when the member may not see it."""
    visible = queries.visible_conversations(request.member)
    return get_object_or_404(queries.with_row_details(visible), pk=pk)
