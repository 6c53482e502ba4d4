"""The clinic's numbers: connect, check, pause, and give new secrets."""

from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic_inbox.tenancy import clinic_scope
from clinics.middleware import outside_clinic
from clinics.refusal import Refused
from clinics.settings_pages import admin_settings, show

from . import operations
from .checks import Result, check_whatsapp
from .credentials import credentials_of
from .forms import ConnectForm, SecretForm, TokenForm
from .models import Channel, Hook


@admin_settings
def channels(request):
    return show(request, "channels", channels=Channel.objects.all())


@admin_settings
def connect(request):
    """Connect a number, with a Meta app that is new here or one that serves another number of the clinic."""
    hooks = list(Hook.objects.filter(clinic=request.member.clinic_id))
    form = ConnectForm(request.POST or None, hooks=[(str(hook.pk), _hook_name(hook)) for hook in hooks])
    if request.method != "POST" or not form.is_valid():
        return show(request, "connect", form=form)
    values = form.cleaned_data
    hook = next((hook for hook in hooks if str(hook.pk) == values.pop("hook", "")), None)
    try:
        channel = operations.connect_whatsapp(
            operations.WhatsAppNumber(**values), hook=hook, by=request.member
        )
    except Refused as refused:
        return show(request, "connect", form=form, problem=str(refused))
    return redirect("integrations:channel", channel.pk)


@admin_settings
def channel(request, pk):
    return _show(request, _find(pk))


@require_POST
@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def check(request, pk):
    """Ask the provider. Between two scopes, because nobody waits for a network inside a transaction."""
    with clinic_scope(request.member.clinic_id):
        found = _find(pk)
        credentials, address = credentials_of(found), operations.webhook_url(found.hook)
    result = check_whatsapp(credentials, address)
    with clinic_scope(request.member.clinic_id):
        found = _find(pk)
        operations.note_check(found, result.quality, result.address)
        return _show(request, found, result=result)


@require_POST
@admin_settings
def replace_token(request, pk):
    found, form = _find(pk), TokenForm(request.POST)
    if not form.is_valid():
        return _show(request, found, token_form=form)
    operations.replace_access_token(found, form.cleaned_data["token"], by=request.member)
    return _show(request, found, saved=_("The new access token is used from now on."))


@require_POST
@admin_settings
def rotate_secret(request, pk):
    found, form = _find(pk), SecretForm(request.POST)
    if not form.is_valid():
        return _show(request, found, secret_form=form)
    try:
        operations.rotate_app_secret(found.hook, form.cleaned_data["secret"], by=request.member)
    except Refused as refused:
        return _show(request, found, problem=str(refused))
    return _show(request, found, saved=_("Both app secrets are accepted until you drop the previous one."))


@require_POST
@admin_settings
def forget_secret(request, pk):
    found = _find(pk)
    try:
        operations.forget_previous_secret(found.hook, by=request.member)
    except Refused as refused:
        return _show(request, found, problem=str(refused))
    return _show(request, found, saved=_("Only the new app secret is accepted now."))


@require_POST
@admin_settings
def pause(request, pk):
    return _show(request, operations.pause(_find(pk), by=request.member), saved=_("Paused"))


@require_POST
@admin_settings
def resume(request, pk):
    return _show(request, operations.resume(_find(pk), by=request.member), saved=_("Sending again"))


def _show(request, found: Channel, *, result: Result | None = None, **context):
    return show(
        request,
        "channel",
        channel=found,
        is_own_hook=found.hook.clinic_id == found.clinic_id,
        webhook_url=operations.webhook_url(found.hook),
        result=result,
        checked_at=timezone.now() if result else None,
        **{"token_form": TokenForm(), "secret_form": SecretForm()} | context,
    )


def _find(pk) -> Channel:
    return get_object_or_404(Channel.objects.select_related("hook"), pk=pk)


def _hook_name(hook: Hook) -> str:
    served = Channel.objects.filter(hook=hook).values_list("name", flat=True)
    return _("The one of %(numbers)s") % {"numbers": ", ".join(served) or hook.pk}
