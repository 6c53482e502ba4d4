"""How a template stands at Meta, in words for the screens."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from integrations.models import Template

from .templatetags.meta_words import status_words


@dataclass(frozen=True)
class State:
    """A state as it is drawn: its word, the tone of its chip, and what it means in a sentence."""

    word: str
    tone: str
    says: str


STATES = {
    "DRAFT": ("", _("Only admins see it. It can be sent once Meta has approved it.")),
    "PENDING": ("amber", _("Meta is looking at it: minutes as a rule, at most a day.")),
    "IN_APPEAL": ("amber", _("Meta rejected it; an appeal is under way.")),
    "APPROVED": ("green", _("It can be sent.")),
    "REJECTED": ("red", _("It cannot be sent. Change it and submit it again.")),
    "PAUSED": ("red", _("Meta has stopped it for some hours, because patients blocked or reported it.")),
    "DISABLED": ("red", _("Meta has switched it off for good.")),
    "LIMIT_EXCEEDED": ("red", _("The account has too many templates.")),
    "PENDING_DELETION": ("amber", _("It can no longer be sent.")),
}


def state_of(template: Template) -> State:
    """How it stands; Meta's own word for a state we do not know."""
    return State(status_words(template.status), *STATES.get(template.status, ("red", "")))
