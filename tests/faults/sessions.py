"""A member who is signed in, for processes that look at the session."""

from django.conf import settings
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from tests.factories import make_member


def cookie_of(clinic_id) -> str:
    """The cookie of a new member's browser."""
    with clinic_scope(clinic_id):
        member = make_member()
    browser = Client()
    browser.force_login(member.user, "allauth.account.auth_backends.AuthenticationBackend")
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
