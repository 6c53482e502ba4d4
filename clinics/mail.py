"""Letters of ours. A mail server that is away must not break the page: the person is invited again later."""

import logging
from contextlib import nullcontext
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


def is_sent() -> bool:
    """Whether letters leave this installation at all; without production they do not, unless somebody says so."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def send_invitation(email: str, clinic_name: str, link: str) -> bool:
    """Returns whether the mail server took it."""
    subject = _("You are invited to %(clinic)s") % {"clinic": clinic_name}
    return send_letter([email], subject, "clinics/invitation.txt", clinic_name=clinic_name, link=link)


def send_sign_up(email: str, link: str, *, is_known: bool) -> bool:
    """The letter that proves an address. Returns whether the mail server took it."""
    subject = _("Begin with Clinic Inbox")
    return send_letter([email], subject, "clinics/sign_up.txt", link=link, is_known=is_known)


def send_notice(email: str, sentence: str, language: str | None = None) -> bool:
    """Tell a person what happened to their sign-in. Returns whether the mail server took it.

    `language` is theirs, None for that of the request; a lazy `sentence` is translated into it too.
    """
    with translation.override(language) if language else nullcontext():
        return send_letter([email], _("Your sign-in was changed"), "clinics/notice.txt", sentence=sentence)


def send_letter(addresses: list[str], subject: str, template: str, **context) -> bool:
    """Send one letter to each address alone. Returns whether the mail server took them all."""
    text = render_to_string(template, context)
    try:
        return sum(send_mail(subject, text, None, [address]) for address in addresses) == len(addresses)
    except (SMTPException, OSError):
        logger.warning("letter_not_mailed")
        return False
