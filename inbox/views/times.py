"""A time in free words: what it means, before anything is done with it."""

from django.http import JsonResponse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import free_times
from ..forms import TimeForm
from .access import members_only
from .refusing import refuse


@require_POST
@members_only
def read_time(request):
    """The moment that `words` name, by the clinic's clock: {"at", "shown"}, or 422 with a sentence."""
    words = request.POST.get("words", "").strip()
    moment = free_times.read(words, timezone.localtime(), translation.get_language())
    if moment is None:
        return refuse(
            "invalid", _("This was not understood. Write it like: %(examples)s") % {"examples": examples()}
        )
    at = f"{moment:%Y-%m-%dT%H:%M}"
    form = TimeForm({"send_at": at})
    if not form.is_valid():
        return refuse("invalid", str(form.errors["send_at"][0]))
    return JsonResponse({"at": at, "shown": f"{date_format(moment, 'LONG_DAY_YEAR')}, {moment:%H:%M}"})


def examples() -> str:
    """Some times as one may write them in the member's language; a test reads each of them."""
    return _("tomorrow 9, friday, in 2 hours")
