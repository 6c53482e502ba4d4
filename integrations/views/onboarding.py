"""Embedded Signup: Meta's dialog in the browser, then one step after the other here.

A failed step says why and is tried again; nothing is connected before the last one has worked. Provider calls are made
between scopes.
"""

import logging

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic_inbox.middleware import POLICY
from clinic_inbox.tenancy import clinic_scope
from clinics.middleware import outside_clinic
from clinics.refusal import Refused
from clinics.settings_pages import admin_settings, show

from .. import operations
from ..events import ErrorClass, ProviderError
from ..forms import DialogForm, PinForm
from ..leaving import leave_and_forget
from ..models import Onboarding
from ..operations import onboarding as ways
from ..sign_up_steps import lines, problem_of
from ..whatsapp import api, signing_up

Step = Onboarding.Step
SDK = "https://connect.facebook.net"
META = "https://*.facebook.com"
logger = logging.getLogger(__name__)


@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def sign_up(request):
    """The page with Meta's dialog; posted to with its outcome."""
    if not settings.META_APP_ID:
        return redirect("integrations:connect")
    if request.method != "POST":
        return _dialog(request)
    form = DialogForm(request.POST)
    if not form.is_valid():
        return _dialog(
            request, problem=_("Meta's dialog ended without a result. Nothing was connected; begin again.")
        )
    values = form.cleaned_data
    try:
        token = signing_up.exchange_code(_meta_app(), values["code"])
    except ProviderError as error:
        return _dialog(request, problem=problem_of(f"exchange_{error.code}"))
    with clinic_scope(request.member.clinic_id):
        claims = {"business_id": values["waba_id"], "number_id": values["phone_number_id"]}
        row = ways.start(token, **claims, is_coexistence=values["is_coexistence"], by=request.member)
    return _advance(request, row.pk)


@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def onboarding(request, pk):
    """How far a number is; a POST goes on from there, with the number chosen or the PIN."""
    with clinic_scope(request.member.clinic_id):
        row = _find(pk)
        if not settings.META_APP_ID:
            return redirect("integrations:connect")
        if request.method != "POST" or row.step == Step.DONE:
            return _show(request, row)
    form = PinForm(request.POST) if "pin" in request.POST else None
    if form and not form.is_valid():
        with clinic_scope(request.member.clinic_id):
            return _show(request, _find(pk), pin_form=form)
    return _advance(request, pk, form.cleaned_data["pin"] if form else "", request.POST.get("number", ""))


@require_POST
@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def give_up(request, pk):
    """Forget it; when Meta had been asked for the account's webhooks already, have it send nothing more."""
    with clinic_scope(request.member.clinic_id):
        row = _find(pk)
        if not ways.take(row):  # what a step asks for at this moment would stay
            return _show(request, row, problem=_elsewhere())
    if problem := leave_and_forget(request.member.clinic_id, pk, by=request.member):
        messages.warning(request, problem)
    return redirect("integrations:connect")


def _advance(request, pk, pin: str = "", chosen: str = ""):
    """Take steps until one fails or wants an answer, in one browser tab at a time; then show how far it is."""
    with clinic_scope(request.member.clinic_id):
        row = _find(pk)
        if not ways.take(row):
            return _show(request, row, problem=_elsewhere())
        row = _find(pk)
        if row.step == Step.CHOOSE and chosen in [each["id"] for each in row.numbers]:
            ways.move(row, Step.REGISTER, number_id=chosen)
    try:
        return _take_steps(request, pk, pin)
    finally:
        with clinic_scope(request.member.clinic_id):
            ways.let_go(pk)


def _take_steps(request, pk, pin: str):
    clinic_id = request.member.clinic_id
    while True:
        with clinic_scope(clinic_id):
            row = _find(pk)
            credentials, hook = ways.credentials_of(row), ways.shared_hook()
        if row.step == Step.CONNECT:
            return _connect(request, row, credentials)
        try:
            step, facts = STEPS[row.step](row, credentials, hook, pin)
        except ProviderError as error:
            with clinic_scope(clinic_id):
                return _show(request, ways.note_problem(_find(pk), error.code))
        with clinic_scope(clinic_id):
            moved = ways.move(_find(pk), step, **facts)
            if step == row.step:  # it wants an answer
                return _show(request, moved)


def _check(row, credentials, hook, pin):
    business_id = signing_up.check_token(_meta_app(), credentials)
    numbers = signing_up.numbers_of(credentials, business_id)
    if not numbers:
        raise ProviderError(ErrorClass.NEVER, "no_number")
    known = [each["id"] for each in numbers]
    facts = {"business_id": business_id, "numbers": numbers}
    if row.number_id in known or len(known) == 1:
        return Step.REGISTER, facts | {"number_id": row.number_id if row.number_id in known else known[0]}
    return Step.CHOOSE, facts | {"number_id": ""}


def _choose(row, credentials, hook, pin):
    return Step.CHOOSE, {}


def _register(row, credentials, hook, pin):
    is_registered, is_on_phone = signing_up.is_registered(credentials)
    if is_registered or is_on_phone or row.is_coexistence:  # the phone app's number is not registered again
        return Step.SUBSCRIBE, {"is_coexistence": row.is_coexistence or is_on_phone}
    if not pin:
        return Step.REGISTER, {}
    api.register(credentials, pin)
    return Step.SUBSCRIBE, {}


def _subscribe(row, credentials, hook, pin):
    api.subscribe(credentials, operations.webhook_url(hook), hook.verify_token)
    return Step.CONNECT, {}


STEPS = {Step.CHECK: _check, Step.CHOOSE: _choose, Step.REGISTER: _register, Step.SUBSCRIBE: _subscribe}


def _connect(request, row: Onboarding, credentials: api.Credentials):
    """The channel is made. A number of the phone app is then asked for what it knows, which may fail without harm."""
    with clinic_scope(request.member.clinic_id):
        try:
            channel = ways.finish(_find(row.pk), by=request.member)
        except Refused as refused:
            return _show(request, row, problem=str(refused))
    if row.is_coexistence:
        try:
            signing_up.ask_phone_data(credentials)
        except ProviderError as error:
            logger.warning("phone_data_not_asked", extra={"reason": error.code})
    return redirect("integrations:channel", channel.pk)


def _elsewhere() -> str:
    return _("This is going on in another tab at this moment. Look again soon.")


def _meta_app() -> signing_up.MetaApp:
    return signing_up.MetaApp(
        settings.META_APP_ID, settings.META_APP_SECRET, settings.META_GRAPH_URL, not settings.PRODUCTION
    )


def _find(pk) -> Onboarding:
    """Locked: what is given up at this moment is not written back."""
    return get_object_or_404(Onboarding.objects.select_for_update(), pk=pk)


def _show(request, row: Onboarding, *, problem: str = "", pin_form=None):
    problem = problem or problem_of(row.problem)
    context = {"row": row, "lines": lines(row), "pin_form": pin_form or PinForm(), "problem": problem}
    return show(request, "onboarding", **context)


def _dialog(request, problem: str = ""):
    """The page that may load Meta's script, and so has a policy of its own."""
    with clinic_scope(request.member.clinic_id):
        waiting = list(Onboarding.objects.exclude(step=Step.DONE).order_by("-created_at")[:5])
        response = show(request, "meta", problem=problem, waiting=waiting, app_id=settings.META_APP_ID,
                        config_id=settings.META_CONFIG_ID, version=api.VERSION)  # fmt: skip
    response.headers["Content-Security-Policy"] = (
        POLICY.replace("script-src 'self'", f"script-src 'self' {SDK}")
        .replace("connect-src 'self'", f"connect-src 'self' {META}")
        .replace("img-src 'self'", f"img-src 'self' {META}")
        + f"; frame-src {META}"
    )
    response.headers["Cross-Origin-Opener-Policy"] = (
        "same-origin-allow-popups"  # the dialog answers its opener
    )
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"  # Meta checks whose page it is
    return response
