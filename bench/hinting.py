"""Publishes changes as the product does: `python -m bench.hinting` reads what to publish and prints when it did.

Without a rate all are committed at once and hinted one right after the other. For the floor the same hints go straight
to Valkey.
"""

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
django.setup()

import redis  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402

from clinic_inbox.tenancy import clinic_scope  # noqa: E402
from inbox import realtime  # noqa: E402

FLOOR = "floor:hints"


def main(clinic: str, topics: list[str], rate: float, is_floor: bool) -> dict[str, float]:
    """The instant each topic was published, Unix time."""
    publish = _to_floor if is_floor else _to_product
    if not rate:
        return publish(clinic, topics)
    published, started = {}, time.time()
    for number, topic in enumerate(topics):
        due = started + number / rate
        time.sleep(max(0.0, due - time.time()))
        publish(clinic, [topic])
        published[topic] = due
    return published


def _to_product(clinic: str, topics: list[str]) -> dict[str, float]:
    with clinic_scope(clinic), transaction.atomic():
        for topic in topics:
            realtime.publish(topic)
        started = time.time()
    return dict.fromkeys(topics, started)


def _to_floor(clinic: str, topics: list[str]) -> dict[str, float]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    started = time.time()
    for seq, topic in enumerate(topics):
        client.publish(FLOOR, json.dumps({"clinic": clinic, "seq": seq, "topics": [topic]}))
    return dict.fromkeys(topics, started)


if __name__ == "__main__":
    print(json.dumps(main(**json.load(sys.stdin))))
