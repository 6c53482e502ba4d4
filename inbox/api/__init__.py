"""The REST API: the same operations that the screens call, for a clinic's own systems."""
