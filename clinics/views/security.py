"""A person's own sign-in: second factors, recovery codes, and where they are signed in."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import audit
from ..middleware import outside_clinic
from ..second_factor import Type, factors_of, recovery_codes_left
from ..sessions import end_sessions, sessions_of
from ..settings_pages import show


@outside_clinic
@login_required
def security(request):
    return _show(request)


@require_POST
@outside_clinic
@login_required
def sign_out_elsewhere(request):
    count = end_sessions(request.user, but=request.session.session_key)
    if count:
        audit.record_everywhere(request.user, "sessions.ended", detail={"count": count})
    return _show(request, saved=_("You are signed out everywhere else."))


def _show(request, *, saved=""):
    factors = list(factors_of(request.user))
    place = request.member or request.setting_up_for
    with timezone.override(ZoneInfo(place.clinic.time_zone if place else "UTC")):
        return show(
            request,
            "security",
            app=next((each for each in factors if each.type == Type.TOTP), None),
            passkeys=[each for each in factors if each.type == Type.WEBAUTHN],
            codes_left=recovery_codes_left(request.user) if factors else None,
            sessions=sessions_of(request.user, this=request.session.session_key),
            saved=saved,
        )
