"""A number comes by Meta's Embedded Signup: one step after the other, each repeatable, a channel only at the end.

What waits for the network stands in the view; here is what is kept between the steps.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clinics import audit
from clinics.models import Member

from ..models import Channel, Hook, Onboarding, Provider
from ..queries import find_routes
from ..whatsapp.api import Credentials
from .numbers import WhatsAppNumber, connect_whatsapp

KEPT_FOR = timedelta(hours=24)  # with its token; whoever comes back later begins anew
LONGEST_STEPS = timedelta(
    minutes=3
)  # all of Meta's answers at their slowest; a process that dies holds on so long
PHONE_APP_RATE = 20  # messages a second of a number that is on the phone app


def start(token: str, *, business_id: str, number_id: str, is_coexistence: bool, by: Member) -> Onboarding:
    """Keep the token of a dialog that ended well, and what the browser claims it is about."""
    row = Onboarding(
        started_by=by, business_id=business_id, number_id=number_id, is_coexistence=is_coexistence
    )
    row.access_token = token
    row.save()
    audit.record("onboarding.started", member=by, target=row, detail={"account": business_id})
    return row


def take(onboarding: Onboarding) -> bool:
    """Whether the next steps are this browser tab's to take, until let_go(). False while another is at it."""
    now = timezone.now()
    free = Onboarding.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), pk=onboarding.pk)
    return bool(free.update(busy_until=now + LONGEST_STEPS))


def let_go(pk: UUID) -> None:
    """The steps are taken, or one failed: it is anybody's again."""
    Onboarding.objects.filter(pk=pk).update(busy_until=None)


def find_old() -> QuerySet[Onboarding]:
    """What was begun and not finished in a day, and is to be given up."""
    return _after_a_day().exclude(step=Onboarding.Step.DONE)


def forget_finished() -> int:
    """Forget how the numbers came that are connected; returns of how many."""
    return _after_a_day().filter(step=Onboarding.Step.DONE).delete()[0]


def _after_a_day() -> QuerySet[Onboarding]:
    return Onboarding.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)


def credentials_of(onboarding: Onboarding) -> Credentials:
    """The way to Meta that the dialog gave."""
    return Credentials(
        api_url=settings.META_GRAPH_URL,
        number_id=onboarding.number_id,
        business_id=onboarding.business_id,
        access_token=onboarding.access_token,
        allow_private=not settings.PRODUCTION,
    )


def move(onboarding: Onboarding, step: str, **facts) -> Onboarding:
    """Go on to a step, with what was learnt."""
    for name, value in ({"step": step, "problem": ""} | facts).items():
        setattr(onboarding, name, value)
    onboarding.save()
    return onboarding


def note_problem(onboarding: Onboarding, code: str) -> Onboarding:
    """The step failed; it is tried again when the admin says so."""
    onboarding.problem = code[:20]
    onboarding.save(update_fields=["problem"])
    return onboarding


def shared_hook() -> Hook:
    """The hook of the operator's Meta app, made at its first use; its secret is the one of the settings."""
    hook, _made = Hook.objects.get_or_create(
        provider=Provider.WHATSAPP, clinic=None, app_id=settings.META_APP_ID
    )
    secret, columns = settings.META_APP_SECRET, []
    if not secrets.compare_digest(hook.app_secret.encode(), secret.encode()):
        hook.previous_app_secret, hook.app_secret = hook.app_secret, secret
        columns += ["app_secret_sealed", "previous_app_secret_sealed"]
    if not hook.verify_token:
        hook.verify_token = _verify_token()
        columns.append("verify_token_sealed")
    if columns:
        hook.save(update_fields=columns)
    return hook


def _verify_token() -> str:
    """Words for the handshake that nobody guesses."""
    return secrets.token_urlsafe(24)


@transaction.atomic
def finish(onboarding: Onboarding, *, by: Member) -> Channel:
    """Make the channel, and forget the token of the way there. Raises Refused."""
    chosen = next((each for each in onboarding.numbers if each["id"] == onboarding.number_id), {})
    number = WhatsAppNumber(
        phone_number_id=onboarding.number_id,
        waba_id=onboarding.business_id,
        access_token=onboarding.access_token,
        name=chosen.get("name", ""),
        address=chosen.get("number", ""),
        graph_url=settings.META_GRAPH_URL,
        sends_per_second=PHONE_APP_RATE if onboarding.is_coexistence else 80,
    )
    channel = connect_whatsapp(number, hook=shared_hook(), by=by)
    onboarding.access_token = ""
    move(onboarding, Onboarding.Step.DONE)
    return channel


def is_to_be_left(onboarding: Onboarding) -> bool:
    """Whether Meta may send us the account's webhooks for its sake alone.

    No clinic has the account connected, nor has this one another attempt that has asked for them, or is asking now.
    """
    Step = Onboarding.Step
    has_asked = onboarding.step in (Step.SUBSCRIBE, Step.CONNECT)  # the answer may have been lost
    asking = Q(step=Step.CONNECT) | Q(step=Step.SUBSCRIBE, busy_until__gt=timezone.now())
    others = Onboarding.objects.filter(asking, business_id=onboarding.business_id).exclude(pk=onboarding.pk)
    return (
        has_asked
        and bool(settings.META_APP_ID)
        and onboarding.business_id not in find_routes(shared_hook().pk).businesses
        and not others.exists()
    )


def begin_leaving(onboarding: Onboarding) -> Credentials | None:
    """The account Meta is to be told of before the number on its way is forgotten; None where there is none.

    Whoever goes on with it after all, because we ended in between, asks Meta for the webhooks again.
    """
    if not is_to_be_left(onboarding):
        return None
    return credentials_of(move(onboarding, Onboarding.Step.SUBSCRIBE))


def give_up(onboarding: Onboarding, *, by: Member | None) -> None:
    """Forget a number that was on its way, with its token; without `by` because time passed.

    Whether Meta is to be told, before: see begin_leaving().
    """
    actor, detail = "" if by else "retention", {"step": onboarding.step}
    audit.record("onboarding.given_up", member=by, actor=actor, target=onboarding, detail=detail)
    onboarding.delete()
