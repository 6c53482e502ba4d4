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
from ..events import ErrorClass, ProviderError
from ..forms import ConnectForm
from ..models import Channel, Hook
from ..operations import GRAPH_URL
from ..whatsapp import stand_in
from ..whatsapp.api import Credentials
from ..whatsapp.signing_up import numbers_of
from .channels import find_channel


@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def connect(request):
    """Connect a number, with a Meta app that is new here or one that serves another number of the clinic.

    Meta is asked first, between two scopes, so that a mistake is told beside its field and connects nothing.
    """
    with clinic_scope(request.member.clinic_id):
        hooks = list(Hook.objects.filter(clinic=request.member.clinic_id))
        form = ConnectForm(request.POST or None, hooks=[(str(hook.pk), _hook_name(hook)) for hook in hooks])
        if request.method != "POST" or not form.is_valid():
            return show_connect(request, form=form, is_open=request.method == "POST")
    values = form.cleaned_data
    hook = next((hook for hook in hooks if str(hook.pk) == values.pop("hook", "")), None)
    known, mistakes = _look_first(values)
    for field, sentence in mistakes.items():
        form.add_error(field, sentence)
    with clinic_scope(request.member.clinic_id):
        if mistakes:
            return show_connect(request, form=form, is_open=True)
        number = operations.WhatsAppNumber(**values | known, graph_url=GRAPH_URL)
        try:
            channel = operations.connect_whatsapp(number, hook=hook, by=request.member)
        except Refused as refused:
            return show_connect(request, form=form, problem=str(refused), is_open=True)
        return redirect("integrations:channel", channel.pk)


def _look_first(values: dict) -> tuple[dict, dict[str, str]]:
    """What Meta tells of the number, and what is wrong, by field. A Meta that is away is nobody's mistake."""
    credentials = Credentials(
        api_url=GRAPH_URL,
        number_id=values["phone_number_id"],
        business_id=values["waba_id"],
        access_token=values["access_token"],
        allow_private=not settings.PRODUCTION,
    )
    try:
        numbers = numbers_of(credentials, credentials.business_id)
    except ProviderError as error:
        if error.error_class is ErrorClass.REAUTHORISE:
            sentence = _("Meta does not accept this token, or it lacks one of the two WhatsApp permissions.")
            return {}, {"access_token": sentence}
        if error.code in ("33", "100"):
            return {}, {"waba_id": _("This token opens no business account with this ID.")}
        return {}, {}
    found = next((each for each in numbers if each["id"] == credentials.number_id), None)
    if found is None:
        shown = ", ".join(f"{each['number']} ({each['id']})" for each in numbers[:5]) or _("none")
        sentence = _("The business account has no number with this ID. It has: %(numbers)s")
        return {}, {"phone_number_id": sentence % {"numbers": shown}}
    return {"address": values["address"] or found["number"]}, {}


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
