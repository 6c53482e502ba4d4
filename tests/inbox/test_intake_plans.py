from django.db import connection

from tests.inbox.payloads import messages_webhook, text_message

TABLES = "'inbox_conversation', 'inbox_message', 'contacts_identity', 'contacts_contact', 'integrations_webhookevent'"


def test_intake_reads_no_table_whole_even_while_all_are_small(channel, arrive, superuser_connection):
    arrive(messages_webhook(channel, *(text_message(wa_id=f"120255501{n:02}") for n in range(20))))
    superuser_connection.execute("VACUUM ANALYZE")  # Now the planner knows that reading all of them is cheap.
    before = _whole_reads(superuser_connection)

    for _ in range(8):  # Foreign keys keep their plan from the sixth time on.
        arrive(messages_webhook(channel, *(text_message(wa_id=f"120255501{n:02}") for n in range(20))))

    assert _whole_reads(superuser_connection) == before


def _whole_reads(superuser):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    rows = superuser.execute(
        f"SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN ({TABLES}) ORDER BY relname"
    )
    return dict(rows.fetchall())
