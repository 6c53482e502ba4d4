"""Which clinic a request works in, and for how long a session lives."""

import time
from contextlib import nullcontext
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation

from clinic_inbox.tenancy import clinic_scope

from . import audit, queries

CLINIC = "clinic"
LAST_SEEN = "last_seen"
ENDS_AT = "ends_at"  # a session ends then, however busy it is
NOTE_SEEN_EVERY = 60  # seconds; a session row is not written on each request
# Pages re-fetch what changed by themselves. That is nobody at work, and must not keep a left screen signed in.
BY_ITSELF = "X-By-Itself"


def outside_clinic(view):
    """Mark a view that opens no clinic_scope() around itself: it asks a provider, or is for people without a clinic."""
    view.outside_clinic = True
    return view


def clinic_of_the_request(get_response):
    """Open clinic_scope() for a signed-in member; request.member is None for everybody else."""

    def middleware(request):
        audit.address_of_request.set(request.META.get("REMOTE_ADDR") or None)
        request.member, request.memberships = None, []
        if not request.user.is_authenticated:
            return get_response(request)
        request.memberships = queries.memberships_of(request.user)
        chosen = request.session.get(CLINIC)
        member = next((each for each in request.memberships if str(each.clinic_id) == chosen), None)
        if chosen and member is None:
            return _sign_out(request, "no longer a member")
        if _has_ended(request, member):
            return _sign_out(request, "ended")
        member = member or next(iter(request.memberships), None)
        if member and not chosen:
            request.session[CLINIC] = str(member.clinic_id)
        return _answer(request, member, get_response)

    return middleware


def _answer(request, member, get_response):
    is_outside = _is_outside(request)
    if member is None:
        return get_response(request) if is_outside else render(request, "clinics/nowhere.html", status=403)
    request.member = member
    with nullcontext() if is_outside else clinic_scope(member.clinic_id), _language(member):
        return get_response(request)


def _is_outside(request) -> bool:
    try:
        return getattr(resolve(request.path_info).func, "outside_clinic", False)
    except Resolver404:
        return False


def _language(member):
    chosen = member.language or member.clinic.language
    return translation.override(chosen) if chosen in dict(settings.LANGUAGES) else nullcontext()


def _has_ended(request, member) -> bool:
    """Idle for too long, or as old as a session may become. Notes that somebody is there."""
    now, session = int(time.time()), request.session
    limit = timedelta(minutes=member.clinic.idle_timeout_minutes) if member else settings.IDLE_TIMEOUT
    ends_at = session.setdefault(ENDS_AT, now + settings.SESSION_COOKIE_AGE)
    seen = session.setdefault(LAST_SEEN, now)
    if now >= ends_at or now - seen > limit.total_seconds():
        return True
    if now - seen > NOTE_SEEN_EVERY and BY_ITSELF not in request.headers:
        session[LAST_SEEN] = now
        session.set_expiry(ends_at - now)  # Django would count its age anew from here
    return False


def _sign_out(request, reason: str):
    audit.record_everywhere(request.user, "sign_out", detail={"reason": reason})
    logout(request)
    if request.htmx or "X-Fragment" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": reverse("account_login")})
    return redirect_to_login(request.get_full_path()) if request.method == "GET" else redirect_to_login("/")
