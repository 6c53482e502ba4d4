"""Somebody makes a clinic of their own: an address is proven by a letter, then the clinic and its owner are made.

Nothing tells whether an address is known here: every page says the same, and what differs stands in the letter.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clinic_inbox.networks import network_of
from clinic_inbox.tenancy import clinic_scope

from ..models import Clinic, Member, Role, SignUp, User
from ..refusal import Refused
from .clinics import create_clinic
from .members import add_member
from .tokens import digest

VALID_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=7)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LETTERS_TO_ADDRESS = 3  # in an hour
LETTERS_FROM_PLACE = 10  # in an hour, of one IPv4 address or one /64 of IPv6
CLINICS_OF_PERSON = 3  # in a day
LOCK = 7_302_000  # what is counted stays so until the transaction ends


def ask(email: str, *, place: str | None) -> str | None:
    """Note that somebody wants to begin a clinic; returns the token for the letter, or None when there is to be none.

    None is told to nobody: too many letters went to this address or were asked for from this place.
    """
    _one_at_a_time()
    now, email = timezone.now(), email.lower()
    place = place and network_of(place).partition("/")[0]  # a network by its first address
    SignUp.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    lately = SignUp.objects.filter(created_at__gt=now - HOUR)
    is_too_much = place is not None and lately.filter(place=place).count() >= LETTERS_FROM_PLACE
    if is_too_much or lately.filter(email=email).count() >= LETTERS_TO_ADDRESS:
        return None
    token = secrets.token_urlsafe(32)
    SignUp.objects.create(email=email, token_hash=digest(token), place=place)
    return token


def find_open(token_hash: str) -> SignUp | None:
    """The wish with this token, while it can still be used; locked until the transaction ends."""
    found = SignUp.objects.select_for_update().filter(token_hash=token_hash, used_at=None).first()
    return found if found and found.created_at > timezone.now() - VALID_FOR else None


def begin(
    token_hash: str, *, clinic: str, time_zone: str, language: str, name: str, password: str | None = None
) -> Member:
    """Make the clinic, and whoever proved the address its owner. Call outside clinic_scope().

    A person who has a sign-in keeps their password. Raises Refused, and ValidationError for a weak password.
    """
    wish = find_open(token_hash)
    if wish is None:
        raise Refused(_("This link can no longer be used. Ask for a new one."))
    _one_at_a_time()
    _check_caps(wish.email)
    made = create_clinic(clinic, _slug(clinic), time_zone=time_zone, language=language, actor=name)
    with clinic_scope(made.pk):
        member = add_member(wish.email, name, Role.OWNER, password=password, actor=name)
    wish.used_at = timezone.now()
    wish.save(update_fields=["used_at"])
    return member


def is_known(email: str) -> bool:
    """There is a sign-in for the address. For the letter and its link only, which prove the address."""
    return User.objects.filter(email__iexact=email).exists()


def _one_at_a_time() -> None:
    """Who counts waits for who is counting; else as many as ask at the same moment would all be the last one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _check_caps(email: str) -> None:
    since = timezone.now() - DAY
    made = SignUp.objects.filter(email=email, used_at__gt=since).count()
    if (
        made >= CLINICS_OF_PERSON
        or Clinic.objects.filter(created_at__gt=since).count() >= settings.SIGN_UPS_PER_DAY
    ):
        raise Refused(_("No more clinics can be made today. Try again tomorrow, or write to the operator."))


def _slug(name: str) -> str:
    """A short name nobody else has; it tells nothing of who else is here."""
    return f"{slugify(name)[:40] or 'clinic'}-{secrets.token_hex(4)}"
