"""What the provisioning commands share: one JSON object out, or one sentence of error and a code."""

import json
import secrets
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from ..models import Clinic
from ..refusal import Refused

MOST_NAMED = 20


def print_json(command: BaseCommand, **values) -> None:
    command.stdout.write(json.dumps(values, ensure_ascii=False, default=str))


def find_clinic(slug: str) -> Clinic:
    """Raises CommandError when there is none."""
    clinic = Clinic.objects.filter(slug=slug).first()
    if clinic is None:
        known = ", ".join(Clinic.objects.order_by("slug").values_list("slug", flat=True)[:MOST_NAMED])
        there_are = f"; there are: {known}" if known else ""
        raise CommandError(f"there is no clinic with the short name {slug!r}{there_are}")
    return clinic


def make_password() -> str:
    """A password that is easy to copy and has about 95 random bits."""
    return secrets.token_urlsafe(12)


@contextmanager
def refusals_as_errors():
    """A rule's or form's "no" becomes the command's error."""
    try:
        yield
    except Refused as refused:
        raise CommandError(str(refused)) from refused
    except ValidationError as invalid:
        raise CommandError(" ".join(invalid.messages)) from invalid
