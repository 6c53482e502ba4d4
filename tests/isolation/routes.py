"""Every route of the resolver, with its parameters: the matrix is made of these, so no page can be forgotten."""

from dataclasses import dataclass
from itertools import product
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    """One pattern: its path with named places, e.g. `conversations/<uuid:pk>/older/`, and their names."""

    template: str
    places: tuple[str, ...]

    def paths(self, ids: list[UUID]):
        """The route with every combination of these ids in its places."""
        for values in product(ids, repeat=len(self.places)):
            path = self.template
            for place, value in zip(self.places, values, strict=True):
                path = path.replace(place, str(value))
            yield "/" + path


def all_routes(patterns=None, prefix: str = "") -> list[Route]:
    found = []
    for pattern in patterns or get_resolver().url_patterns:
        template = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += all_routes(pattern.url_patterns, template)
        elif isinstance(pattern, URLPattern):
            places = tuple(f"<{part.partition('>')[0]}>" for part in template.split("<")[1:])
            found.append(Route(template, places))
    # What deletes comes last: others are about the same row.
    return sorted(dict.fromkeys(found), key=lambda route: route.template.endswith("/delete/"))


def with_ids() -> list[Route]:
    return [
        route for route in all_routes() if route.places and all("<uuid:" in place for place in route.places)
    ]


def without_ids() -> list[Route]:
    return [route for route in all_routes() if not route.places]


# Routes with something else in their path, and why they are not in the matrix of ids.
BY_SECRET = {
    "invitation/<uuid:clinic_id>/<str:token>/": "asks for 256 random bits; tests/clinics/test_invitations.py",
    "sign-up/<str:token>/": "asks for 256 random bits; tests/clinics/test_sign_up.py",
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "asks for a signed key of allauth",
    "accounts/2fa/passkeys/<int:pk>/remove/": "one's own only; tests/clinics/test_second_factor.py",
    "accounts/2fa/passkeys/<int:pk>/name/": "one's own only; tests/clinics/test_second_factor.py",
}
