"""How often a sign-in may be tried, so that guessing is hopeless and nobody can lock a clinic out.

A browser in which somebody has signed in before carries a cookie that says so. Its tries are counted by themselves:
neither strangers who guess at the account nor colleagues behind the same address use them up. All other tries share
what is left to an account and to an address. With a new password the browsers of the old one are strangers: whoever
knew that one is not let try the next. (OWASP: "Slow Down Online Guessing Attacks with Device Cookies".)
"""

import secrets
from dataclasses import dataclass, field
from secrets import compare_digest

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

from .models import User

COOKIE = "__Host-device" if settings.PRODUCTION else "clinic-device"
COOKIE_SECONDS = 180 * 24 * 3600
MOST_PEOPLE = 20  # who may share a reception's computer; the longest known is forgotten first
MARK = 16  # hex digits; the cookie is signed, so nobody can try them out
RATES = {
    "sign_in_known_device": "10/5m/key,100/d/key",
    "sign_in_account": "5/5m/key,50/d/key",
    "sign_in_address": "20/m/ip,200/h/ip",
}
MANY_TRIES = "mfa-auth-user-{}"  # the key under which allauth counts a person's codes


@dataclass
class Device:
    """A browser: a number of its own, and who has signed in with which password."""

    number: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    people: list[tuple[int, str]] = field(default_factory=list)

    def knows(self, person: User) -> bool:
        """Whether they have signed in here, and their password has not been changed since."""
        return any(pk == person.pk and compare_digest(mark, _mark(person)) for pk, mark in self.people)


def take_a_try(request, email: str) -> RateLimitUsage | None:
    """Count a try before the password is looked at; None when there were too many. A success is given back."""
    device = device_of(request)
    person = User.objects.filter(email__iexact=email).first()
    if person is not None and device.knows(person):
        return _count(request, "sign_in_known_device", f"{device.number}:{person.pk}")
    of_account = _count(request, "sign_in_account", email.lower())
    if of_account is None:
        return None
    of_address = _count(request, "sign_in_address")
    if of_address is None:
        of_account.rollback()  # an address that may not try must not use up the account's tries either
        return None
    return RateLimitUsage([*of_account.usage, *of_address.usage])


def forget_tries(request, user: User) -> None:
    """A new password begins anew: who guessed at the old one does not stand in the way of the next sign-in."""
    ratelimit.clear(
        request, app="clinics", action="sign_in_account", config=RATES, key=user.email.lower(), user=user
    )
    key = MANY_TRIES.format(user.pk)
    ratelimit.clear(request, app="allauth.account", action="login_failed", key=key, user=user)


def device_of(request) -> Device:
    """What the browser's cookie tells; an unknown device when there is none, or one that we have not signed."""
    try:
        number, people = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_SECONDS)
        return Device(number, [(pk, mark) for pk, mark in people])
    except (signing.BadSignature, ValueError, TypeError):
        return Device()


def remember_device(request, response, user: User) -> None:
    """Have the browser carry that this person has signed in with it."""
    device = device_of(request)
    others = [(pk, mark) for pk, mark in device.people if pk != user.pk]
    people = [*others, (user.pk, _mark(user))][-MOST_PEOPLE:]
    response.set_cookie(
        COOKIE,
        signing.dumps([device.number, people], salt=COOKIE),
        max_age=COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _mark(user: User) -> str:
    """Another one after each change of the password; it tells nothing of it to who reads the cookie."""
    return salted_hmac(COOKIE, f"{user.pk}:{user.password}").hexdigest()[:MARK]


def _count(request, action: str, key: str | None = None) -> RateLimitUsage | None:
    return ratelimit.consume(request, app="clinics", action=action, config=RATES, key=key)
