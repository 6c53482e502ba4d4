"""Whatever a signed body holds: a quick typed answer, nothing lost, nobody beside it held up, and no word in a log."""

import asyncio
import importlib
import io
import json
import logging
import re
import time
from collections import Counter

import httpx2
import pytest

from clinic_inbox import logs
from clinic_inbox.tenancy import clinic_scope
from inbox.door import MAX_BODY, Door
from inbox.intake.drain import drain_batch
from inbox.models import Conversation, Message
from integrations.models import WebhookEvent
from integrations.whatsapp import parse, reading
from tests.factories import make_channel, make_clinic, make_member
from tests.faults import poison
from tests.inbox.api_client import Machine
from tests.inbox.payloads import change, person, sign, text_message, webhook
from tests.inbox.screens import HTMX, signed_in

drain_module = importlib.import_module("inbox.intake.drain")  # its package has a function of that name
SLOWEST = 10  # seconds for one body, on a busy machine
OLDER = re.compile(r'data-older="([^"]+)"')
SETTLED = {"done", "quarantined"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(transactional_db):
    with clinic_scope(make_clinic().pk):
        return make_channel()


@pytest.fixture
def written():
    """All that the product's log handler writes meanwhile."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    logging.getLogger().addHandler(handler)
    yield stream.getvalue
    logging.getLogger().removeHandler(handler)


def post_all(channel, bodies: list[bytes]) -> Counter:
    """Post each body through the door, signed; returns how often it gave which answer."""

    async def post(client, body):
        headers = {"x-hub-signature-256": sign(body)}
        path = f"/webhooks/whatsapp/{channel.hook_id}/"
        return (await client.post(path, content=body, headers=headers)).status_code

    async def post_each():
        door = Door()
        await door.open()
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=door), base_url="http://testserver"
        ) as client:
            answers = []
            for start in range(0, len(bodies), 40):
                answers += await asyncio.gather(*(post(client, body) for body in bodies[start : start + 40]))
        await door.close()
        return Counter(answers)

    return asyncio.run(post_each())


def settle(most_seconds: float) -> Counter:
    """Drain once, which must suffice; returns what became of the bodies."""
    started = time.monotonic()
    while drain_batch(0):
        pass
    assert time.monotonic() - started < most_seconds
    return Counter(WebhookEvent.objects.values_list("state", flat=True))


def complaints() -> list:
    return list(WebhookEvent.objects.exclude(state__in=SETTLED).values_list("id", "state", "error"))


def texts_of(channel) -> list[str]:
    with clinic_scope(channel.clinic_id):
        return list(Message.objects.values_list("text", flat=True))


def open_every_screen(channel) -> None:
    """The list, each thread back to its beginning, and the API's pages: every poisoned message is drawn once."""
    with clinic_scope(channel.clinic_id):
        browser = signed_in(make_member())
        threads = list(Conversation.objects.values_list("pk", flat=True))
    assert browser.get("/conversations/", headers=HTMX).status_code == 200
    machine = Machine(channel.clinic)
    for pk in threads:
        url = f"/conversations/{pk}/"
        while url:
            answer = browser.get(url, headers=HTMX)
            assert answer.status_code == 200, url
            older = OLDER.search(answer.content.decode())
            url = older and older[1].replace("&amp;", "&")
    for path in ("conversations/", "contacts/", *(f"conversations/{pk}/messages/" for pk in threads)):
        cursor = {"limit": 200}
        while cursor:
            page = machine.get(path, data=cursor)
            assert page.status_code == 200, path
            after = page.json()["next_cursor"]
            cursor = after and {"limit": 200, "cursor": after}


def take_damaged(channel, chance, count: int) -> dict[str, int]:
    """Post and drain so many damaged payloads; returns how many were posted, not taken, not settled, and lost."""
    recipes = list(poison.damaged(channel))
    chosen = chance.sample(recipes, count)
    made = [poison.body_of(recipe, channel, number) for number, (_, recipe) in enumerate(chosen)]
    answers = post_all(channel, [body for body, _ in made])
    became = settle(SLOWEST + count / 10)
    with clinic_scope(channel.clinic_id):
        kept = set(Message.objects.filter(text="sound").values_list("external_id", flat=True))
    lost = {wamid for _, wamid in made if wamid} - kept
    counts = {
        "not taken": count - answers[200],
        "not settled": len(complaints()),
        "sound ones lost": len(lost),
    }
    print(f"{count} of {len(recipes)} damaged payloads: became {dict(became)}, {counts}")
    return counts


def test_a_payload_damaged_anywhere_is_taken_and_holds_up_nothing_beside_it(
    channel, chance, is_long, written
):
    counts = take_damaged(channel, chance, 4000 if is_long else 300)

    assert counts == {"not taken": 0, "not settled": 0, "sound ones lost": 0}
    assert poison.CANARY not in written()
    open_every_screen(channel)


def read_without_mercy(name, item, change, read):
    return read(item, change)


def apply_together(clinic_id, told, outcome):
    if problem := drain_module._try(clinic_id, told, outcome):
        outcome.failed.update({each.webhook_id: repr(problem) for each in told})


TEETH = {
    "letters are cleaned": [(reading, "clean", lambda value, *_: value)],
    "items are read one by one": [(parse, "_read", read_without_mercy)],
    "letters are cleaned, webhooks are applied one by one": [
        (reading, "clean", lambda value, *_: value),
        (drain_module, "_apply_surely", apply_together),
    ],
}


@pytest.mark.parametrize("defences", TEETH)
def test_the_run_fails_without_its_defences(long_run, channel, chance, monkeypatch, defences):
    for module, name, stand_in in TEETH[defences]:
        monkeypatch.setattr(module, name, stand_in)

    counts = take_damaged(channel, chance, 300)

    assert counts["sound ones lost"] > 0


def test_odd_words_names_times_and_ids_are_kept_and_drawn(channel, chance, written):
    odd = list(poison.odd_messages(chance))
    bodies = [webhook(channel, contacts=[named(message)], messages=[message]) for message in odd]

    assert post_all(channel, bodies) == {200: len(odd)}
    became = settle(60)

    assert complaints() == []
    assert became == {"done": len(odd)}
    assert poison.CANARY not in written()
    open_every_screen(channel)


def named(message: dict) -> dict:
    """The sender, whose name is the message's own poison."""
    words = message.get("text") or message.get("location") or {}
    name = words.get("body") or words.get("name") or "Nora Example"
    return person(message["from"] if type(message["from"]) is str else "12025550101", name)


def test_bodies_that_are_odd_altogether_get_a_typed_answer_and_are_kept(channel, written):
    bodies = poison.odd_bodies(channel)

    for name, body in bodies.items():
        started = time.monotonic()
        assert post_all(channel, [body]) == {200: 1}, name
        settle(SLOWEST)
        assert time.monotonic() - started < SLOWEST, name

    assert complaints() == []
    assert WebhookEvent.objects.count() == len(bodies)
    assert texts_of(channel) == []
    assert poison.CANARY not in written()


def test_what_is_sound_inside_an_odd_body_is_kept(channel, written):
    for name, (body, count) in poison.kept_bodies(channel).items():
        before = len(texts_of(channel))
        assert post_all(channel, [body]) == {200: 1}, name
        settle(30)
        if count is None:
            assert WebhookEvent.objects.latest("id").state == "quarantined", name
        else:
            assert len(texts_of(channel)) - before == count, name

    assert complaints() == []
    assert poison.CANARY not in written()


def test_ten_megabytes_are_refused_and_keep_nobody_waiting(channel):
    endless = webhook(channel, contacts=[person()], messages=[text_message("x" * 10 * 1024 * 1024)])
    sound = webhook(channel, contacts=[person()], messages=[text_message("sound")])
    largest = sound + b" " * (MAX_BODY - len(sound))

    assert post_all(channel, [endless, sound, largest + b" ", largest]) == {413: 2, 200: 2}
    assert settle(SLOWEST) == {"done": 2}

    assert texts_of(channel) == ["sound"]


def test_two_clinics_in_one_poisoned_body_each_get_their_own(channel):
    with clinic_scope(make_clinic("Other").pk):
        other = make_channel(channel.hook)
    parts = [
        change(place, contacts=[person()], messages=[text_message(text), {"id": None, "text": text}])
        for place, text in ((channel, "ours"), (other, "theirs"))
    ]
    body = json.loads(webhook(channel, parts[0]))
    body["entry"].append({"id": other.business_id, "changes": [parts[1]]})

    assert post_all(channel, [json.dumps(body).encode()]) == {200: 1}
    assert settle(SLOWEST) == {"done": 1}

    assert (texts_of(channel), texts_of(other)) == (["ours"], ["theirs"])
