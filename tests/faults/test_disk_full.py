"""No room on Postgres' disk, for a file or for the log: what was acknowledged stays, and all goes on later."""

import time
from pathlib import Path

import httpx2
import pytest
from django.db.models import Count

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Attachment
from integrations.models import WebhookEvent
from tests.factories import make_conversation, make_message
from tests.faults import checker, forks, small_disk, workload
from tests.faults.meta import Meta
from tests.faults.supervisor import Nemesis
from tests.inbox.files import jpeg
from tests.inbox.graph_files import GraphFiles
from tests.inbox.payloads import sign

RECOVERY_SECONDS = 60

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_full_disk_of_postgres_loses_nothing_acknowledged_and_is_recovered_from(
    own_supervisor, servers, chance, is_long
):
    try:
        servers.spawner.submit(small_disk.move_to_small_disk, servers.postgres).result()
    except OSError as error:
        pytest.skip(f"no disk of its own for Postgres: {error}")
    channel = workload.a_channel()
    for name in ("live", "ingest", "beat"):
        own_supervisor.start(name)
    own_supervisor.wait_for(f"{own_supervisor.address}/webhooks/")
    meta = Meta(channel, own_supervisor.address, chance)
    messages = workload.messages(3000 if is_long else 300)
    meta.plan(messages, most_copies=2)

    def fill_disk():
        small_disk.fill(servers.postgres)
        time.sleep(15 if is_long else 3)
        small_disk.free(servers.postgres)

    with Nemesis([fill_disk], chance, pause=(0.2, 0.5), most=4 if is_long else 1) as nemesis:
        meta.deliver(300)
        nemesis.join(90)
    seconds = workload.wait_until_drained(RECOVERY_SECONDS)

    with servers.superuser() as superuser:
        wrong = checker.inbound(superuser, meta.acknowledged, [message["id"] for message in messages])
    wrong["unsent"] = len(messages) - len(meta.acknowledged)
    told = {"filled": len(nemesis.done), "answers": meta.answers, "recovery": round(seconds, 1)}
    checker.say("disk of Postgres full", wrong, messages=len(messages), **told)
    assert not any(wrong.values())
    assert meta.answers[503] > 0


def test_a_file_for_which_there_is_no_room_is_fetched_later():
    graph = GraphFiles(jpeg(), "image/jpeg")
    channel = workload.a_channel(api_url=graph.url)
    with clinic_scope(channel.clinic_id):
        message = make_message(make_conversation(channel=channel), kind="image")
        attachment = Attachment.objects.create(
            message=message, channel=channel, kind="image", external_id="1"
        )

    assert forks.run("fetch_without_room", channel.clinic_id, attachment.pk) == 0
    with clinic_scope(channel.clinic_id):
        attachment.refresh_from_db()
        assert (attachment.state, attachment.attempts) == ("waiting", 1)
        Attachment.objects.update(due_at="2000-01-01T00:00:00Z")
    assert forks.run("fetch", "", channel.clinic_id, attachment.pk) == 0
    graph.close()

    with clinic_scope(channel.clinic_id):
        attachment.refresh_from_db()
    assert attachment.state == "stored"


@pytest.mark.faults
def test_a_log_that_cannot_be_written_stops_nothing(supervisor, chance):
    channel = workload.a_channel()
    for name in ("live", "ingest"):
        supervisor.start(name, log=Path("/dev/full"))
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    meta = Meta(channel, supervisor.address, chance)

    # The first is logged by the door, which refuses it, the second by the worker, which cannot read it.
    assert (
        httpx2.post(meta.urls[0], content=b"{}", headers={"x-hub-signature-256": "sha256=0"}).status_code
        == 403
    )
    body = b"no JSON"
    assert (
        httpx2.post(meta.urls[0], content=body, headers={"x-hub-signature-256": sign(body)}).status_code
        == 200
    )
    assert meta.post(workload.messages(3))

    workload.wait_until_drained(60)
    assert dict(WebhookEvent.objects.values_list("state").annotate(Count("pk"))) == {
        "done": 1,
        "quarantined": 1,
    }
