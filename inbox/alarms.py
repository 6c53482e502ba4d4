"""Letters to a clinic's admins about what nobody would notice on a screen. They name no patient."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clinics.mail import send_letter

from .silence import Silent


def tell_of_silence(silent: Silent) -> bool:
    """Tell the admins, in the clinic's language, that nothing comes any more. Returns whether the mail went out."""
    with translation.override(silent.language):
        subject = _("%(channel)s has been silent") % {"channel": silent.channel_name}
        link = settings.PUBLIC_URL + reverse("integrations:channel", args=[silent.channel_id])
        return send_letter(list(silent.addresses), subject, "inbox/silence.txt", silent=silent, link=link)
