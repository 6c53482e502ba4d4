"""Which clinic a request works in, and for how long a session lives."""

import time
from contextlib import nullcontext
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation

from clinic_inbox.tenancy import clinic_scope

from . import audit, queries
from .models import LONGEST_IDLE_MINUTES

CLINIC = "clinic"
ROLE = "role"  # and in which clinic: a session that gains or loses rights gets a new key
SECOND_FACTOR = "second_factor"  # whether this session has passed one
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
        request.member, request.memberships, request.setting_up_for = None, [], None
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
        if member:
            _note_place(request, member)
        return _answer(request, member, get_response)

    return middleware


def _answer(request, member, get_response):
    opens_no_scope = is_outside(request)
    if member is None:
        return (
            get_response(request) if opens_no_scope else render(request, "clinics/nowhere.html", status=403)
        )
    if lacks_second_factor(member, request.session):
        # Nobody works in the clinic in this request: what shows or does anything there asks for request.member.
        request.setting_up_for = member
        with _language(member):
            return get_response(request) if opens_no_scope else _to_set_up(request)
    request.member = member
    with nullcontext() if opens_no_scope else clinic_scope(member.clinic_id), _language(member):
        return get_response(request)


def lacks_second_factor(member, session) -> bool:
    """Whether the member's clinic wants a second step at sign-in that this session has not taken."""
    return member.clinic.requires_mfa and not session.get(SECOND_FACTOR)


def _note_place(request, member) -> None:
    """Where and as what the session works. With another role it goes on under a new key from its next page on.

    Parts of a page are asked for side by side: those under way with the old key would be signed out.
    """
    session, here = request.session, [str(member.clinic_id), member.role]
    before = session.get(ROLE)
    if before == here and session.get(CLINIC) == here[0]:
        return
    has_new_role = before and before[0] == here[0]
    if has_new_role and not _is_page(request):
        return
    session[CLINIC], session[ROLE] = here[0], here
    if has_new_role:
        session.cycle_key()


def _is_page(request) -> bool:
    """Asked for by somebody who goes to another page, not by a page for a part or a picture of itself."""
    is_part = request.htmx or "X-Fragment" in request.headers
    return not is_part and request.headers.get("Sec-Fetch-Dest", "document") == "document"


def _to_set_up(request):
    target = reverse("clinics:security")
    if request.htmx or "X-Fragment" in request.headers:
        return HttpResponse(status=403, headers={"HX-Redirect": target})
    return redirect(target)


def is_outside(request) -> bool:
    """Whether the request is for a view that opens its scopes itself."""
    try:
        return getattr(resolve(request.path_info).func, "outside_clinic", False)
    except Resolver404:
        return False


def _language(member):
    chosen = member.language or member.clinic.language
    return translation.override(chosen) if chosen in dict(settings.LANGUAGES) else nullcontext()


def _has_ended(request, member) -> bool:
    """has_ended() of the request's session. Notes that somebody is there."""
    now, session = int(time.time()), request.session
    ends_at = session.setdefault(ENDS_AT, now + settings.SESSION_COOKIE_AGE)
    seen = session.setdefault(LAST_SEEN, now)
    if has_ended(session, idle_limit(member.clinic) if member else settings.IDLE_TIMEOUT, now):
        return True
    if now - seen > NOTE_SEEN_EVERY and BY_ITSELF not in request.headers:
        session[LAST_SEEN] = now
        session.set_expiry(ends_at - now)  # Django would count its age anew from here
    return False


def has_ended(session, limit: timedelta, now: float) -> bool:
    """Nobody was there for longer than the limit, or the session (its dict will do) is as old as one may become."""
    return now >= session.get(ENDS_AT, now + 1) or now - session.get(LAST_SEEN, now) > limit.total_seconds()


def idle_limit(clinic) -> timedelta:
    """How long a screen may be left before it is signed out: never more than an hour, whatever the row says."""
    return timedelta(minutes=min(clinic.idle_timeout_minutes, LONGEST_IDLE_MINUTES))


def _sign_out(request, reason: str):
    audit.record_everywhere(request.user, "sign_out", detail={"reason": reason})
    logout(request)
    if request.htmx or "X-Fragment" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": reverse("account_login")})
    return redirect_to_login(request.get_full_path()) if request.method == "GET" else redirect_to_login("/")
