"""Who may open a page, and in whose time it is drawn."""

from functools import wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from clinics import audit

from .. import notices, queries

OPENED = "conversation.opened"


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
    return get_object_or_404(_visible(request), pk=pk)


def find_visible(request, pk):
    """The same, or None."""
    return _visible(request).filter(pk=pk).first()


def put_on_record(request, found, *, is_again=False) -> None:
    """A member looks at a conversation. `is_again`: their page asks by itself; during an emergency that counts too."""
    if not is_again:
        notices.see(found, request.member)
    if found.is_emergency:
        audit.record(OPENED, member=request.member, target=found, detail={"emergency": "yes"})
    elif is_again:
        audit.record_reading(OPENED, member=request.member, target=found)
    else:
        audit.record(OPENED, member=request.member, target=found)


def _visible(request):
    visible = queries.with_emergency(queries.visible_conversations(request.member), request.member)
    return queries.with_row_details(visible)
