"""When a clinic's own rules say no."""


class Refused(Exception):
    """A rule forbids this. Its text is a sentence for the person who asked."""
