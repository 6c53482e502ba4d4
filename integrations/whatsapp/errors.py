"""From an error code to what to tell staff and what to do."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from integrations.events import ErrorClass, ProviderError
from integrations.whatsapp.catalogue import CATALOGUE, PAUSES
from integrations.whatsapp.reading import ident, mapping, text


@dataclass(frozen=True, slots=True)
class Explanation:
    """An error in plain words. Both sentences are translated when shown."""

    cause: str
    next_step: str
    error_class: ErrorClass


UNKNOWN = (
    _("WhatsApp did not accept this, for a reason we do not know."),
    _("Try it in another way; if that fails too, tell your administrator the error code."),
)


def explain(code: str | int, detail: str = "") -> Explanation:
    """What an error code means. An unknown one is explained by the provider's own `detail`, if there is any."""
    if known := CATALOGUE.get(str(code)):
        return Explanation(*known)
    cause, next_step = UNKNOWN
    return Explanation(detail or cause, next_step, ErrorClass.NEVER)


def error_of(status: int, reply, retry_after: str = "") -> ProviderError:
    """The ProviderError of a response that is not what was asked for; `reply` is its JSON value or None.

    Branches on the code, never on the HTTP status: rate limits come as 400. Without a Graph error a 5xx says
    nothing about whether the message was taken.
    """
    error = mapping(mapping(reply).get("error"))
    code, closer = ident(error.get("code"), 20), ident(error.get("error_subcode"), 20)
    code = closer if closer in CATALOGUE else code
    detail = text(mapping(error.get("error_data")).get("details")) or text(error.get("message"))
    if not code:
        return ProviderError(_class_of_bare(status), f"http_{status}", retry_after=_seconds(retry_after))
    if code in CATALOGUE:
        error_class = CATALOGUE[code][2]
    else:
        is_open = status >= 500 or error.get("is_transient") is True
        error_class = ErrorClass.UNCERTAIN if is_open else ErrorClass.NEVER
    pause = None
    if error_class is ErrorClass.RETRY:
        pause = _seconds(retry_after) or PAUSES.get(code)
    return ProviderError(error_class, code, detail, pause)


def _class_of_bare(status: int) -> ErrorClass:
    if status == 429:
        return ErrorClass.RETRY
    if 300 <= status < 500 and status != 408:
        return ErrorClass.LATER  # something on the way refused it: a proxy, a wrong address
    return ErrorClass.UNCERTAIN


def _seconds(retry_after: str) -> float | None:
    return min(float(retry_after), 3600) if retry_after.isascii() and retry_after.isdecimal() else None
