import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_earlier_tries(db):
    """Sign-ins are counted in Valkey; another test's must not count here."""
    cache.clear()
