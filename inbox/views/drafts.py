"""The member's own drafts in one conversation: read and kept while they type."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from ..draft_forms import DraftForm
from ..drafts import drafts_of
from ..operations import drafting
from .access import find_conversation, members_only


@require_http_methods(["GET", "POST"])
@members_only
def draft(request, pk):
    """GET: what the member has written here. POST keeps it: its number, or 409 and what another device left here."""
    conversation = find_conversation(request, pk)
    if request.method == "GET":
        return render(request, "inbox/_drafts.html", {"drafts": drafts_of(request.member, conversation)})
    form = DraftForm(request.POST, conversation=conversation)
    if not form.is_valid():
        return HttpResponse(status=422)
    try:
        revision = drafting.keep_draft(conversation, member=request.member, **form.cleaned_data)
    except drafting.Overtaken as overtaken:
        there = overtaken.there
        return JsonResponse({"revision": there.revision, "text": there.text}, status=409)
    return JsonResponse({"revision": revision})
