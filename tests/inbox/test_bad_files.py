"""The bad files on every way in: what is kept, what is shown, how it is served, and what a worker needed for it."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from clinic_inbox.local.folder import HOME
from clinic_inbox.tenancy import clinic_scope
from inbox import media
from inbox.models import Attachment
from tests.factories import make_channel, make_clinic, make_conversation, make_member, make_message
from tests.integrations.servers import raw, reply, serving

from .api_client import Machine
from .bad_files import MB, NAMES, corpus, film, png
from .files import PDF
from .graph_files import GraphFiles
from .payloads import messages_webhook, text_message

CORPUS = corpus()
INLINE = {"image/jpeg", "image/png", "image/gif", "image/webp", "audio/ogg", "video/mp4"}
MOST_MEMORY = 512 * MB
MOST_SECONDS = 30


@pytest.fixture
def place(db, tmp_path, settings):
    """A clinic with a patient's thread, and a member at a browser."""
    settings.MEDIA_ROOT, settings.INCOMING = tmp_path / "media", tmp_path / "incoming"
    return make_place()


def make_place():
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        conversation = make_conversation(channel=make_channel(api_url="http://127.0.0.1:1"))
        member = make_member()
    browser = Client()
    browser.force_login(member.user, "allauth.account.auth_backends.AuthenticationBackend")
    return SimpleNamespace(clinic=clinic, conversation=conversation, browser=browser)


def receive(place, url: str, bad, **fields) -> Attachment:
    """The file as a patient's message on a channel of that provider, waiting to be fetched."""
    with clinic_scope(place.clinic.pk):
        channel = place.conversation.channel
        channel.api_url = url
        channel.save()
        message = make_message(place.conversation, "", kind=bad.kind)
        values = {"kind": bad.kind, "external_id": "1", "declared_type": bad.declared} | fields
        return Attachment.objects.create(message=message, channel=channel, **values)


def fetch(place, url: str, bad, **fields) -> Attachment:
    attachment = receive(place, url, bad, **fields)
    media.fetch(place.clinic.pk, attachment.pk)
    with clinic_scope(place.clinic.pk):
        attachment.refresh_from_db()
    return attachment


def thread(place) -> str:
    return place.browser.get(f"/conversations/{place.conversation.pk}/").content.decode()


def check_served(place, attachment, bad, type_: str):
    """The file comes back as that type, harmless whatever it is."""
    answer = place.browser.get(f"/media/{attachment.pk}/")
    body, headers = answer.getvalue(), answer.headers
    assert (answer.status_code, headers["Content-Type"]) == (200, type_)
    shown = "inline" if type_ in INLINE else "attachment"
    assert headers["Content-Disposition"].split(";")[0] == shown
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "private, no-store"
    assert not (bad.gone and bad.gone in body)
    if type_.startswith("image/"):
        small = place.browser.get(f"/media/{attachment.pk}/thumbnail/")
        small_body = small.getvalue()
        assert small.headers["Content-Type"] == "image/webp"
        assert not (bad.gone and bad.gone in small_body)
        assert not [mark for mark in (b"EXIF", b"Exif", b"ICCP") if mark in body + small_body]
    else:
        assert body == bad.body


@pytest.mark.parametrize("name", CORPUS)
def test_a_bad_file_of_a_patient_is_served_harmlessly_or_held_back_in_words(place, name):
    bad = CORPUS[name]
    graph = GraphFiles(bad.body, bad.declared)
    try:
        attachment = fetch(place, graph.url, bad)
    finally:
        graph.close()

    assert (attachment.state, attachment.problem) == (bad.state, bad.problem)
    page = thread(place)
    if bad.served:
        assert f"/media/{attachment.pk}/" in page
        check_served(place, attachment, bad, bad.served)
    else:
        assert "held back: not a safe file." in page
        assert bad.problem in page
        assert place.browser.get(f"/media/{attachment.pk}/").status_code == 404
        assert not [each for _, _, files in os.walk(default_storage.location) for each in files]


def test_a_bad_file_that_is_uploaded_is_refused_in_words_or_kept_harmlessly(place):
    """By a member for the composer and by a machine: the same answer."""
    machine, refused = Machine(place.clinic), []
    for name, bad in CORPUS.items():
        for by in ("member", "machine"):
            file = SimpleUploadedFile("x", bad.body, bad.declared or "application/octet-stream")
            if by == "member":
                path = f"/conversations/{place.conversation.pk}/attachments/"
                answer = place.browser.post(path, {"file": file})
            else:
                answer = machine.upload(channel=str(place.conversation.channel_id), file=file)
            told = answer.json()
            assert answer.status_code in ((201,) if bad.uploaded else (400, 422)), (name, by, told)
            if bad.uploaded and by == "member":
                check_served(place, SimpleNamespace(pk=told["id"]), bad, bad.uploaded)
            elif not bad.uploaded:
                refused.append(told.get("sentence") or told["detail"])

    assert all(refused)


@pytest.mark.parametrize(
    ("answer", "state", "problem"),
    [
        (reply(404), "failed", media.GONE),
        (reply(410), "failed", media.GONE),
        (reply(302, Location="http://127.0.0.1:1/"), "rejected", media.NOT_THEIRS),
        (reply(500), "waiting", ""),
        (raw(b"HTTP/1.1 200 X\r\n\r\nhalf"), "rejected", media.NOT_AS_SAID),
        (raw(f"HTTP/1.1 200 X\r\nContent-Length: {100 * MB + 1}\r\n\r\n".encode()), "rejected", media.TOO_LARGE),
        (lambda request, connection: endless(connection), "rejected", media.TOO_LARGE),
        (lambda request, connection: drip(connection), "waiting", ""),
        (raw(b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b"), "waiting", ""),
    ],
    ids=["404", "410", "302", "500", "other bytes", "100 MB and one", "endless", "slow", "packed"],
)  # fmt: skip
def test_a_bad_address_of_a_file_ends_in_words_or_is_tried_later(place, monkeypatch, answer, state, problem):
    if problem != media.TOO_LARGE:
        monkeypatch.setattr("integrations.whatsapp.media.SECONDS", 0.5)
    bad = SimpleNamespace(kind="document", declared="application/pdf")
    with serving(lambda request, connection: look_up_or(answer, request, connection)) as server:
        attachment = fetch(place, server.url, bad)

    assert (attachment.state, attachment.problem) == (state, problem)
    words = {
        "failed": "Ask the patient to send it again.",
        "rejected": problem,
        "waiting": "is being fetched",
    }
    assert words[state] in thread(place)


def look_up_or(answer, request, connection):
    if request.path.startswith("/v26.0/"):
        media_id = request.path.partition("?")[0].rpartition("/")[2]
        return reply(200, {"url": f"http://{request.headers['Host']}/{media_id}"})(request, connection)
    return answer(request, connection)


def endless(connection):
    connection.sendall(b"HTTP/1.1 200 X\r\n\r\n%PDF-1.7\n")
    while True:
        connection.sendall(b"\0" * MB)


def drip(connection):
    connection.sendall(b"HTTP/1.1 200 X\r\n\r\n")
    while True:
        connection.sendall(b"%")


def test_a_files_name_is_a_name_and_nothing_else(channel, arrive, settings, tmp_path):
    """Whatever it was called, it lies under a name of ours and is offered under a harmless one."""
    settings.MEDIA_ROOT, settings.INCOMING = tmp_path / "media", tmp_path / "incoming"
    with clinic_scope(channel.clinic_id):
        member = make_member()
    browser = Client()
    browser.force_login(member.user, "allauth.account.auth_backends.AuthenticationBackend")
    graph = GraphFiles(PDF, "application/pdf")
    with clinic_scope(channel.clinic_id):
        channel.api_url = graph.url
        channel.save()
    told = [
        {"id": str(number), "filename": name, "mime_type": "application/pdf"}
        for number, name in enumerate(NAMES)
    ]
    arrive(
        messages_webhook(channel, *[text_message() | {"type": "document", "document": each} for each in told])
    )
    try:
        with clinic_scope(channel.clinic_id):
            waiting = {row.external_id: row.pk for row in Attachment.objects.all()}
        for pk in waiting.values():
            media.fetch(channel.clinic_id, pk)
    finally:
        graph.close()

    for number, offered in enumerate(NAMES.values()):
        answer = browser.get(f"/media/{waiting[str(number)]}/")
        assert (answer.getvalue(), answer.headers["Content-Disposition"]) == (PDF, offered)
    kept = {file for _folder, _folders, files in os.walk(settings.MEDIA_ROOT) for file in files}
    assert kept == {"file.pdf"}


WORKER = """
import json, os, resource, sys, time
import django
django.setup()
from inbox import media
used = []
for clinic, pk in json.loads(sys.argv[1]):
    started = time.monotonic()
    media.fetch(clinic, pk)
    used.append(time.monotonic() - started)
own = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
peaks = [int(own) * 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024]
print(json.dumps({"seconds": used, "peaks": peaks}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.django_db(transaction=True)
def test_no_file_takes_more_than_half_a_gigabyte_or_half_a_minute_of_a_worker(server_env, request):
    """A real process fetches them; the largest pictures that are allowed cost most."""
    place = make_place()
    heavy = [
        CORPUS[name].body
        for name in ("50,000 by 50,000 pixels", "packed comment", "sticker of 10,000 frames")
    ]
    heavy.append(png(side=5000))
    if request.config.getoption("--faults"):
        heavy.append(film(75, 1000, "GIF"))
    bad = SimpleNamespace(kind="image", declared="")

    def answer(asked, connection):
        number = int(asked.path.rpartition("/")[2])
        return reply(200, heavy[number])(asked, connection) if number < len(heavy) else endless(connection)

    with serving(lambda asked, connection: look_up_or(answer, asked, connection)) as server:
        rows = [receive(place, server.url, bad, external_id=str(number)) for number in range(len(heavy) + 1)]
        named = [[str(place.clinic.pk), str(row.pk)] for row in rows]
        command = [sys.executable, "-c", WORKER, json.dumps(named)]
        done = subprocess.run(
            command, env=server_env, cwd=HOME, capture_output=True, text=True, timeout=300, check=False
        )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    print({"megabytes: worker, decoder": [peak // MB for peak in told["peaks"]], "seconds": told["seconds"]})
    with clinic_scope(place.clinic.pk):
        for row in rows:
            row.refresh_from_db()
    assert [row.state for row in rows] == ["rejected"] * 3 + ["stored"] * (len(rows) - 4) + ["rejected"]
    assert min(told["peaks"]) > 20 * MB  # both were measured
    assert max(told["peaks"]) < MOST_MEMORY
    assert max(told["seconds"]) < MOST_SECONDS
