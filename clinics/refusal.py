"""When a clinic's own rules say no."""

from django.utils.translation import gettext as _


class Refused(Exception):
    """A rule forbids this. Its text is a sentence for the person who asked."""


def check_room(there: int, most: int) -> None:
    """Raises Refused when no more of something can be kept."""
    if there >= most:
        raise Refused(
            _("There are %(count)d already, and no more can be kept. Delete one first.") % {"count": there}
        )
