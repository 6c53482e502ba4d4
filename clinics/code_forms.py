"""allauth's forms for codes; a code of the app counts once, for as long as it is valid."""

import time

from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth
from django import forms as django_forms
from django.db import transaction

from .second_factor import seal_for, unseal_for

USED = "used"  # in the authenticator's data: codes and when they were used
VALID_SECONDS = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)


class ActivateApp(ActivateTOTPForm):
    """A new app; until its first code was right, its seed waits in the session, sealed for the person as later on."""

    def __init__(self, *args, user, **options):
        # Not allauth's, which leaves the seed in the session as it is.
        django_forms.Form.__init__(self, *args, **options)
        self.user = user
        waiting = context.request.session.get(auth.SECRET_SESSION_KEY)
        if self.is_bound and waiting:
            self.secret = unseal_for(user.pk, waiting)
            return
        self.secret = auth.generate_totp_secret()
        context.request.session[auth.SECRET_SESSION_KEY] = seal_for(user.pk, self.secret)


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
