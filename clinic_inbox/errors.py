"""What anybody is told when something does not work: a page, or a problem for the API. Never what happened inside."""

from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext_lazy as _

from .api import problems
from .api.middleware import PREFIX

SENTENCES = {
    400: (
        _("This could not be read"),
        _("The address or the form is not as it should be. Go back and try again."),
    ),
    403: (
        _("This is not for you"),
        _("You may not do this, or the page was open for too long. Reload it and try again."),
    ),
    404: (
        _("There is nothing here"),
        _("It was deleted, or belongs to another clinic, or the address is mistyped."),
    ),
}


def bad_request(request, exception) -> HttpResponse:
    return _answer(request, 400)


def forbidden(request, exception) -> HttpResponse:
    return _answer(request, 403)


def csrf_failure(request, reason="") -> HttpResponse:
    return _answer(request, 403)


def not_found(request, exception) -> HttpResponse:
    return _answer(request, 404)


def server_error(request) -> HttpResponse:
    """Drawn without the base page, which may be what failed."""
    if request.path.startswith(PREFIX):
        return problems.respond(500)
    return HttpResponse(loader.render_to_string("500.html"), status=500)


def _answer(request, status: int) -> HttpResponse:
    if request.path.startswith(PREFIX):
        return problems.respond(status)
    title, sentence = SENTENCES[status]
    return render(request, "error.html", {"title": title, "sentence": sentence}, status=status)
