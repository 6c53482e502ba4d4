"""The wall is real only when the tests stand on the restricted side of it."""

import os
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_the_tests_run_as_a_role_that_can_bypass_nothing():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
            " (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid)"
            " FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("clinic_app", False, False, False, False, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "command", ["TRUNCATE django_session", "DROP TABLE django_session", "CREATE TABLE x (y int)"]
)
def test_the_role_cannot_change_tables(command):
    with (
        connection.cursor() as cursor,
        pytest.raises(psycopg.Error, match=r"denied|must be owner") as refused,
    ):
        cursor.connection.execute(command)

    assert refused.value.sqlstate == "42501"


def test_committed_rows_of_a_test_are_gone_in_the_next(superuser_connection):
    assert superuser_connection.execute("SELECT count(*) FROM django_session").fetchone() == (0,)

    superuser_connection.execute("INSERT INTO django_session VALUES ('left behind', '', now())")


test_and_in_the_one_after_it = test_committed_rows_of_a_test_are_gone_in_the_next


def test_each_test_process_has_a_database_and_a_valkey_of_its_own():
    name = urlsplit(os.environ["DATABASE_URL"]).path.lstrip("/")

    assert name == "test_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
    assert connection.settings_dict["NAME"] == name
    assert os.environ["REDIS_URL"] == settings.REDIS_URL
