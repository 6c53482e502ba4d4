"""What every page knows: where one works, and where else one could."""

from django.conf import settings


def workplace(request) -> dict:
    """`member` and `clinic` of the request, both None for a signed-out visitor; `memberships` for the switcher.

    `setting_up_for` is who they would be, when the clinic first wants a second step at sign-in from them.
    """
    member = getattr(request, "member", None)
    memberships = getattr(request, "memberships", [])
    return {
        "member": member,
        "clinic": member and member.clinic,
        "memberships": memberships,
        "setting_up_for": getattr(request, "setting_up_for", None),
        "sign_up_is_open": settings.SIGN_UP == "open",
    }
