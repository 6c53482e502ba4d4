"""Finding in one conversation."""

from django.http import JsonResponse
from django.views.decorators.http import require_POST

from .. import search
from .access import find_conversation, members_only, put_on_record

LONGEST = 200


@require_POST
@members_only
def find(request, pk):
    """The ids of the messages with these words, newest first. Asked with POST: words are no part of an address."""
    conversation = find_conversation(request, pk)
    put_on_record(request, conversation, is_again=True)
    found = search.find_in(conversation, request.POST.get("q", "").strip()[:LONGEST], request.member)
    ids = [str(hit.message.pk) for hit in found.hits]
    told = {"found": ids, "more": found.is_cut, "sought": found.sought, "problems": found.problems}
    return JsonResponse(told)
