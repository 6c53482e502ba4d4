"""What the product asks Postgres for a screen, beside the best statement a person wrote for the same rows.

`python -m bench.statements` reads what to compare and prints what each took, in a process of its own: the product's
statements as the application's role behind its wall, the floors as one who sees everything.
"""

import json
import os
import statistics
import sys
import time
from dataclasses import asdict
from functools import partial

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
django.setup()

from django.db import connection  # noqa: E402

from bench.statements_told import Question, Taken  # noqa: E402
from clinic_inbox.tenancy import clinic_scope  # noqa: E402
from clinics.models import Member  # noqa: E402
from inbox import listed, queries  # noqa: E402
from inbox.listing import Listing  # noqa: E402
from inbox.models import Conversation  # noqa: E402
from inbox.search import find_conversations  # noqa: E402


def page(member: Member, after: str):
    return listed.page(member, Listing(), after)


def counts(member: Member, _):
    return listed.counts(member, {"all": Listing()})  # as a list counts itself with every hint


def thread(member: Member, conversation: str):
    return queries.thread_page(Conversation(pk=conversation, clinic_id=member.clinic_id))


def search(member: Member, words: str):
    return find_conversations(member, words)


ASKING = {each.__name__: each for each in (page, counts, thread, search)}


def compare(question: Question, superuser: psycopg.Connection) -> Taken:
    """Ours and the floors in turn, so that both see the same machine."""
    with clinic_scope(question.clinic):
        member = Member.objects.get(pk=question.member)
        asked = _asked(lambda: ASKING[question.asks](member, question.argument))
        floors = [partial(_ask_floor, superuser, text, question.values) for text in question.floors]
        ours, others = [], [[] for _ in floors]
        for _ in range(question.times):
            ours.append(_time(lambda: _ask_again(asked)))
            for taken, floor in zip(others, floors, strict=True):
                taken.append(_time(floor))
        medians = [statistics.median(each) for each in others]
        at = medians.index(min(medians)) if medians else None
        ratios = [] if at is None else [mine / other for mine, other in zip(ours, others[at], strict=True)]
        blocks = sum(_blocks(connection.cursor(), text, values) for text, values in asked)
        floor_blocks = 0 if at is None else _blocks(superuser, question.floors[at], question.values)
    floor = medians[at] if medians else 0.0
    return Taken(statistics.median(ours), floor, ratios, blocks, floor_blocks, len(asked))


def _asked(ask) -> list[tuple[str, tuple]]:
    """The statements that asking runs."""
    found = []

    def keep(execute, text, values, many, context):
        found.append((text, values))
        return execute(text, values, many, context)

    with connection.execute_wrapper(keep):
        ask()
    return found


def _ask_again(asked: list[tuple[str, tuple]]) -> None:
    with connection.cursor() as cursor:
        for text, values in asked:
            cursor.execute(text, values)
            cursor.fetchall()


def _ask_floor(superuser: psycopg.Connection, text: str, values: dict) -> None:
    superuser.execute(text, values).fetchall()


def _time(ask) -> float:
    started = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - started)


def _blocks(cursor, text: str, values) -> int:
    answer = cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", values)
    found = (answer if isinstance(answer, psycopg.Cursor) else cursor).fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def main(superuser_url: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        superuser.prepare_threshold = None
        questions = [Question(**each) for each in json.load(sys.stdin)]
        print(json.dumps([asdict(compare(each, superuser)) for each in questions]))


if __name__ == "__main__":
    main(sys.argv[1])
