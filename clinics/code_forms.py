"""allauth's forms for codes; a code of the app counts once, for as long as it is valid."""

import time

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from django.db import transaction

USED = "used"  # in the authenticator's data: codes and when they were used
VALID_SECONDS = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)


class _Once:
    def clean_code(self):
        code = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP and not _use(self.authenticator, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateWithCode(_Once, forms.AuthenticateForm):
    """The second step."""


class ReauthenticateWithCode(_Once, forms.ReauthenticateForm):
    """Before a change."""


@transaction.atomic
def _use(authenticator: Authenticator, code: str) -> bool:
    """Whether the code is used for the first time.

    allauth remembers it in the cache, for half a minute of the minute and a half: Valkey may lose it at any moment.
    """
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    digits = "".join(filter(str.isdigit, code))
    recent = {used: at for used, at in row.data.get(USED, {}).items() if time.time() - at < VALID_SECONDS}
    if digits in recent:
        return False
    row.data[USED] = recent | {digits: int(time.time())}
    row.save(update_fields=["data"])
    return True
