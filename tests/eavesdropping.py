"""Listens to everything that is logged while tests run: a patient's words of the test data must not be among it."""

import logging
import re

from clinic_inbox import logs

# What factories and payloads let patients be called and say, and the canaries of the tests about logs.
WORDS = re.compile(r"Nora Example|Can I move my visit|1202555\d{4}|canary-of-a-patient|canary7f3a")


class Eavesdropper(logging.Handler):
    """Keeps the lines, as the product would write them, that hold such a word."""

    def __init__(self):
        super().__init__()
        self.setFormatter(logs.formatter())
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            return self.handleError(record)
        if WORDS.search(line):
            self.heard.append(line)

    def take(self) -> list[str]:
        """What was heard until now, which is forgotten."""
        heard, self.heard = self.heard, []
        return heard
