"""Numbers are connected, paused and given new secrets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic_inbox.tenancy import current_clinic_id
from clinics import audit
from clinics.models import AuditEntry, Member
from clinics.refusal import Refused

from ..addresses import is_public
from ..models import Channel, Hook, Provider, Route
from ..signals import channel_connected

REMEMBERED = timedelta(days=30)
GRAPH_URL = "https://graph.facebook.com"


@dataclass(frozen=True, kw_only=True)
class WhatsAppNumber:
    """What Meta shows of one number, and the secrets of the app that serves it.

    The app's secrets are not needed when the number joins a hook that exists.
    """

    phone_number_id: str
    waba_id: str
    access_token: str
    app_secret: str = ""
    verify_token: str = ""
    name: str = ""
    address: str = ""  # the number patients see
    graph_url: str = GRAPH_URL
    sends_per_second: int = 80  # 20 for a number shared with the phone app


@dataclass(frozen=True)
class Absence:
    """Meta sent nothing of a number in between, and sends nothing of it later."""

    left_at: datetime
    back_at: datetime


@transaction.atomic
def connect_whatsapp(
    number: WhatsAppNumber, *, hook: Hook | None = None, by: Member | None = None
) -> Channel:
    """Connect a number to the active clinic: its hook unless given, its channel and its routes. Raises Refused.

    A number that was disconnected here before takes up its conversations again.
    """
    known = Channel.objects.filter(provider=Provider.WHATSAPP, external_id=number.phone_number_id).first()
    if known is not None and known.state != Channel.State.OFF:
        raise Refused(_("This number is connected already."))
    _check_graph_url(number.graph_url)
    if hook is not None and hook.clinic_id not in (None, current_clinic_id()):
        raise Refused(_("This Meta app belongs to another clinic."))
    channel = known or Channel(provider=Provider.WHATSAPP, external_id=number.phone_number_id)
    channel.name = number.name or number.address or channel.name or "WhatsApp"
    channel.hook = hook or _create_hook(number)
    channel.business_id, channel.api_url = number.waba_id, number.graph_url
    channel.address = number.address or channel.address
    channel.sends_per_second = number.sends_per_second
    channel.state, channel.problem = Channel.State.CONNECTED, ""
    channel.access_token = number.access_token
    channel.save()
    _create_routes(channel)
    audit.record("channel.connected", member=by, target=channel, detail={"number": number.phone_number_id})
    channel_connected.send(Channel, channel=channel)
    return channel


def _check_graph_url(url: str) -> None:
    """In production the address is on the open internet. The client checks names too, each time it connects."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_literal = host == "localhost" or host.replace(".", "").isdigit() or ":" in host
    if settings.PRODUCTION and (parts.scheme != "https" or (is_literal and not is_public(host))):
        raise Refused(_("The address of the Graph API must start with https:// and be on the internet."))


def rotate_app_secret(hook: Hook, secret: str, *, by: Member | None = None) -> Hook:
    """Take a new app secret; the one before is accepted too until the next rotation."""
    _check_own(hook)
    hook.previous_app_secret, hook.app_secret = hook.app_secret, secret
    hook.save(update_fields=["app_secret_sealed", "previous_app_secret_sealed"])
    audit.record("hook.secret_rotated", member=by, target=hook)
    return hook


def forget_previous_secret(hook: Hook, *, by: Member | None = None) -> Hook:
    """Accept only the present app secret from now on."""
    _check_own(hook)
    hook.previous_app_secret = ""
    hook.save(update_fields=["previous_app_secret_sealed"])
    audit.record("hook.previous_secret_forgotten", member=by, target=hook)
    return hook


def replace_access_token(channel: Channel, token: str, *, by: Member | None = None) -> Channel:
    """Use a new access token; a channel that was broken is tried again. Raises Refused when it is disconnected."""
    if channel.state == Channel.State.OFF:
        raise Refused(_("This number is disconnected. Connect it again to send."))
    channel.access_token = token
    channel.save(update_fields=["access_token_sealed"])
    audit.record("channel.token_replaced", member=by, target=channel)
    return resume(channel, by=by) if channel.state == Channel.State.BROKEN else channel


def pause(channel: Channel, *, by: Member | None = None) -> Channel:
    """Send nothing through the channel until it is resumed. Messages still come in. Raises Refused as resume()."""
    if channel.state == Channel.State.OFF:
        raise Refused(_("This number is disconnected already."))
    return _set_state(channel, Channel.State.PAUSED, "channel.paused", by)


def resume(channel: Channel, *, by: Member | None = None) -> Channel:
    """Send again, what waited first. Raises Refused for a number that was disconnected: it has no token."""
    if channel.state == Channel.State.OFF:
        raise Refused(_("This number is disconnected. Connect it again to send."))
    return _set_state(channel, Channel.State.CONNECTED, "channel.resumed", by)


def is_last_of_account(channel: Channel) -> bool:
    """Whether no other number of its business account is connected through its Meta app."""
    others = Channel.objects.filter(hook=channel.hook, business_id=channel.business_id).exclude(pk=channel.pk)
    return not others.exclude(state=Channel.State.OFF).exists()


def disconnect(channel: Channel, *, by: Member | None = None) -> Channel:
    """Forget the number's token and hear nothing of it any more; its conversations stay, and may be read.

    What waits to be sent stays where it is and goes nowhere, until the number is connected again. Meta is to be told by
    the caller, outside the transaction: see is_last_of_account() and note_leaving().
    """
    Route.objects.filter(channel=channel).delete()
    if is_last_of_account(channel):
        Route.objects.filter(
            hook=channel.hook, kind=Route.Kind.BUSINESS, external_id=channel.business_id
        ).delete()
    channel.access_token = ""
    channel.silent_since = None
    channel.save(update_fields=["access_token_sealed", "silent_since"])
    return _set_state(channel, Channel.State.OFF, "channel.disconnected", by)


def absence_of(channel: Channel) -> Absence | None:
    """The last time the number was disconnected and came back, while people may still look for what is missing."""
    told = AuditEntry.objects.filter(target_kind="channel", target_id=str(channel.pk))
    told = told.filter(action__in=["channel.connected", "channel.disconnected"]).order_by(
        "-created_at", "-pk"
    )
    newest = [(each.action, each.created_at) for each in told[:2]]
    match newest:
        case [("channel.connected", back), ("channel.disconnected", left)]:
            return Absence(left, back) if back > timezone.now() - REMEMBERED else None
    return None


def note_leaving(account: str, outcome: str, *, by: Member | None = None) -> None:
    """On record: Meta was asked to send nothing more of a business account; "done", or the code of its refusal."""
    actor, detail = "" if by else "retention", {"account": account, "outcome": outcome}
    audit.record("channel.unsubscribed", member=by, actor=actor, detail=detail)


def webhook_path(hook: Hook) -> str:
    """Where the provider posts this hook's webhooks."""
    return f"/webhooks/{hook.provider}/{hook.pk}/"


def webhook_url(hook: Hook) -> str:
    """The address to paste into the provider's settings."""
    return settings.PUBLIC_URL + webhook_path(hook)


def _create_hook(number: WhatsAppNumber) -> Hook:
    if not number.app_secret or not number.verify_token:
        raise Refused(_("A new Meta app needs its app secret and a verify token."))
    hook = Hook(provider=Provider.WHATSAPP, clinic_id=current_clinic_id())
    hook.app_secret, hook.verify_token = number.app_secret, number.verify_token
    hook.save()
    return hook


def _create_routes(channel: Channel) -> None:
    # On a shared hook the address may be another clinic's, which only the constraint can see.
    try:
        with transaction.atomic():
            Route.objects.create(
                hook=channel.hook, kind=Route.Kind.NUMBER, external_id=channel.external_id, channel=channel
            )
            if channel.business_id:
                Route.objects.get_or_create(
                    hook=channel.hook, kind=Route.Kind.BUSINESS, external_id=channel.business_id
                )
    except IntegrityError as taken:
        raise Refused(_("This number or business account is connected to this Meta app already.")) from taken


def _set_state(channel: Channel, state: str, action: str, by: Member | None) -> Channel:
    channel.state, channel.problem = state, ""
    channel.save(update_fields=["state", "problem"])
    audit.record(action, member=by, target=channel)
    return channel


def _check_own(hook: Hook) -> None:
    if hook.clinic_id != current_clinic_id():
        raise Refused(_("This Meta app is shared by several clinics. Its operator changes its secrets."))
