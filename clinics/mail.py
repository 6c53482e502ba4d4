"""Letters of ours. A mail server that is away must not break the page: the person is invited again later."""

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


def send_invitation(email: str, clinic_name: str, link: str) -> bool:
    """Returns whether the mail server took it."""
    context = {"clinic_name": clinic_name, "link": link}
    subject = _("You are invited to %(clinic)s") % {"clinic": clinic_name}
    try:
        return bool(send_mail(subject, render_to_string("clinics/invitation.txt", context), None, [email]))
    except (SMTPException, OSError):
        logger.warning("invitation_not_mailed")
        return False
