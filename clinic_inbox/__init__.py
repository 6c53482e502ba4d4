"""Wiring and tenancy; no business rules."""
