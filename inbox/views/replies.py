"""What the composer offers while one types: saved replies after `/`, colleagues after `@`."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from .. import mentions, saved_replies
from ..operations.replies import count_use
from .access import find_conversation, members_only, put_on_record


@require_GET
@members_only
def replies(request, pk):
    """The member's saved replies as they read in this conversation; its patient's name is in them."""
    conversation = find_conversation(request, pk)
    put_on_record(request, conversation, is_again=True)
    choices = saved_replies.choices(conversation, request.member)
    return render(request, "inbox/_replies.html", {"conversation": conversation, "choices": choices})


@require_GET
@members_only
def people(request, pk):
    """Whom a note in this conversation may call: colleagues and teams who see it, not those who do not."""
    circle = mentions.circle_of(find_conversation(request, pk))
    called = [each for each in circle.seeing if each.pk != request.member.pk]
    teams = [(team, members) for team, members in circle.teams.items() if members]
    return render(request, "inbox/_people.html", {"people": called, "teams": teams})


@require_POST
@members_only
def use(request, pk):
    """A saved reply was put into an answer."""
    count_use(get_object_or_404(saved_replies.usable_replies(request.member), pk=pk), by=request.member)
    return HttpResponse(status=204)
