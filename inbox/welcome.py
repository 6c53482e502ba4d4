"""Who may hold a socket, and for how long: as long as their session would let them open a page."""

import time
from collections import defaultdict
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.middleware import CLINIC, has_ended, idle_limit, lacks_second_factor
from clinics.models import Clinic, Member
from clinics.queries import find_membership

NOTED_EVERY = timedelta(minutes=1)


def member_of(scope) -> Member | None:
    """The member who opens a socket; None when they are not signed in, or would be signed out by their next page."""
    user = scope.get("user")
    if user is None or not user.is_authenticated:
        return None
    member = find_membership(user, scope["session"].get(CLINIC))
    if member is None or lacks_second_factor(member, scope["session"]):
        return None
    return None if has_ended(scope["session"], idle_limit(member.clinic), time.time()) else member


def still_welcome(sockets: list[tuple]) -> set[tuple]:
    """Those (session key, member) of (session key, clinic, member, passed a second step) whose work has not ended."""
    keys = {key for key, *_ in sockets}
    live = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    live = set(live.values_list("session_key", flat=True))
    by_clinic = defaultdict(set)
    for _, clinic_id, member_id, _ in sockets:
        by_clinic[clinic_id].add(member_id)
    wants_second_factor = {}
    for clinic_id, members in by_clinic.items():
        with clinic_scope(clinic_id):
            active = Member.objects.filter(pk__in=members, is_active=True)
            wants_second_factor |= dict(active.values_list("pk", "clinic__requires_mfa"))
    return {
        (key, member_id)
        for key, _, member_id, is_strong in sockets
        if key in live and (is_strong or wants_second_factor.get(member_id) is False)
        if member_id in wants_second_factor
    }


def ended(sockets: list[tuple]) -> set[str]:
    """The keys among (session key, clinic, …) of the sessions that have been idle for too long, or open for too long.

    An open socket is nobody at work: it does not count as having been there.
    """
    clinic_of = {key: clinic_id for key, clinic_id, *_ in sockets}
    limits = {clinic.pk: idle_limit(clinic) for clinic in Clinic.objects.filter(pk__in=clinic_of.values())}
    sessions = Session.objects.filter(session_key__in=clinic_of)
    now = time.time()
    return {
        row.session_key
        for row in sessions.iterator()
        if has_ended(row.get_decoded(), limits[clinic_of[row.session_key]], now)
    }


def note_here(sockets: list[tuple]) -> None:
    """The members of (session key, clinic, member, …) have the inbox open: rules may give them conversations."""
    by_clinic, now = defaultdict(set), timezone.now()
    for _, clinic_id, member_id, _ in sockets:
        by_clinic[clinic_id].add(member_id)
    for clinic_id, members in by_clinic.items():
        with clinic_scope(clinic_id):
            stale = Q(here_at=None) | Q(here_at__lt=now - NOTED_EVERY)
            Member.objects.filter(stale, pk__in=members).update(here_at=now)
