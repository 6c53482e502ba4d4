"""A number is connected by hand, with what Meta's dashboard shows; or the simulator's, to try everything."""

from django.conf import settings
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic_inbox.tenancy import clinic_scope
from clinics.middleware import outside_clinic
from clinics.refusal import Refused
from clinics.settings_pages import admin_settings, show

from .. import operations
from ..events import ProviderError
from ..forms import ConnectForm
from ..models import Channel, Hook
from ..whatsapp import stand_in
from .channels import find_channel


@admin_settings
def connect(request):
    """Connect a number, with a Meta app that is new here or one that serves another number of the clinic."""
    hooks = list(Hook.objects.filter(clinic=request.member.clinic_id))
    form = ConnectForm(request.POST or None, hooks=[(str(hook.pk), _hook_name(hook)) for hook in hooks])
    if request.method != "POST" or not form.is_valid():
        return show_connect(request, form=form, is_open=request.method == "POST")
    values = form.cleaned_data
    hook = next((hook for hook in hooks if str(hook.pk) == values.pop("hook", "")), None)
    try:
        channel = operations.connect_whatsapp(
            operations.WhatsAppNumber(**values), hook=hook, by=request.member
        )
    except Refused as refused:
        return show_connect(request, form=form, problem=str(refused), is_open=True)
    return redirect("integrations:channel", channel.pk)


@require_POST
@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def connect_simulator(request):
    """A number of the simulator, and its first patient's hello. Nothing stays when the simulator does not answer."""
    number = stand_in.make_number()
    try:
        stand_in.greet()
    except ProviderError:
        problem = _("The simulator does not answer. Nothing was connected; try again once it runs.")
        with clinic_scope(request.member.clinic_id):
            return show_connect(request, form=ConnectForm(hooks=[]), problem=problem)
    with clinic_scope(request.member.clinic_id):
        made = operations.connect_whatsapp(operations.WhatsAppNumber(**number), by=request.member)
        url = operations.webhook_url(made.hook)
    try:
        stand_in.begin(number | {"callback_url": url})
    except ProviderError:
        with clinic_scope(request.member.clinic_id):
            operations.disconnect(find_channel(made.pk), by=request.member)
        return redirect("integrations:channel", made.pk)
    return redirect("inbox:home")


def show_connect(request, *, form, **context):
    """The page of all ways to connect. `is_open`: the one by hand is unfolded."""
    ways = {"has_simulator": bool(settings.SIMULATOR_URL), "has_sign_up": bool(settings.META_APP_ID)}
    return show(request, "connect", form=form, **ways, **context)


def _hook_name(hook: Hook) -> str:
    served = Channel.objects.filter(hook=hook).values_list("name", flat=True)
    return _("The one of %(numbers)s") % {"numbers": ", ".join(served) or hook.pk}
