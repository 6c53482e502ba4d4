"""Our rules for django-allauth: nobody signs up without an invitation, and the audit log hears of every sign-in."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.urls import reverse

from . import audit, mail, throttling
from .middleware import ENDS_AT, LAST_SEEN, SECOND_FACTOR
from .models import User
from .second_factor import NOTICES
from .sessions import BROWSER, describe_browser, end_sessions

JUST_SIGNED_IN = 300  # seconds in which nobody is asked for their password again


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail; accounts are made by accepting an invitation or by the command line."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def pre_authenticate(self, request, **credentials) -> None:
        # The name is allauth's: after a success it gives the try back.
        self._login_failed_rl_usage = throttling.take_a_try(request, credentials.get("email", ""))
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def login(self, request, user) -> None:
        super().login(request, user)
        now, session = int(time.time()), request.session
        session[LAST_SEEN], session[ENDS_AT] = now, now + settings.SESSION_COOKIE_AGE
        session[SECOND_FACTOR] = any(
            each["method"] == "mfa" for each in get_authentication_records(request, user)
        )
        session[BROWSER] = describe_browser(request)
        audit.record_everywhere(user, "sign_in", detail={"second_factor": session[SECOND_FACTOR]})

    def post_login(self, request, user, **options):
        response = super().post_login(request, user, **options)
        throttling.remember_device(request, response, user)
        return response

    def logout(self, request) -> None:
        audit.record_everywhere(request.user, "sign_out")
        super().logout(request)

    def authentication_failed(self, request, **credentials) -> None:
        if user := User.objects.filter(email__iexact=credentials.get("email", "")).first():
            audit.record_everywhere(user, "sign_in_failed")

    def reauthenticate(self, user, password) -> bool:
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app, **options) -> bool:
        signed_in_at = self.request.session.get(ENDS_AT, 0) - settings.SESSION_COOKIE_AGE
        return time.time() - signed_in_at > JUST_SIGNED_IN

    def set_password(self, user, password) -> None:
        super().set_password(user, password)
        end_sessions(user, but=self.request.session.session_key)
        throttling.forget_tries(self.request, user)
        audit.record_everywhere(user, "password_changed")

    def get_reset_password_from_key_url(self, key) -> str:
        """The link that is mailed. Its host is a setting: what a request calls itself, its sender has chosen."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_URL + path.replace("UID-KEY", key)

    def send_notification_mail(self, template_prefix, user, context=None, email=None) -> None:
        if sentence := NOTICES.get(template_prefix):
            mail.send_notice(user.email, str(sentence))
