"""A patient's file: fetched once, checked, kept without what it should not tell; or refused in plain words."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from clinic_inbox.tenancy import clinic_scope
from inbox import media
from inbox.models import Attachment, Change
from tests.factories import make_channel, make_clinic, make_conversation, make_message

from .files import HTML, OGG, PDF, jpeg, png_bomb
from .graph_files import GraphFiles


@pytest.fixture
def graph():
    """Starts a Graph API that hands out one file."""
    started = []

    def start(body: bytes, content_type: str) -> GraphFiles:
        started.append(GraphFiles(body, content_type))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def place(db, tmp_path, settings):
    """A clinic's id, and an empty storage."""
    settings.MEDIA_ROOT, settings.INCOMING = tmp_path / "media", tmp_path / "incoming"
    return make_clinic().pk


def expect(clinic_id, server, kind="image", **fields):
    """A waiting attachment of a patient's message on a channel of that server."""
    with clinic_scope(clinic_id):
        conversation = make_conversation(channel=make_channel(api_url=server.url))
        message = make_message(conversation, kind=kind)
        values = {"kind": kind, "external_id": "1", "declared_type": server.content_type} | fields
        return Attachment.objects.create(message=message, channel=conversation.channel, **values)


def fetched(clinic_id, attachment):
    media.fetch(clinic_id, attachment.pk)
    with clinic_scope(clinic_id):
        attachment.refresh_from_db()
        return attachment


def stored(name) -> bytes:
    with default_storage.open(name) as file:
        return file.read()


def test_a_photo_is_stored_without_exif_and_with_a_thumbnail(place, graph):
    attachment = fetched(place, expect(place, graph(jpeg(), "image/jpeg")))

    assert (attachment.state, attachment.content_type) == ("stored", "image/jpeg")
    assert (attachment.width, attachment.height, attachment.problem) == (64, 48, "")
    assert attachment.file.name == f"{place}/{attachment.pk}/file.jpg"
    photo = stored(attachment.file.name)
    assert b"SecretPhoneMaker" not in photo
    assert not Image.open(io.BytesIO(photo)).getexif()
    assert Image.open(io.BytesIO(stored(attachment.thumbnail.name))).format == "WEBP"


def test_the_thread_is_told_when_the_file_is_there(place, graph):
    attachment = fetched(place, expect(place, graph(jpeg(), "image/jpeg")))

    with clinic_scope(place):
        assert [change.topics for change in Change.objects.all()] == [
            [f"conversation-{attachment.message.conversation_id}"]
        ]


@pytest.mark.parametrize(
    ("body", "declared", "kind", "kept_as"),
    [
        (OGG, "audio/ogg; codecs=opus", "voice", "audio/ogg"),
        (PDF, "application/pdf", "document", "application/pdf"),
        (HTML, "text/html", "document", "application/octet-stream"),
    ],
)
def test_other_files_are_stored_as_they_are_under_a_type_that_was_checked(
    place, graph, body, declared, kind, kept_as
):
    attachment = fetched(place, expect(place, graph(body, declared), kind))

    assert (attachment.state, attachment.content_type, attachment.size) == ("stored", kept_as, len(body))
    assert stored(attachment.file.name) == body


@pytest.mark.parametrize(
    ("body", "declared", "problem"),
    [
        (HTML, "image/jpeg", media.NOT_AS_SAID),
        (png_bomb(), "image/png", media.BAD_PICTURE),
        (jpeg()[:200], "image/jpeg", media.BAD_PICTURE),
        (jpeg()[:3] + HTML, "image/jpeg", media.BAD_PICTURE),
    ],
    ids=["html as a photo", "pixel bomb", "cut off", "html behind a photo's first bytes"],
)
def test_an_unsafe_file_is_refused_and_its_message_says_so(place, graph, body, declared, problem):
    attachment = fetched(place, expect(place, graph(body, declared)))

    assert (attachment.state, attachment.problem) == ("rejected", problem)
    assert (attachment.file.name, attachment.thumbnail.name) == ("", "")
    with clinic_scope(place):
        assert attachment.message.text == "Can I move my visit?"


def test_a_file_with_another_digest_than_announced_is_refused(place, graph):
    attachment = fetched(place, expect(place, graph(PDF, "application/pdf"), "document", digest="0" * 64))

    assert (attachment.state, attachment.problem) == ("rejected", media.NOT_AS_SAID)


def test_a_provider_in_trouble_is_asked_again_after_a_pause(place, graph):
    server = graph(jpeg(), "image/jpeg")
    server.status = 500
    attachment = fetched(place, expect(place, server))

    pause = attachment.due_at - timezone.now()
    assert (attachment.state, attachment.attempts) == ("waiting", 1)
    assert timedelta(seconds=5) < pause <= timedelta(seconds=10)

    server.status = 200
    with clinic_scope(place):
        Attachment.objects.update(due_at=timezone.now())
    assert fetched(place, attachment).state == "stored"


def test_after_seven_days_of_trouble_the_file_is_given_up(place, graph):
    server = graph(jpeg(), "image/jpeg")
    server.status = 500
    long_ago = timezone.now() - timedelta(days=7)
    attachment = fetched(place, expect(place, server, created_at=long_ago))

    assert (attachment.state, attachment.problem) == ("failed", media.EXPIRED)


def test_a_file_that_breaks_our_own_code_is_tried_again_with_pauses(place, graph, monkeypatch):
    def break_down(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(media.files, "check", break_down)
    attachment = fetched(place, expect(place, graph(jpeg(), "image/jpeg"), attempts=5))

    assert (attachment.state, attachment.attempts) == ("waiting", 6)
    assert attachment.due_at > timezone.now() + timedelta(minutes=59)


def test_a_file_whose_tries_kill_their_worker_is_given_up_too(place, graph):
    server, long_ago = graph(jpeg(), "image/jpeg"), timezone.now() - timedelta(days=8)
    deadly = expect(place, server, attempts=7)
    with clinic_scope(place):
        assert media._claim(deadly.pk).due_at > timezone.now() + timedelta(hours=5)

    attachment = fetched(place, expect(place, server, created_at=long_ago, attempts=40))

    assert (attachment.state, attachment.problem, server.lookups) == ("failed", media.EXPIRED, 0)


def test_two_workers_do_not_fetch_the_same_file(place, graph):
    server = graph(jpeg(), "image/jpeg")
    attachment = expect(place, server)
    with clinic_scope(place):
        assert media._claim(attachment.pk) is not None

    assert fetched(place, attachment).state == "waiting"
    assert server.lookups == 0


def test_a_worker_that_was_overtaken_changes_nothing(place, graph):
    attachment = expect(place, graph(jpeg(), "image/jpeg"))
    with clinic_scope(place):
        slow = media._claim(attachment.pk)
        Attachment.objects.update(attempts=2)
        slow.state, slow.problem = "failed", "too late"
        media._record(slow)
        attachment.refresh_from_db()

    assert (attachment.state, attachment.problem) == ("waiting", "")


def test_nothing_is_left_in_the_folder_for_downloads(place, graph, settings):
    for body, declared in ((jpeg(), "image/jpeg"), (png_bomb(), "image/png")):
        fetched(place, expect(place, graph(body, declared)))

    assert list(settings.INCOMING.iterdir()) == []


def test_the_sweeper_finds_overdue_files_of_every_clinic(place, graph):
    server, other = graph(jpeg(), "image/jpeg"), make_clinic().pk
    overdue = timezone.now() - timedelta(minutes=1)
    first, second = expect(place, server, due_at=overdue), expect(other, server, due_at=overdue)
    expect(place, server)

    assert sorted(media.due()) == sorted([(place, first.pk), (other, second.pk)])
