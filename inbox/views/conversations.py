"""The inbox, the open conversation, and what its page asks for after a hint."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from clinics import audit
from clinics.queries import active_members, teams

from .. import first_steps, notes, queries, realtime, waiting
from ..alerts import choices_of
from ..drafts import drafts_of
from ..forms import EmergencyForm
from ..models import AnswerRules, CloseReason, GlassBreak, Message, Tag
from ..operations.handling import may_assign
from .access import find_conversation, find_visible, members_only, put_on_record
from .bubbles import bubbles
from .emoji import emoji_in
from .lists import list_of
from .panel import files_of, panel_of

FETCHED_AHEAD = "conversation.fetched_ahead"


@require_GET
@members_only
def home(request):
    """The inbox with no conversation open."""
    # The number before the rows: a change in between is then told again rather than missed.
    context = _around(request)
    context["first_steps"] = first_steps.steps_in_inbox(request.member)
    return render(request, "inbox/home.html", context | list_of(request))


@require_GET
@members_only
def conversation(request, pk):
    """One thread with its patient: inside the whole page, or alone for htmx. Opening it is put on record."""
    found = find_visible(request, pk)
    if found is None:
        return HttpResponse(status=204) if "X-Ahead" in request.headers else sealed(request, pk)
    if "X-Ahead" in request.headers:
        return _ahead(request, found)
    put_on_record(request, found)
    if _wants_workspace(request):
        return render(request, "inbox/_workspace.html", thread_of(request, found))
    context = _around(request)
    return render(request, "inbox/home.html", context | list_of(request) | thread_of(request, found))


def _ahead(request, found):
    """The thread before it is opened. That is on record as such; what each view counts for is not given ahead."""
    if found.is_emergency or found.is_sensitive:
        return HttpResponse(status=204)
    audit.record_reading(FETCHED_AHEAD, member=request.member, target=found)
    return render(request, "inbox/_workspace.html", thread_of(request, found))


def sealed(request, pk, form=None):
    """What a member gets of a conversation they do not see: that it exists, and the way in for an emergency.

    Raises Http404 where they could not go that way: then it is not for them to know.
    """
    hidden = queries.hidden_conversations(request.member).filter(pk=pk)
    if not request.member.may_break_glass or not hidden.exists():
        raise Http404
    context = {"sealed": pk, "form": form or EmergencyForm()}
    if _wants_workspace(request):
        return render(request, "inbox/_sealed.html", context)
    context |= _around(request) | list_of(request)
    return render(request, "inbox/home.html", context, status=403)


def _around(request) -> dict:
    """What the whole page needs besides the list and the thread."""
    return {
        "seq": realtime.current_seq(),
        "emoji": emoji_in(get_language()),
        "alerts": choices_of(request.member),
    }


def _wants_workspace(request) -> bool:
    return request.htmx and not request.htmx.history_restore_request


@require_GET
@members_only
def older(request, pk):
    """The page of messages before a cursor."""
    found = find_conversation(request, pk)
    try:
        messages, has_older = queries.thread_page(found, before=request.GET.get("before", ""))
    except ValueError:
        return HttpResponseBadRequest()
    put_on_record(request, found, is_again=True)
    return render(request, "inbox/_messages.html", _messages(found, messages, has_older))


@require_GET
@members_only
def newer(request, pk):
    """The page of messages after a cursor, for who jumped into the past and reads on."""
    found = find_conversation(request, pk)
    try:
        messages, has_newer = queries.newer_page(found, after := request.GET.get("after", ""))
    except ValueError:
        return HttpResponseBadRequest()
    put_on_record(request, found, is_again=True)
    context = _messages(found, messages, bool(after)) | {"is_continued": True, "has_newer": has_newer}
    return render(request, "inbox/_messages.html", context)


@require_GET
@members_only
def news(request, pk):
    """The newest messages, the head and the files of an open thread, after a hint about it."""
    found = find_conversation(request, pk)
    put_on_record(request, found, is_again="X-Opened" not in request.headers)
    messages, has_older = queries.thread_page(found)
    context = _messages(found, messages, has_older) | people_of(request, found) | {"files": files_of(found)}
    context |= {"scheduled": waiting.scheduled_in(found), "threads": bubbles(notes.threads_of(messages))}
    return render(request, "inbox/_news.html", context | pins_for(found, request.member))


def thread_of(request, found) -> dict:
    """What an open conversation shows."""
    jump, has_newer = request.GET.get("message", ""), False
    if jump:
        target = get_object_or_404(Message, pk=_uuid(jump), conversation=found)
        messages, has_older, has_newer = queries.thread_around(found, notes.first_of_thread(target))
    else:
        messages, has_older = queries.thread_page(found)
    unread_from = None if has_newer else _first_unread(found, messages)
    context = _messages(found, messages, has_older, unread_from)
    context |= people_of(request, found) | {"has_newer": has_newer, "jump": jump}
    context |= pins_for(found, request.member)
    context["is_mentioned"] = found.pk in notes.unseen_mentions(request.member)
    context |= {"drafts": drafts_of(request.member, found)}
    context |= {"scheduled": waiting.scheduled_in(found)}
    return context | {"panel": panel_of(found, request.member)}


def pins_for(found, member) -> dict:
    """The pinned notes: those of this thread, and those about the patient as far as the member sees them."""
    about = notes.pins_about(found.contact, member)
    return {"pins": [pin for pin in about if pin.conversation_id == found.pk], "pins_about": about}


def _messages(found, messages, has_older, unread_from=None) -> dict:
    may_forward = not found.is_emergency
    drawn = bubbles(messages, has_older, unread_from, found.unread, may_forward=may_forward)
    before, after = (drawn[0].cursor, drawn[-1].cursor) if drawn else ("", "")
    return {
        "conversation": found,
        "bubbles": drawn,
        "has_older": has_older,
        "before": before,
        "after": after,
    }


def _closing() -> dict:
    """The reasons to choose from when the clinic asks why a conversation is closed."""
    rules = AnswerRules.objects.exclude(asks_reason=AnswerRules.Reason.OFF).first()
    reasons = list(CloseReason.objects.filter(dropped_at=None)) if rules else []
    is_free = rules is None or rules.asks_reason == AnswerRules.Reason.OPTIONAL
    return {"close_reasons": reasons, "close_is_free": is_free}


def people_of(request, found) -> dict:
    """Whom the conversation can be given to, and whether it is the member's own."""
    return {
        "members": active_members().select_related(None).only("name").exclude(pk=request.member.pk),
        "teams": teams(),
        "tags": Tag.objects.filter(taggings__conversation=found),
        "is_mine": found.assignee_id == request.member.pk,
        "may_change": not found.is_emergency,
        "may_assign": not found.is_emergency or may_assign(found, request.member),
        "emergency_until": _emergency_until(found, request.member),
        **_closing(),
        "now": timezone.now(),
    }


def _emergency_until(found, member):
    """When the page closes that was opened by emergency access; None for every other."""
    if not found.is_emergency:
        return None
    broken = GlassBreak.objects.filter(member=member, conversation=found).order_by("-ends_at")
    return broken.values_list("ends_at", flat=True).first()


def _first_unread(found, messages):
    """Where the line "new" goes: before the patient's last `unread` messages."""
    inbound = [message for message in messages if message.direction == "in"]
    return inbound[-found.unread :][0].pk if found.unread and inbound else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as problem:
        raise Http404 from problem
