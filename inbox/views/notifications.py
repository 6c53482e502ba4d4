"""What a member wishes to be told while they look elsewhere, and in which browsers."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic_inbox.tenancy import clinic_scope
from clinics import mail
from clinics.access import member_required
from clinics.middleware import outside_clinic
from clinics.refusal import Refused
from clinics.sessions import describe_browser
from clinics.settings_pages import own_settings, show
from integrations import webpush

from .. import pushing
from ..alerts import choices_of
from ..forms import AlertForm
from ..models import OnCall, PushAddress
from ..operations import alerting

COOKIE_AGE = 365 * 24 * 3600


@own_settings
def notifications(request):
    """What to be told of, and the browsers in which one is told."""
    form, saved = AlertForm(request.POST if request.method == "POST" else None, initial=_chosen(request)), ""
    if request.method == "POST" and form.is_valid():
        alerting.choose(request.member, **form.cleaned_data)
        saved = _("Saved")
    return _show(request, form=form, saved=saved)


@require_POST
@own_settings
def add_browser(request):
    """This browser wishes to be told: its address at its push service comes along."""
    device = describe_browser(request)["name"]
    try:
        found = alerting.add_browser(request.member, address=request.POST.get("address", ""), device=device)
    except Refused as refused:
        return JsonResponse({"sentence": str(refused)}, status=409)
    response = _show(request, saved=_("You are told in this browser from now on."), here=found.pk)
    _remember(response, str(found.pk))
    return response


@require_POST
@own_settings
def forget_browser(request, pk):
    """No longer in this one."""
    alerting.forget_browser(_own(request, pk), by=request.member)
    response = _show(request, saved=_("Removed"))
    if request.COOKIES.get(alerting.COOKIE) == str(pk):
        response.delete_cookie(alerting.COOKIE)
    return response


@require_POST
@transaction.non_atomic_requests
@outside_clinic
@member_required
def try_browser(request, pk):
    """Send a test as news is sent, and say what became of it."""
    with clinic_scope(request.member.clinic_id):
        address = _own(request, pk)
    was_taken = pushing.try_out(address)
    with clinic_scope(request.member.clinic_id):
        if was_taken:
            return _show(request, saved=_("Sent. It should appear on that device now."))
        return _show(
            request, problem=_("Its push service did not take it. Remove the browser and add it again there.")
        )


def _own(request, pk) -> PushAddress:
    return get_object_or_404(PushAddress, pk=pk, member=request.member)


def _chosen(request) -> dict:
    chosen = choices_of(request.member)
    return {name: getattr(chosen, name) for name in AlertForm.base_fields}


def _show(request, *, form=None, here: UUID | str = "", **context):
    return show(
        request,
        "notifications",
        form=form or AlertForm(initial=_chosen(request)),
        browsers=PushAddress.objects.filter(member=request.member).order_by("created_at"),
        sends_mail=mail.is_sent(),
        is_on_call=OnCall.objects.filter(member=request.member).exists(),
        here=str(here or request.COOKIES.get(alerting.COOKIE, "")),
        server_key=settings.PUSH_KEY and webpush.public_key(settings.PUSH_KEY),
        **context,
    )


def _remember(response, pk: str) -> None:
    is_secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(alerting.COOKIE, pk, COOKIE_AGE, httponly=True, samesite="Lax", secure=is_secure)
