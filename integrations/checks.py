"""Looking at a connection from the provider's side. Never inside clinic_scope(): it waits for the network."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from .events import ErrorClass, ProviderError
from .whatsapp import api
from .whatsapp.errors import explain
from .whatsapp.reading import ident, mapping


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and what to do when it is not right."""

    is_good: bool
    title: str
    finding: str
    fix: str = ""


@dataclass(frozen=True)
class Result:
    """All checks of one channel, and what the provider told about the number."""

    checks: list[Check]
    quality: str = ""
    address: str = ""


def check_whatsapp(credentials: api.Credentials, webhook_url: str) -> Result:
    """Ask WhatsApp about the number and who gets its webhooks."""
    try:
        number = api.get_number(credentials)
    except ProviderError as error:
        return Result([_refused(_("The access token opens this number"), error)])
    address, quality = ident(number.get("display_phone_number")), ident(number.get("quality_rating"))
    name = ident(number.get("verified_name"), 200)
    reached = Check(True, _("The access token opens this number"), f"{name} · {address}")
    checks = [reached, _subscription(credentials), _address(number, webhook_url), _quality(quality)]
    return Result([check for check in checks if check], quality=quality.lower(), address=address)


def _subscription(credentials: api.Credentials) -> Check:
    title = _("The business account sends its webhooks to an app")
    try:
        apps = api.list_subscribed_apps(credentials)
    except ProviderError as error:
        return _refused(title, error)
    if apps:
        return Check(True, title, _("Subscribed"))
    return Check(
        False,
        title,
        _("No app is subscribed"),
        _("In the Meta app, open WhatsApp → Configuration and subscribe."),
    )


def _address(number: dict, webhook_url: str) -> Check | None:
    """None when the provider does not tell."""
    told = {ident(value, 500) for value in mapping(number.get("webhook_configuration")).values()} - {""}
    title = _("Webhooks come to this address")
    if not told:
        return None
    if webhook_url in told:
        return Check(True, title, webhook_url)
    fix = _("In the Meta app, open WhatsApp → Configuration and paste the callback URL shown below.")
    return Check(False, title, _("They go to %(address)s") % {"address": ", ".join(sorted(told))}, fix)


def _quality(quality: str) -> Check | None:
    title = _("Patients are content with the messages")
    if quality == "RED":
        fix = _(
            "Send fewer templates and only to people who asked for them; Meta lowers the limit otherwise."
        )
        return Check(False, title, _("Quality is low"), fix)
    return Check(True, title, _("Quality %(rating)s") % {"rating": quality.lower()}) if quality else None


def _refused(title: str, error: ProviderError) -> Check:
    explanation = explain(error.code, error.detail)
    fix = explanation.next_step
    if error.error_class is ErrorClass.REAUTHORISE:
        fix = _("Make a new access token in Meta and replace the one below.")
    return Check(False, title, str(explanation.cause), str(fix))
