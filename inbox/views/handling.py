"""Assigning, closing, snoozing: each answers with the thread's new head."""

import json

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from ..forms import AssignForm, SnoozeForm
from ..operations import handling
from .access import find_conversation, members_only
from .conversations import people_of


@require_POST
@members_only
def assign(request, pk):
    conversation = find_conversation(request, pk)
    form = AssignForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    to = form.cleaned_data["member"] or form.cleaned_data["team"]
    handling.assign(conversation, to=to, by=request.member)
    return _head(request, conversation)


@require_POST
@members_only
def close(request, pk):
    conversation = find_conversation(request, pk)
    handling.close(conversation, by=request.member)
    return _head(request, conversation)


@require_POST
@members_only
def reopen(request, pk):
    conversation = find_conversation(request, pk)
    handling.reopen(conversation, by=request.member)
    return _head(request, conversation)


@require_POST
@members_only
def snooze(request, pk):
    conversation = find_conversation(request, pk)
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return _tell(HttpResponse(status=204), str(form.non_field_errors()[0]))
    handling.snooze(conversation, until=form.cleaned_data["moment"], by=request.member)
    return _head(request, conversation)


@require_POST
@members_only
def unread(request, pk):
    conversation = find_conversation(request, pk)
    handling.mark_unread(conversation)
    return _changed(HttpResponse(status=204), conversation)


def _head(request, conversation) -> HttpResponse:
    context = people_of(request, conversation) | {"conversation": conversation}
    return _changed(render(request, "inbox/_head.html", context), conversation)


def _changed(response: HttpResponse, conversation) -> HttpResponse:
    """Name what changed, so that the page does not wait for its hint."""
    response["HX-Trigger"] = json.dumps({"changed": {"topic": f"conversation-{conversation.pk}"}})
    return response


def _tell(response: HttpResponse, sentence: str) -> HttpResponse:
    response["HX-Trigger"] = json.dumps({"toast": {"sentence": sentence}})
    return response
