"""One clinic at a time: the only place tenant isolation is expressed.

Postgres enforces it (row-level security); ClinicManager makes forgetting loud.
"""

import os
import time
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from django.db import connection, migrations, models, transaction

_clinic_id: ContextVar[UUID | None] = ContextVar("clinic_id", default=None)
_user_id: ContextVar[int | None] = ContextVar("user_id", default=None)


class NoClinicScope(Exception):
    """A clinic's rows were asked for outside clinic_scope()."""


def uuid7() -> UUID:
    """A UUID that sorts by the millisecond it was made in (RFC 9562, version 7)."""
    random = int.from_bytes(os.urandom(10))
    value = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62
    return UUID(int=value | random & ((1 << 62) - 1))


def uuid7_of(moment: datetime) -> UUID:
    """The least UUID that uuid7() can give from this moment on: a bound for ranges of ids."""
    return UUID(int=int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62)


@contextmanager
def clinic_scope(clinic_id: UUID):
    """Run the block in one transaction that can see one clinic's rows only."""
    outer = _clinic_id.get()
    if outer not in (None, clinic_id):
        raise NoClinicScope(f"already inside clinic {outer}, asked for {clinic_id}")
    with _known_to_postgres("app.clinic_id", _clinic_id, clinic_id):
        yield


@contextmanager
def person_scope(user_id: int):
    """Run the block in one transaction that can see one person's own memberships, in any clinic."""
    with _known_to_postgres("app.user_id", _user_id, user_id):
        yield


@contextmanager
def _known_to_postgres(setting: str, variable: ContextVar, value):
    outer = variable.get()
    ends_with_the_block = not connection.in_atomic_block
    with transaction.atomic():
        _tell_postgres(setting, value)
        token = variable.set(value)
        try:
            yield
        finally:
            variable.reset(token)
        if not ends_with_the_block:  # The end of the transaction makes Postgres forget by itself.
            _tell_postgres(setting, outer)


def current_clinic_id() -> UUID:
    """The active clinic. Raises NoClinicScope outside clinic_scope()."""
    if (clinic_id := _clinic_id.get()) is None:
        raise NoClinicScope("no clinic is active")
    return clinic_id


def current_user_id() -> int:
    """The person of person_scope(). Raises NoClinicScope outside it."""
    if (user_id := _user_id.get()) is None:
        raise NoClinicScope("no person is active")
    return user_id


def _tell_postgres(setting: str, value) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [setting, str(value or "")])


class ClinicManager(models.Manager):
    """Rows of the active clinic; raises when there is none."""

    def get_queryset(self):
        return super().get_queryset().filter(clinic_id=current_clinic_id())


class OwnMembershipsManager(models.Manager):
    """The memberships of the person of person_scope(); raises when there is none."""

    def get_queryset(self):
        return super().get_queryset().filter(user_id=current_user_id())


class ClinicModel(models.Model):
    """Base of every table that belongs to a clinic. New rows take the active clinic."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(
        "clinics.Clinic",
        models.PROTECT,
        default=current_clinic_id,
        editable=False,
        related_name="+",
        db_index=False,
    )

    objects = ClinicManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"  # related rows pass the same wall

    def __repr__(self):
        return f"<{type(self).__name__} {self.pk}>"  # Django's own would tell a patient's name


class ClinicKey(models.ForeignKey):
    """A reference inside a clinic. isolate() adds its composite constraint, which Django's own cannot express."""

    def __init__(self, to, on_delete, **options):
        options["db_constraint"] = False
        super().__init__(to, on_delete, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        options.pop("db_constraint", None)
        return name, path, args, options


def isolate(table: str, **edges: str) -> migrations.RunSQL:
    """Migration operation: Postgres hides other clinics' rows of this table, even from its owner.

    `edges` name the columns that point at another clinic table: `contact_id="contacts_contact"`. Each gets a
    composite key, because plain foreign keys look past row-level security.
    """
    own = "clinic_id = (SELECT nullif(current_setting('app.clinic_id', true), '')::uuid)"
    keys = "".join(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_own_clinic"
        f" FOREIGN KEY (clinic_id, {column}) REFERENCES {target} (clinic_id, id);"
        for column, target in edges.items()
    )
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ADD CONSTRAINT {table}_clinic_key UNIQUE (clinic_id, id);
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY own_clinic ON {table} USING ({own}) WITH CHECK ({own});
        {keys}
        """,
        f"DROP POLICY own_clinic ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


def append_only(table: str) -> migrations.RunSQL:
    """Migration operation: whoever was granted the table, bar its owner, keeps INSERT and SELECT.

    The comment tells clinic_inbox/local/roles.py, which grants rights on all tables each time it runs.
    """
    return migrations.RunSQL(
        f"""
        COMMENT ON TABLE {table} IS 'append-only';
        DO $$ DECLARE grantee text; BEGIN
            FOR grantee IN SELECT DISTINCT g.grantee FROM information_schema.role_table_grants g
                WHERE g.table_name = '{table}' AND g.grantee <> current_user
            LOOP EXECUTE format('REVOKE UPDATE, DELETE ON {table} FROM %I', grantee); END LOOP;
        END $$;
        """,  # noqa: S608  table names of migrations
        f"COMMENT ON TABLE {table} IS NULL",
    )
