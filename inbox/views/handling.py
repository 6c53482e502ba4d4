"""Assigning, closing, snoozing: each answers with the thread's new head."""

import json
from functools import wraps

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.refusal import Refused

from .. import queries
from ..forms import AssignForm, SnoozeForm
from ..list_forms import PriorityForm, TaggingForm
from ..models import Tag
from ..operations import handling, labelling
from ..operations import tags as tagging
from ..rule_forms import CloseForm
from .access import find_conversation, members_only
from .conversations import people_of


def _told_when_refused(view):
    """A sentence on the screen, and nothing else, for what the operation refuses."""

    @wraps(view)
    def telling(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            return _tell(HttpResponse(status=204), str(refused))

    return telling


@require_POST
@members_only
@_told_when_refused
def assign(request, pk):
    conversation = find_conversation(request, pk)
    form = AssignForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    to = form.cleaned_data["member"] or form.cleaned_data["team"]
    handling.assign(conversation, to=to, by=request.member)
    return _head_or_list(request, conversation, _("Handed over. You do not see this conversation any more."))


@require_POST
@members_only
@_told_when_refused
def sensitive(request, pk):
    """Mark as sensitive, or with `off` no longer."""
    conversation = find_conversation(request, pk)
    change = handling.unmark_sensitive if "off" in request.POST else handling.mark_sensitive
    change(conversation, by=request.member)
    return _head_or_list(
        request, conversation, _("Marked as sensitive. Only those who look after it see it now.")
    )


@require_POST
@members_only
@_told_when_refused
def close(request, pk):
    conversation = find_conversation(request, pk)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    why = {"reason": form.cleaned_data["close_reason"], "why": form.cleaned_data["close_note"]}
    is_done = handling.close(conversation, by=request.member, seen=_seen(request), **why)
    return _head(request, conversation) if is_done else _just_written(request, conversation)


@require_POST
@members_only
@_told_when_refused
def reopen(request, pk):
    conversation = find_conversation(request, pk)
    handling.reopen(conversation, by=request.member)
    return _head(request, conversation)


@require_POST
@members_only
@_told_when_refused
def snooze(request, pk):
    conversation = find_conversation(request, pk)
    form = SnoozeForm(request.POST, window=conversation.window_closes_soon_at)
    if not form.is_valid():
        return _tell(HttpResponse(status=204), str(form.non_field_errors()[0]))
    until = form.cleaned_data["moment"]
    is_done = handling.snooze(conversation, until=until, by=request.member, seen=_seen(request))
    return _head(request, conversation) if is_done else _just_written(request, conversation)


@require_POST
@members_only
@_told_when_refused
def unread(request, pk):
    conversation = find_conversation(request, pk)
    handling.mark_unread(conversation, by=request.member)
    return _changed(HttpResponse(status=204), conversation)


@require_POST
@members_only
@_told_when_refused
def priority(request, pk):
    conversation = find_conversation(request, pk)
    form = PriorityForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    labelling.set_priority(conversation, form.cleaned_data["priority"], by=request.member)
    return _head(request, conversation)


@members_only
@_told_when_refused
def tags(request, pk):
    """The tags to choose from; with POST, one of them put on the conversation or taken `off`."""
    conversation = find_conversation(request, pk)
    if request.method != "POST":
        had = labelling.tag_ids(conversation)
        offered = [each for each in Tag.objects.all() if not each.is_archived or each.pk in had]
        context = {"conversation": conversation, "tags": offered, "had": had}
        return render(request, "inbox/_tag_choices.html", context)
    form = TaggingForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    told = form.cleaned_data
    change = labelling.untag if told["off"] else labelling.tag
    change(conversation, [told["tag"] or _tag_called(told["name"], request.member)], by=request.member)
    return _head(request, conversation)


def _tag_called(name: str, member) -> Tag:
    """The tag of this name; admins make it where there is none. Raises Refused."""
    return Tag.objects.filter(name__iexact=name).first() or tagging.create_tag(name, by=member)


def _head_or_list(request, conversation, farewell: str) -> HttpResponse:
    """The head; or, for who has just lost sight of the conversation, the list and a sentence why."""
    seen = queries.visible_conversations(request.member).filter(pk=conversation.pk)
    is_in_doubt = conversation.is_sensitive or not request.member.sees_all
    if not is_in_doubt or seen.exists():
        return _head(request, conversation)
    messages.success(request, farewell)
    return HttpResponse(headers={"HX-Redirect": reverse("inbox:home")})


def _head(request, conversation) -> HttpResponse:
    context = people_of(request, conversation) | {"conversation": conversation}
    return _changed(render(request, "inbox/_head.html", context), conversation)


def _changed(response: HttpResponse, conversation) -> HttpResponse:
    """Name what changed, so that the page does not wait for its hint."""
    response["HX-Trigger"] = json.dumps({"changed": {"topic": f"conversation-{conversation.pk}"}})
    return response


def _seen(request) -> str:
    """What the page had heard of the patient when the button was pressed; the button's address carries it."""
    return request.GET.get("seen", "")


def _just_written(request, conversation) -> HttpResponse:
    """The head as it is now, and why nothing was done; `changed` makes the page fetch the message."""
    response = _head(request, conversation)
    told = json.loads(response["HX-Trigger"])
    sentence = _("The patient has just written. Look at the message first.")
    response["HX-Trigger"] = json.dumps(told | {"toast": {"sentence": sentence}})
    return response


def _tell(response: HttpResponse, sentence: str) -> HttpResponse:
    response["HX-Trigger"] = json.dumps({"toast": {"sentence": sentence}})
    return response
