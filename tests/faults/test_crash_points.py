"""The way in, with its process dying at each step: nothing is lost, nothing has a second effect."""

import re
import threading
import time
from pathlib import Path

import pytest

from clinic_inbox import failpoints
from clinic_inbox.local.folder import HOME
from clinic_inbox.tenancy import clinic_scope
from inbox.models import Attachment
from tests.factories import make_channel, make_clinic
from tests.faults import checker, forks, workload
from tests.faults.meta import Meta
from tests.inbox.files import jpeg
from tests.inbox.graph_files import GraphFiles
from tests.inbox.payloads import text_message

DOOR = [name for name in failpoints.INBOUND if name.startswith("door-")]
WORKER = [name for name in failpoints.INBOUND if name.startswith("drain-")] + ["hint"]
FILE = ["media-chunk"]
QUICK = (0, 0.02)  # seconds between two posts
# Held by the database between the door's INSERT and its COMMIT.
SLOW_COMMIT = """
CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(1); RETURN NULL; END$$;
CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON integrations_webhookevent DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION slow_commit();
"""
QUICK_COMMIT = "DROP TRIGGER slow_commit ON integrations_webhookevent; DROP FUNCTION slow_commit"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rounds(is_long, chance):
    """The seeds of a run: one, or twenty."""
    return [chance.randrange(10**6) for _ in range(20 if is_long else 1)]


class Round:
    """One round's updates, on a channel of its own."""

    def __init__(self, address: str, chance, number: int = 0, copies: int = 3):
        self.channel = workload.a_channel()
        self.messages = workload.messages(20, first=1000 * number)
        self.meta = Meta(self.channel, address, chance, breath=QUICK)
        statuses = workload.statuses(self.channel, 3) if number == 0 else []
        self.meta.plan(self.messages + statuses, most_copies=copies, most_in_a_post=8)
        self.sent = [message["id"] for message in self.messages]


def finish(superuser, run: str, rounds: list[Round], **told) -> dict[str, int]:
    """Let everything be read, check it, say the counts."""
    assert forks.run("drain", "") == 0
    acknowledged = set().union(*(each.meta.acknowledged for each in rounds))
    wrong = checker.inbound(superuser, acknowledged, [key for each in rounds for key in each.sent])
    wrong["unsent"] = sum(len(set(each.sent) - set(each.meta.acknowledged)) for each in rounds)
    checker.say(run, wrong, rounds=len(rounds), acknowledged=len(acknowledged), **told)
    return wrong


def deliver_while_live_dies(live: forks.Live, meta: Meta) -> list[int]:
    """Post everything, starting `live` again when it has died; returns its exit codes."""
    codes, is_over = [], threading.Event()

    def revive():
        while not is_over.wait(0.05):
            code = live.revive()
            if code is not None:
                codes.append(code)

    reviver = threading.Thread(target=revive)
    reviver.start()
    try:
        meta.deliver(60)
        deadline = time.monotonic() + 20
        while not codes and time.monotonic() < deadline:  # it may die after it answered the last
            time.sleep(0.05)
    finally:
        is_over.set()
        reviver.join()
    return codes


@pytest.mark.parametrize("point", DOOR)
def test_dying_at_the_door_loses_and_doubles_nothing(point, rounds, chance, superuser_connection):
    done = []
    with forks.living() as live:
        for number, seed in enumerate(rounds):
            chance.seed(seed)
            live.start(f"{point}=exit@{chance.randint(1, 2)}")
            done.append(Round(live.address, chance, number))
            codes = deliver_while_live_dies(live, done[-1].meta)
            assert codes == [failpoints.KILLED]

    wrong = finish(superuser_connection, f"dies at {point}", done)

    assert not any(wrong.values())


@pytest.mark.parametrize("point", WORKER)
def test_a_worker_that_dies_loses_and_doubles_nothing(point, rounds, chance, superuser_connection):
    done = []
    with forks.living() as live:
        for number, seed in enumerate(rounds):
            chance.seed(seed)
            # One of them may be read before the other, and the worker dies between two clinics.
            done += [Round(live.address, chance, 2 * number), Round(live.address, chance, 2 * number + 1)]
            for each in done[-2:]:
                each.meta.deliver(60)
            assert forks.run("drain", f"{point}=exit") == failpoints.KILLED

    wrong = finish(superuser_connection, f"dies at {point}", done)

    assert not any(wrong.values())


def test_dying_between_insert_and_commit_loses_and_doubles_nothing(chance, superuser_connection):
    superuser_connection.execute(SLOW_COMMIT)
    try:
        with forks.living() as live:
            done = Round(live.address, chance)
            posting = threading.Thread(target=done.meta.deliver, args=(60,))
            posting.start()
            wait_until_held(superuser_connection)
            live.process.kill()
            live.process.join()
            superuser_connection.execute(QUICK_COMMIT)
            live.start()
            posting.join()
    finally:
        superuser_connection.execute(re.sub("DROP (TRIGGER|FUNCTION)", r"DROP \1 IF EXISTS", QUICK_COMMIT))

    wrong = finish(superuser_connection, "dies between insert and commit", [done])

    assert not any(wrong.values())


def wait_until_held(superuser) -> None:
    deadline = time.monotonic() + 30
    while not superuser.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").fetchone():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("point", FILE)
def test_dying_while_a_file_is_fetched_leaves_it_to_be_fetched_once(point, chance, superuser_connection):
    graph = GraphFiles(jpeg(), "image/jpeg")
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        channel = make_channel(api_url=graph.url)
    photo = text_message() | {"type": "image", "image": {"id": "1", "mime_type": "image/jpeg"}}
    with forks.living() as live:
        assert Meta(channel, live.address, chance).post([photo])
    assert forks.run("drain", "") == 0
    with clinic_scope(clinic.pk):
        attachment = Attachment.objects.get()

    assert forks.run("fetch", f"{point}=exit", clinic.pk, attachment.pk) == failpoints.KILLED
    with clinic_scope(clinic.pk):
        attachment.refresh_from_db()
        assert attachment.state == "waiting"
        Attachment.objects.update(due_at="2000-01-01T00:00:00Z")
    assert forks.run("fetch", "", clinic.pk, attachment.pk) == 0
    graph.close()

    with clinic_scope(clinic.pk):
        attachment.refresh_from_db()
    assert (attachment.state, attachment.attempts) == ("stored", 2)
    assert checker.doubled(superuser_connection) == 0


def test_without_the_unique_index_a_dying_worker_is_seen_to_double(chance, superuser_connection):
    with workload.without_unique_messages(superuser_connection), forks.living() as live:
        done = Round(live.address, chance)
        done.meta.deliver(60)

        wrong = finish(superuser_connection, "teeth: no unique index", [done])

    assert wrong["doubled"] > 0


def test_a_200_before_the_commit_is_seen_to_lose(chance, superuser_connection):
    done = []
    with forks.living(is_hasty=True) as live:
        for number in range(4):  # in one of them alone, it may die before an answer has left
            live.start("door-append=exit")
            done.append(Round(live.address, chance, number, copies=1))
            deliver_while_live_dies(live, done[-1].meta)

        wrong = finish(superuser_connection, "teeth: 200 before the commit", done)

    assert wrong["lost"] > 0


def placed() -> list[str]:
    """The failpoints in the product's code."""
    apps = ("clinic_inbox", "clinics", "integrations", "contacts", "inbox")
    files = [file for app in apps for file in Path(HOME, app).rglob("*.py")]
    return sorted(
        name for file in files for name in re.findall(r'\bfailpoint\("([^"]+)"\)', file.read_text())
    )


def test_every_failpoint_stands_at_one_place_and_is_listed():
    assert placed() == sorted(failpoints.NAMES)


def test_every_failpoint_of_the_way_in_is_died_at():
    assert sorted(DOOR + WORKER + FILE) == sorted(failpoints.INBOUND)
