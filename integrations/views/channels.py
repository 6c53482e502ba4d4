"""The clinic's numbers: one at a time, its checks, its secrets, and whether it sends."""

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic_inbox.tenancy import clinic_scope
from clinics.middleware import outside_clinic
from clinics.refusal import Refused
from clinics.settings_pages import admin_settings, attempt, show

from .. import doctor, operations
from ..credentials import credentials_of
from ..forms import DisconnectForm, PinForm, SecretForm, TokenForm
from ..leaving import leave
from ..models import Channel, Checkup


@admin_settings
def channels(request):
    return show(request, "channels", channels=Channel.objects.order_by("state", "name"))


@admin_settings
def channel(request, pk):
    return show_channel(request, find_channel(pk))


@require_POST
@admin_settings
def replace_token(request, pk):
    found, form = find_channel(pk), TokenForm(request.POST)
    if not form.is_valid():
        return show_channel(request, found, token_form=form)
    token = form.cleaned_data["token"]
    problem = attempt(operations.replace_access_token, found, token, by=request.member)
    saved = _("The new access token is used from now on. Look again to see whether Meta accepts it.")
    return show_channel(request, found, problem=problem, saved=saved)


@require_POST
@admin_settings
def rotate_secret(request, pk):
    found, form = find_channel(pk), SecretForm(request.POST)
    if not form.is_valid():
        return show_channel(request, found, secret_form=form)
    try:
        operations.rotate_app_secret(found.hook, form.cleaned_data["secret"], by=request.member)
    except Refused as refused:
        return show_channel(request, found, problem=str(refused))
    return show_channel(
        request, found, saved=_("Both app secrets are accepted until you drop the previous one.")
    )


@require_POST
@admin_settings
def forget_secret(request, pk):
    found = find_channel(pk)
    try:
        operations.forget_previous_secret(found.hook, by=request.member)
    except Refused as refused:
        return show_channel(request, found, problem=str(refused))
    return show_channel(request, found, saved=_("Only the new app secret is accepted now."))


@require_POST
@admin_settings
def pause(request, pk):
    found = find_channel(pk)
    problem = attempt(operations.pause, found, by=request.member)
    return show_channel(request, found, problem=problem, saved=_("Paused"))


@require_POST
@admin_settings
def resume(request, pk):
    found = find_channel(pk)
    problem = attempt(operations.resume, found, by=request.member)
    return show_channel(request, found, problem=problem, saved=_("Sending again"))


@require_POST
@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def disconnect(request, pk):
    """Ends only what was named: the number's own name has to be typed. Meta is told between two scopes."""
    with clinic_scope(request.member.clinic_id):
        found = find_channel(pk)
        form = DisconnectForm(request.POST, name=found.name, address=found.address)
        if not form.is_valid():
            return show_channel(request, found, disconnect_form=form)
        is_last = bool(found.access_token) and operations.is_last_of_account(found)
        account = credentials_of(found)
        operations.disconnect(found, by=request.member)
    problem = (
        leave(request.member.clinic_id, account, by=request.member) if is_last and account.business_id else ""
    )
    with clinic_scope(request.member.clinic_id):
        done = _("Disconnected. Its conversations stay; connect it again at any time.")
        return show_channel(request, find_channel(pk), saved=done, problem=problem and f"{done} {problem}")


def show_channel(request, found: Channel, *, problem: str = "", saved: str = "", **context):
    """The page of one number, with what was found when it was last looked at."""
    checkup = Checkup.objects.filter(channel=found).first()
    address = operations.webhook_url(found.hook)
    checks = doctor.findings(found, checkup.facts if checkup else {}, address)
    forms = {"token_form": TokenForm(), "secret_form": SecretForm(), "pin_form": PinForm()}
    forms["disconnect_form"] = DisconnectForm(name=found.name)
    return show(
        request,
        "channel",
        channel=found,
        is_own_hook=found.hook.clinic_id == found.clinic_id,
        webhook_url=address,
        checks=checks,
        problems=sum(check.is_good is False for check in checks),
        checked_at=checkup and checkup.looked_at,
        absence=operations.absence_of(found),
        problem=problem,
        saved="" if problem else saved,
        **forms | context,
    )


def find_channel(pk) -> Channel:
    """One of the clinic's numbers with its hook. Raises Http404."""
    return get_object_or_404(Channel.objects.select_related("hook"), pk=pk)
