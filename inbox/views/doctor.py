"""The connection doctor at work: looking at a number's connection, and the repairs it offers."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic_inbox.tenancy import clinic_scope
from clinics import audit
from clinics.middleware import outside_clinic
from clinics.settings_pages import admin_settings
from integrations import operations
from integrations.credentials import credentials_of
from integrations.events import ProviderError
from integrations.forms import PinForm
from integrations.views.channels import find_channel, show_channel
from integrations.whatsapp import api, looking
from integrations.whatsapp.errors import explain

from ..models import Message

State = Message.State


def asks_the_provider(view):
    """Between two scopes, because nobody waits for a network inside a transaction."""
    return require_POST(transaction.non_atomic_requests(outside_clinic(admin_settings(view))))


@asks_the_provider
def check(request, pk):
    """Look at everything now, and keep what was found."""
    with clinic_scope(request.member.clinic_id):
        credentials = credentials_of(find_channel(pk))
    return _look(request, pk, credentials)


@asks_the_provider
def subscribe(request, pk):
    """Have the account's webhooks sent to our address. Asking twice is harmless."""
    with clinic_scope(request.member.clinic_id):
        found = find_channel(pk)
        credentials, url = credentials_of(found), operations.webhook_url(found.hook)
        token = found.hook.verify_token
    problem = _attempt(api.subscribe, credentials, url, token)
    with clinic_scope(request.member.clinic_id):
        detail = {"result": problem or "subscribed"}
        audit.record("channel.subscribed", member=request.member, target=find_channel(pk), detail=detail)
    return _look(request, pk, credentials, problem=problem, saved=_("Webhooks come here now."))


@asks_the_provider
def register(request, pk):
    """Register the number with its PIN, which is not kept. Meta allows ten tries in three days."""
    form = PinForm(request.POST)
    with clinic_scope(request.member.clinic_id):
        found = find_channel(pk)
        if not form.is_valid():
            return show_channel(request, found, pin_form=form)
        credentials = credentials_of(found)
    problem = _attempt(api.register, credentials, form.cleaned_data["pin"])
    with clinic_scope(request.member.clinic_id):
        detail = {"result": problem or "registered"}
        audit.record("channel.registered", member=request.member, target=find_channel(pk), detail=detail)
    return _look(request, pk, credentials, problem=problem, saved=_("The number is registered."))


def _look(request, pk, credentials: api.Credentials, **said):
    facts = looking.look(credentials)
    with clinic_scope(request.member.clinic_id):
        found = find_channel(pk)
        operations.note_checkup(found, facts | {"sent": _sent(found)})
        return show_channel(request, found, **said)


def _sent(channel) -> dict:
    """When the provider took a message of ours last, and how many wait."""
    sent = Message.objects.filter(channel=channel, direction=Message.Direction.OUT, external_id__isnull=False)
    at = sent.order_by("-sent_at", "-pk").values_list("sent_at", flat=True).first()
    waiting = Message.objects.filter(channel=channel, state__in=(State.QUEUED, State.CLAIMED)).count()
    return {"at": at.isoformat() if at else "", "waiting": waiting}


def _attempt(call, *args) -> str:
    """Ask the provider for something; returns what it said against it, or nothing."""
    try:
        call(*args)
    except ProviderError as error:
        explanation = explain(error.code, error.detail)
        return f"{explanation.cause} {explanation.next_step}"
    return ""
