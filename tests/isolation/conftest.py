"""Two clinics, and the two walls between them, each of which can be taken away."""

import psycopg
import pytest
from django.db import connection, models
from psycopg.sql import SQL, Identifier

from clinic_inbox.local import throwaway
from clinic_inbox.tenancy import ClinicManager
from tests.isolation.world import World


@pytest.fixture
def ours():
    return World("Alpha")


@pytest.fixture
def theirs():
    return World("Zephyra")


@pytest.fixture
def no_manager(monkeypatch):
    """The ORM's wall is gone: managers return whatever Postgres lets through."""
    monkeypatch.setattr(ClinicManager, "get_queryset", models.Manager.get_queryset)


@pytest.fixture
def no_row_security(transactional_db):
    """Postgres' wall is gone: only the managers filter. Put up again afterwards."""
    connection.close()
    with psycopg.connect(throwaway.superuser_url(), autocommit=True) as superuser:
        rows = superuser.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
        ).fetchall()
        for (table,) in rows:
            superuser.execute(SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(Identifier(table)))
        yield
        connection.close()
        for (table,) in rows:
            superuser.execute(SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(Identifier(table)))


@pytest.fixture
def no_walls(no_manager, no_row_security):
    """Nothing keeps the clinics apart."""


@pytest.fixture(params=["both walls", "no manager", "no row security"])
def walls(request):
    if request.param != "both walls":
        request.getfixturevalue(request.param.replace(" ", "_"))
    return request.param
