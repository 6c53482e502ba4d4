"""Which clinic a request works in, and for how long an idle session lives."""

import time
from datetime import timedelta

from django.contrib.auth import logout
from django.shortcuts import redirect

from clinic_inbox.tenancy import clinic_scope

from . import queries

LAST_SEEN = "last_seen"
CLINIC = "clinic"
NOTE_SEEN_EVERY = 60  # seconds; a session row is not written on each request


def clinic_of_the_request(get_response):
    """Open clinic_scope() for a signed-in member; request.member is None for everybody else."""

    def middleware(request):
        request.member = None
        if not request.user.is_authenticated:
            return get_response(request)
        member = queries.find_membership(request.user, request.session.get(CLINIC))
        if member is None:
            return get_response(request)
        if _is_idle(request, timedelta(minutes=member.clinic.idle_timeout_minutes)):
            logout(request)
            return redirect("account_login")
        with clinic_scope(member.clinic_id):
            request.member = member
            return get_response(request)

    return middleware


def _is_idle(request, limit: timedelta) -> bool:
    now = int(time.time())
    seen = request.session.get(LAST_SEEN, now)
    if now - seen > limit.total_seconds():
        return True
    if LAST_SEEN not in request.session or now - seen > NOTE_SEEN_EVERY:
        request.session[LAST_SEEN] = now
    return False
