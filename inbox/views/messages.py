"""Sending, sending again, reacting, and being seen."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.refusal import Refused
from integrations.events import Invalid, Kind

from .. import gate, queries
from ..forms import MessageForm
from ..models import Message
from ..operations import drafting, handling, noting, sending
from .access import find_conversation, members_only
from .bubbles import bubbles
from .refusing import refuse, refuse_because

LONGEST_REACTION = 40


@require_POST
@members_only
def send(request, pk):
    """Send what the composer holds. 422 with a sentence when it may not or cannot be sent.

    409 with one when somebody has written what the page has not shown: it shows it and asks.
    """
    conversation = find_conversation(request, pk)
    form = MessageForm(request.POST, conversation=conversation, member=request.member)
    if not form.is_valid():
        return refuse("invalid", " ".join(str(each) for errors in form.errors.values() for each in errors))
    try:
        message = _send(conversation, form, request.member)
    except (gate.Refused, Invalid, sending.Conflict, Refused) as problem:
        return refuse_because(problem)
    except sending.Stale as stale:
        return _ask_about(stale.unseen)
    drafting.end_sent(message, mode=form.cleaned_data["mode"], revision=form.cleaned_data["draft"] or 0)
    return _drawn(request, message)


@require_POST
@members_only
def retry(request, pk):
    """Send a failed or doubtful message again, as a new one."""
    message = _find_message(request, pk)
    try:
        new = sending.retry_message(
            message, client_id=str(UUID(request.POST["client_id"])), author=request.member
        )
    except (gate.Refused, Invalid, sending.Conflict) as problem:
        return refuse_because(problem)
    except (KeyError, ValueError):
        return refuse("invalid", _("This could not be read."))
    return _drawn(request, new)


@require_POST
@members_only
def react(request, pk):
    """Put our emoji on a message, or take it back."""
    message = _find_message(request, pk)
    emoji = request.POST.get("emoji", "")
    if len(emoji) > LONGEST_REACTION or "\0" in emoji:
        return refuse("invalid", _("This is not an emoji."))
    try:
        sending.react(message, emoji, author=request.member)
    except (gate.Refused, Invalid, sending.Conflict) as problem:
        return refuse_because(problem)
    return HttpResponse(status=204)


@require_POST
@members_only
def read(request, pk):
    """The member has the thread before their eyes. In an emergency it stays unread for those who look after it."""
    conversation = find_conversation(request, pk)
    noting.see_mentions(conversation, request.member)
    if not conversation.is_emergency:
        handling.mark_read(conversation)
    return HttpResponse(status=204)


@require_POST
@members_only
def pin(request, pk):
    """Keep a note at the top of its thread, or with `off` no longer."""
    note = _find_message(request, pk)
    change = noting.unpin_note if "off" in request.POST else noting.pin_note
    try:
        change(note, by=request.member)
    except Refused as refused:
        return refuse("invalid", str(refused))
    return HttpResponse(status=204)


@require_POST
@members_only
def typing(request, pk):
    """The member is writing an answer; the patient may see that."""
    conversation = find_conversation(request, pk)
    if conversation.is_window_open:
        sending.show_read_and_typing(conversation, typing=True)
    return HttpResponse(status=204)


def _send(conversation, form: MessageForm, member) -> Message:
    told = form.cleaned_data
    client_id, text = str(told["client_id"]), told["text"].strip()
    if told["mode"] == "note":
        return handling.add_note(
            conversation, text, author=member, client_id=client_id, answers=told["reply_to"]
        )
    attachment, template = told["attachment"], told["template"]
    draft = sending.Draft(
        kind=Kind(attachment.kind) if attachment else Kind.TEXT,
        text=text,
        attachment=attachment,
        reply_to=told["reply_to"],
        template=template,
        values=form.values() if template else {},
    )
    plan = sending.Plan(told["send_at"], told["stops_on_reply"], member.undo_seconds)
    return sending.send_message(
        conversation, draft, client_id=client_id, author=member, seen=told["seen"], plan=plan
    )


def _find_message(request, pk) -> Message:
    seen = queries.visible_conversations(request.member)
    return get_object_or_404(Message.objects.select_related("conversation"), pk=pk, conversation__in=seen)


def _drawn(request, message: Message) -> HttpResponse:
    if message.state in queries.NOT_IN_THREAD:
        return HttpResponse(status=204)  # it is not in the thread; what waits is asked for with the next hint
    told = queries.with_the_one_before(message)
    return render(request, "inbox/_message.html", {"bubble": bubbles(told, has_older=len(told) > 1)[0]})


def _ask_about(unseen: Message) -> JsonResponse:
    if unseen.direction == Message.Direction.IN:
        sentence = _("The patient has written something you have not seen yet.")
    else:
        name = unseen.author.name if unseen.author else _("A colleague")
        sentence = _("%(name)s has written something you have not seen yet.") % {"name": name}
    return JsonResponse({"code": "stale", "sentence": sentence}, status=409)
