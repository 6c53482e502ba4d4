"""What the composer offers while one types: saved replies after `/`, colleagues after `@`."""

from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from .. import mentions, saved_replies
from ..operations import reply_files
from ..operations.replies import count_use
from ..reply_forms import TakeForm
from .access import find_conversation, members_only, put_on_record


@require_http_methods(["GET", "POST"])
@members_only
def replies(request, pk):
    """The member's saved replies as they read in this conversation; its patient's name is in them.

    POST: one was put into the answer. It is counted, and its files are new uploads: {"files": [{"id", "kind", …}]}.
    """
    conversation = find_conversation(request, pk)
    if request.method == "POST":
        return _take(request, conversation)
    put_on_record(request, conversation, is_again=True)
    choices = saved_replies.choices(conversation, request.member)
    return render(request, "inbox/_replies.html", {"conversation": conversation, "choices": choices})


def _take(request, conversation) -> JsonResponse:
    form = TakeForm(request.POST)
    reply = form.is_valid() and saved_replies.usable_replies(request.member).filter(
        pk=form.cleaned_data["reply"]
    )
    if not reply or (found := reply.first()) is None:
        raise Http404
    count_use(found, by=request.member)
    kept = found.files.all() if form.cleaned_data["with_files"] else []
    taken = [reply_files.reuse(each, conversation, by=request.member) for each in kept]
    told = [
        {"id": each.pk, "kind": each.kind, "filename": each.filename, "size": each.size} for each in taken
    ]
    return JsonResponse({"files": told})


@require_GET
@members_only
def people(request, pk):
    """Whom a note in this conversation may call: colleagues and teams who see it, not those who do not."""
    circle = mentions.circle_of(find_conversation(request, pk))
    called = [each for each in circle.seeing if each.pk != request.member.pk]
    teams = [(team, members) for team, members in circle.teams.items() if members]
    return render(request, "inbox/_people.html", {"people": called, "teams": teams})
