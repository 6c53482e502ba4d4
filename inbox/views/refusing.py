"""How a screen is told that something may not or cannot be done: 422, a code, and a sentence for the person."""

from django.http import JsonResponse

from .. import gate
from ..operations import sending


def refuse(code: str, sentence: str) -> JsonResponse:
    """A refusal of one's own."""
    return JsonResponse({"code": code, "sentence": sentence}, status=422)


def refuse_because(problem: Exception) -> JsonResponse:
    """What an operation refused."""
    if isinstance(problem, gate.Refused):
        return refuse(problem.code, str(problem.sentence))
    return refuse("conflict" if isinstance(problem, sending.Conflict) else "invalid", str(problem))
