"""Why something of ours was not sent: kept as a code and values, told in the language of whoever reads it.

An English sentence is kept beside the code: for machines, and for the day on which a code is not known any more.
"""

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations.events import ErrorClass
from integrations.whatsapp.errors import Explanation, explain

from .models import Message

SAY = "say"  # among the values: the sentence itself, where a code alone does not tell enough
KEPT_IN = "refused"  # of a message's gate
SENTENCES = {
    "auto_stale": _("It was to be said at once and had to wait, so it was not said at all."),
    "author_left": _("Whoever wrote it does not work here any more: somebody else has to look at it."),
    "channel_broken": _(
        "This number needs attention before it can send. An admin finds the reason in settings."
    ),
    "channel_off": _("This number is disconnected. Its conversations can be read, not answered."),
    "erasing": _("This patient is being erased."),
    "file_missing": _("Its file is missing."),
    "group_message": _("This was written in a group. An answer from here would go to the patient alone."),
    "missed": _("It could not be sent at its time, and later it might be wrong: look at it again."),
    "no_address": _("The patient writes from another address now. Answer in their other conversation."),
    "opted_out": _("The patient asked not to get messages of this kind."),
    "patient_replied": _("The patient wrote before its time."),
    "template_unapproved": _("WhatsApp has not approved this template, or has paused it."),
    "template_unknown": _("This template does not exist for this number."),
    "too_old": _("It waited for more than a day, so it was not sent."),
    "window_closed": _(
        "The 24-hour window is closed: the patient has to write first, or send an approved template."
    ),
    "window_closed_then": _("By then the 24-hour window is closed. Choose a template, or an earlier time."),
}


def sentence_of(code: str, values: dict) -> str:
    """Why, in the active language; empty for a code that is not ours."""
    if say := values.get(SAY):
        given = {key: value for key, value in values.items() if key != SAY}
        return gettext(say) % given if given else gettext(say)
    return str(SENTENCES.get(code, ""))


def kept_sentence(code: str, values: dict) -> str:
    """The same as it is kept beside the code."""
    with translation.override("en"):
        return sentence_of(code, values)[:300]


def failure_of(message: Message) -> Explanation:
    """Why a message failed: by our own rules, or as the provider told."""
    values = message.gate.get(KEPT_IN, {}) if message.error_code == "template_incomplete" else {}
    if sentence := sentence_of(message.error_code, values):
        return Explanation(sentence, "", ErrorClass.NEVER)
    return explain(message.error_code, message.error_detail)
