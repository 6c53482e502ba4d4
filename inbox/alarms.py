"""Letters to a clinic's admins about what nobody would notice on a screen. They name no patient."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clinics.mail import send_letter

from .silence import Silent


def tell_of_silence(silent: Silent) -> bool:
    """Tell the admins, in the clinic's language, that nothing comes any more.

    Returns whether any letter went out, or nobody is there to get one: an address that takes none must not have the
    others written to again and again.
    """
    with translation.override(silent.language):
        subject = _("%(channel)s has been silent") % {"channel": silent.channel_name}
        link = settings.PUBLIC_URL + reverse("integrations:channel", args=[silent.channel_id])
        told = [
            send_letter([address], subject, "inbox/silence.txt", silent=silent, link=link)
            for address in silent.addresses
        ]
    return any(told) or not told
