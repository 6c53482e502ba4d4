"""Statements over whole batches: rows go in as one text."""

import orjson
from django.db import connection

from clinic_inbox.tenancy import current_clinic_id


def as_json(rows: list[dict]) -> str:
    """Rows for json_to_recordset(): one text is cheaper to hand over than an array for each column."""
    return orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS).decode()


def ask(statement: str, **values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values | {"clinic": current_clinic_id()})
        return cursor.fetchall()
