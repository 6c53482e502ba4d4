"""Fixtures of several modules here."""

from tests.integrations.signing_up import desk, dialog  # noqa: F401
