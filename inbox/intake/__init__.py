"""A message comes in: from waiting webhooks to contacts, conversations, messages and hints. Exactly once."""

from .drain import drain, shards_waiting

__all__ = ["drain", "shards_waiting"]
