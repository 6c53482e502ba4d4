"""Embedded Signup in words: what is done, what is next, and what a failed step means."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from .models import Onboarding
from .whatsapp.errors import explain

Step = Onboarding.Step
ORDER = (Step.CHECK, Step.CHOOSE, Step.REGISTER, Step.SUBSCRIBE, Step.CONNECT)


@dataclass(frozen=True)
class Line:
    """One step as it is shown: done, the present one, or still to come."""

    key: str
    title: str
    sentence: str
    is_done: bool
    is_now: bool


def lines(row: Onboarding) -> list[Line]:
    """All steps of a number on its way."""
    words = {
        Step.CHECK: (_("Meta's permission"), _("Whether it is for this app and opens the clinic's account.")),
        Step.CHOOSE: (_("The number"), _("Which of the account's numbers patients write to.")),
        Step.REGISTER: (_("Registration"), _("The number sends and receives through the Cloud API.")),
        Step.SUBSCRIBE: (_("Webhooks"), _("What patients write is sent to this inbox.")),
        Step.CONNECT: (_("Connected"), _("The number appears among the clinic's channels.")),
    }
    at = len(ORDER) if row.step == Step.DONE else ORDER.index(row.step)
    return [Line(step, *words[step], place < at, place == at) for place, step in enumerate(ORDER)]


def problem_of(code: str) -> str:
    """Why a step failed, and what to do; nothing for no problem."""
    ours = {
        "other_app": _("The permission is for another app. Begin again from this page."),
        "scopes": _("Meta gave fewer permissions than needed. Begin again and leave all boxes ticked."),
        "account": _(
            "The permission does not open the account that was chosen. Begin again and choose one account."
        ),
        "no_number": _("The account has no number yet. Add one in Meta's dialog: begin again."),
        "exchange_100": _(
            "Meta's permission lives for 30 seconds and had expired, or was used. Begin again."
        ),
        "exchange_1": _("Meta does not accept this installation's app secret. Tell your operator."),
        "unreachable": _("WhatsApp could not be reached. Try again in a minute; nothing is lost."),
        "interrupted": _("WhatsApp did not answer in time. Try again; each step may be repeated."),
        "2200": _("Meta could not reach this inbox's callback address. Tell your operator, then try again."),
    }
    if not code:
        return ""
    plain = code.removeprefix("exchange_")
    if sentence := ours.get(code) or ours.get(plain):
        return sentence
    explanation = explain(plain)
    return f"{explanation.cause} {explanation.next_step}"
