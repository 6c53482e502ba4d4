"""Errors as application/problem+json (RFC 9457), from views and from everything around them."""

from http import HTTPStatus

from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

CONTENT_TYPE = "application/problem+json"
DETAILS = {
    400: gettext_lazy("The request could not be understood."),
    404: gettext_lazy("There is nothing here, or not for this token."),
    500: gettext_lazy("Something went wrong on our side. It was recorded."),
}


class Unprocessable(exceptions.APIException):
    """Understood, but not possible: a rule forbids it. `code` is for machines, the detail for people."""

    status_code = 422
    default_code = "unprocessable"


class Overtaken(exceptions.APIException):
    """Possible, but asked for without knowing what has happened since."""

    status_code = 409
    default_code = "stale"


def handle(error, context) -> Response | None:
    """DRF's exception handler: its response, reshaped. None for what is no API error (a 500 of ours)."""
    response = exception_handler(error, context)
    if response is None:
        return None
    data = response.data
    body = problem(response.status_code, code=_code(error))
    if isinstance(error, exceptions.ValidationError):
        body["detail"] = _("Some fields are missing or wrong.")
        body["errors"] = data if isinstance(data, dict) else {"body": data}
    elif isinstance(data, dict) and response.status_code != 404:
        body["detail"] = str(data.get("detail", body["detail"]))
    return Response(body, response.status_code, headers=dict(response.items()), content_type=CONTENT_TYPE)


def problem(status: int, *, code: str = "") -> dict:
    """The members every problem has."""
    title = HTTPStatus(status).phrase
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": str(DETAILS.get(status, title)),
    }
    return body | ({"code": code} if code else {})


def respond(status: int) -> JsonResponse:
    """A problem for an error outside the API's views: an unknown address, a broken request, a failure of ours."""
    return JsonResponse(problem(status), status=status, content_type=CONTENT_TYPE)


def _code(error) -> str:
    codes = getattr(error, "get_codes", lambda: "")()
    return codes if isinstance(codes, str) else ""
