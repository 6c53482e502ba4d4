"""Bearer tokens, found by the middleware before the view runs."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed


class Machine:
    """Who acts in an API request: a token, standing for no member."""

    is_authenticated = True

    def __init__(self, token):
        self.token = token
        self.pk = token.pk


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer ci_…`."""

    def authenticate(self, request):
        if request.META.get("HTTP_AUTHORIZATION") is None:
            return None
        token = getattr(request._request, "api_token", None)
        if token is None:
            raise AuthenticationFailed(_("This token is not known, or was revoked."))
        return Machine(token), token

    def authenticate_header(self, request) -> str:
        return "Bearer"


class BearerTokenScheme(OpenApiAuthenticationExtension):
    """Tells drf-spectacular what BearerToken is."""

    target_class = "clinic_inbox.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema) -> dict:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made by a clinic's admin, `ci_…`.",
        }
