"""Members of measured clinics, signed in: `python -m bench.sessions` prints their ids and cookies as JSON.

On its standard input it reads a list of slug, how many, role and what they see. The sessions are made by the session
backend, as signing in does, but without the work of checking a password.
"""

import json
import os
import sys
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402

from clinic_inbox.tenancy import clinic_scope  # noqa: E402
from clinics.middleware import CLINIC  # noqa: E402
from clinics.models import Clinic, Member, Role, User, Visibility  # noqa: E402
from clinics.sessions import SessionStore  # noqa: E402


def sign_in(clinic: Clinic, number: int, role: Role, visibility: Visibility) -> dict[str, str]:
    """A new member's id and cookie."""
    user = User.objects.create_user(f"{uuid4().hex}@clinic.example")
    member = Member.objects.create(user=user, name=f"Member {number}", role=role, visibility=visibility)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[CLINIC] = str(clinic.pk)
    session.create()
    return {"member": str(member.pk), "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}


def main() -> None:
    members = []
    for slug, count, role, visibility in json.load(sys.stdin):
        clinic = Clinic.objects.get(slug=slug)
        with clinic_scope(clinic.pk):
            members += [
                sign_in(clinic, number, Role(role), Visibility(visibility)) for number in range(count)
            ]
    print(json.dumps(members))


if __name__ == "__main__":
    main()
