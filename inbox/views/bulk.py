"""Acting on many conversations at once, and taking it back for a moment."""

from django.core import signing
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from clinics.queries import active_members, teams

from ..list_forms import BulkForm
from ..models import AnswerRules, CloseReason, Tag
from ..operations import bulk as operations
from ..operations import undoing
from .access import members_only
from .chips import PRIORITY_WORDS

SALT = "inbox.bulk"
UNDONE_WITHIN = 60  # seconds; screens offer ten, a slow line may need longer


@require_GET
@members_only
def choices(request):
    """The menus of what can be done with the chosen conversations."""
    asks = AnswerRules.objects.values_list("asks_reason", flat=True).first() or AnswerRules.Reason.OFF
    is_asked = asks != AnswerRules.Reason.OFF
    context = {
        "members": active_members().select_related(None).only("name").exclude(pk=request.member.pk),
        "teams": teams(),
        "tags": Tag.objects.filter(is_archived=False),
        "priorities": PRIORITY_WORDS.items(),
        "close_reasons": CloseReason.objects.filter(dropped_at=None) if is_asked else [],
        "close_is_required": asks == AnswerRules.Reason.REQUIRED,
    }
    return render(request, "inbox/_bulk_menus.html", context)


@require_POST
@members_only
def act(request):
    """Do one act to up to MOST conversations. Answers what was done, what was not and why, and how to undo it."""
    form = BulkForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"sentence": str(next(iter(form.errors.values()))[0])}, status=422)
    told = form.cleaned_data
    doing = operations.act_of(told["act"], told, request.member)
    outcome = operations.on_each(told["ids"], doing, by=request.member, heard=told["heard"])
    return JsonResponse(
        {
            "done": [each.pk for each in outcome.done],
            "refused": [[str(pk), sentence] for pk, sentence in outcome.refused],
            "busy": [str(pk) for pk in outcome.busy],
            "undo": _signed(request.member, outcome.done) if outcome.done else "",
        }
    )


@require_POST
@members_only
def undo(request):
    """Put back what an act changed, where nobody changed it since."""
    told = _read(request.member, request.POST.get("token", ""))
    if told is None:
        return JsonResponse({"sentence": _("It is too late to undo this.")}, status=422)
    restored, kept = undoing.put_back(undoing.as_read(told), by=request.member)
    sentence = ngettext("%(count)d put back.", "%(count)d put back.", restored) % {"count": restored}
    return JsonResponse({"restored": restored, "kept": kept, "sentence": sentence})


def _signed(member, done) -> str:
    told = {"member": str(member.pk), "acts": undoing.as_told(done)}
    return signing.dumps(told, salt=SALT, compress=True)


def _read(member, token: str) -> list | None:
    """None for what was not handed to this member, or is too old."""
    try:
        told = signing.loads(token, salt=SALT, max_age=UNDONE_WITHIN)
    except signing.BadSignature:
        return None
    return told["acts"] if told["member"] == str(member.pk) else None
