"""The second step of a sign-in: how its secrets are kept, and what follows when somebody changes theirs."""

import base64
from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic_inbox import vault

from . import audit
from .middleware import SECOND_FACTOR
from .models import User
from .sessions import end_sessions

ISSUER = "Clinic Inbox"
SECRETS = ("secret", "seed")  # of the authenticator app, and of the recovery codes
Type = Authenticator.Type
ADDED = {
    Type.TOTP: "second_factor.app_added",
    Type.WEBAUTHN: "second_factor.passkey_added",
    Type.RECOVERY_CODES: "second_factor.codes_made",
}
REMOVED = {
    Type.TOTP: "second_factor.app_removed",
    Type.WEBAUTHN: "second_factor.passkey_removed",
    Type.RECOVERY_CODES: "second_factor.codes_removed",
}
# What a person is mailed, by allauth's name for it.
NOTICES = {
    "mfa/email/totp_activated": gettext_lazy("An authenticator app was added to your sign-in."),
    "mfa/email/totp_deactivated": gettext_lazy("The authenticator app was removed from your sign-in."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added to your sign-in."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was removed from your sign-in."),
    "mfa/email/recovery_codes_generated": gettext_lazy("New recovery codes were made for your sign-in."),
    "account/email/password_changed": gettext_lazy("The password of your sign-in was changed."),
    "account/email/password_reset": gettext_lazy(
        "The password of your sign-in was changed by a mailed link."
    ),
}


class MFAAdapter(DefaultMFAAdapter):
    """Secrets are sealed for one person; names are ours; passkeys belong to PUBLIC_URL."""

    def encrypt(self, text: str) -> str:
        return seal_for(_person_of_the_request(), text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_for(_person_of_the_request(), encrypted_text)

    def get_totp_issuer(self) -> str:
        return ISSUER

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        host = urlsplit(settings.PUBLIC_URL).hostname
        if not settings.PRODUCTION:  # a laptop has no name of its own, and a number cannot have passkeys
            host = context.request.get_host().partition(":")[0]
        return {"id": host, "name": ISSUER}

    def generate_authenticator_name(self, user, type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}


def seal_for(user_id: int, text: str) -> str:
    """The secret as it is stored: it opens for this person only."""
    return base64.b64encode(vault.seal(text.encode(), _context(user_id))).decode()


def unseal_for(user_id: int, text: str) -> str:
    """Raises cryptography's InvalidTag when the secret is another person's."""
    return vault.unseal(base64.b64decode(text), _context(user_id)).decode()


def has_second_factor(user: User) -> bool:
    """Recovery codes alone are none: they stand in for what was lost."""
    return factors_of(user).exists()


def factors_of(user: User):
    """The person's authenticator app and passkeys, oldest first."""
    return Authenticator.objects.filter(user=user).exclude(type=Type.RECOVERY_CODES).order_by("created_at")


def recovery_codes_left(user: User) -> int:
    """How many of the person's codes have not been used."""
    codes = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    return len(codes.wrap().get_unused_codes()) if codes else 0


def people_with_second_factor(user_ids: list[int]) -> set[int]:
    """Those of these people who have one."""
    rows = Authenticator.objects.filter(user_id__in=user_ids).exclude(type=Type.RECOVERY_CODES)
    return set(rows.values_list("user_id", flat=True))


def reseal() -> int:
    """Seal every secret with the active key, while the product runs. Returns how many were under another one."""
    return sum(map(_reseal, Authenticator.objects.exclude(type=Type.WEBAUTHN)))


@receiver(signals.authenticator_added)
def _added(request, user, authenticator, **_kwargs) -> None:
    _changed(request, user, ADDED[authenticator.type])


@receiver(signals.authenticator_removed)
def _removed(request, user, authenticator, **_kwargs) -> None:
    _changed(request, user, REMOVED[authenticator.type])


@receiver(signals.authenticator_reset)
def _made_anew(request, user, authenticator, **_kwargs) -> None:
    _changed(request, user, ADDED[authenticator.type])


@receiver(signals.authenticator_used)
def _used(user, authenticator, **_kwargs) -> None:
    if authenticator.type == Type.RECOVERY_CODES:
        audit.record_everywhere(user, "second_factor.code_used")


@receiver(signals.authentication_failed)
def _failed(user, **_kwargs) -> None:
    audit.record_everywhere(user, "second_factor.failed")


def _changed(request, user: User, action: str) -> None:
    """This browser goes on with a new key; everywhere else the person signs in again."""
    audit.record_everywhere(user, action)
    request.session[SECOND_FACTOR] = has_second_factor(user)
    request.session.cycle_key()
    end_sessions(user, but=request.session.session_key)


def _person_of_the_request() -> int:
    request = context.request
    return request.user.pk if request.user.is_authenticated else request._login_stage.login.user.pk


def _context(user_id: int) -> str:
    return f"platform:mfa_authenticator:{user_id}:data"


def _reseal(row: Authenticator) -> int:
    old = {name: row.data[name] for name in SECRETS if name in row.data}
    if all(vault.sealed_with(base64.b64decode(text)) == vault.active_key_id() for text in old.values()):
        return 0
    new = {name: seal_for(row.user_id, unseal_for(row.user_id, text)) for name, text in old.items()}
    # Unless a code was used, or all were made anew, meanwhile: the next round finds it.
    return Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=row.data | new)
