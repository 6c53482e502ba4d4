"""Members of the measured clinic, signed in: `python -m bench.sessions SLUG COUNT` prints their cookies as JSON.

The sessions are made by the session backend, as signing in does, but without the work of checking a password.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from clinic_inbox.tenancy import clinic_scope  # noqa: E402
from clinics.middleware import CLINIC  # noqa: E402
from clinics.models import Clinic, Member, Role, User  # noqa: E402


def sign_in(clinic: Clinic, number: int) -> str:
    """A new member's cookie."""
    user = User.objects.create_user(f"agent{number}@clinic.example")
    Member.objects.create(user=user, name=f"Agent {number}", role=Role.AGENT)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[CLINIC] = str(clinic.pk)
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def main(slug: str, count: int) -> None:
    clinic = Clinic.objects.get(slug=slug)
    with clinic_scope(clinic.pk):
        print(json.dumps([sign_in(clinic, number) for number in range(count)]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
