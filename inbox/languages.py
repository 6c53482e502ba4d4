"""Which of several languages a patient is answered in: theirs, else the clinic's, else any."""

from clinics.languages import OFFERED, choose, name_of, offered, plain, speaks

__all__ = ["OFFERED", "choose", "name_of", "named", "offered", "plain", "speaks"]


def named(bodies: dict[str, str], first: str) -> list[tuple[str, str, str]]:
    """(code, name, text) of each language of a text, the one of `first` before the others."""
    codes = sorted(bodies, key=lambda code: (not speaks(code, first), code))
    return [(code, name_of(code), bodies[code]) for code in codes]
