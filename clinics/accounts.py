"""Our rules for django-allauth: nobody signs up without an invitation, and the audit log hears of every sign-in."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from . import audit
from .middleware import ENDS_AT, LAST_SEEN
from .models import User


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail; accounts are made by accepting an invitation or by the command line."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def login(self, request, user) -> None:
        super().login(request, user)
        now = int(time.time())
        request.session[LAST_SEEN], request.session[ENDS_AT] = now, now + settings.SESSION_COOKIE_AGE
        audit.record_everywhere(user, "sign_in")

    def logout(self, request) -> None:
        audit.record_everywhere(request.user, "sign_out")
        super().logout(request)

    def authentication_failed(self, request, **credentials) -> None:
        if user := User.objects.filter(email__iexact=credentials.get("email", "")).first():
            audit.record_everywhere(user, "sign_in_failed")

    def set_password(self, user, password) -> None:
        super().set_password(user, password)
        _end_sessions(user, but=self.request.session.session_key)
        audit.record_everywhere(user, "password_changed")


def _end_sessions(user: User, *, but: str | None) -> None:
    """Sign the person out everywhere else. Django would only refuse the old sessions, and a socket does not ask it."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.pk != but and session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
