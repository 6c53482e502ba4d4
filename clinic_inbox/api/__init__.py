"""What the REST API of every app stands on: tokens, the clinic's scope, limits, errors."""
