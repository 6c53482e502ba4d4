"""Each list of the API has its index: with many rows nothing is sorted or read through."""

import pytest
from django.db import connection

from contacts.models import Contact
from inbox.models import Conversation


@pytest.fixture
def plan_of(clinic):
    """How Postgres would run a query if tables were too large to be read through."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
        )
    return lambda rows: rows.explain()


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda: Contact.objects.order_by("-created_at", "-pk"), "contacts_newest"),
        (lambda: Conversation.objects.order_by("-last_message_at", "-pk"), "list_of_all"),
    ],
    ids=["contacts", "conversations"],
)
def test_a_list_is_read_from_its_index(plan_of, rows, index):
    plan = plan_of(rows()[:50])

    assert index in plan
    assert "Sort" not in plan


def test_a_number_is_found_by_an_index(clinic):
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'contacts_identity'")
        definitions = [definition for (definition,) in cursor.fetchall()]

    assert any(definition.endswith("btree (clinic_id, wa_id)") for definition in definitions)
