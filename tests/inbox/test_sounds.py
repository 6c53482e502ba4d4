"""Sounds: recordings become voice notes, and what a patient sent gets a form that every browser plays."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from clinic_inbox.tenancy import NoClinicScope, clinic_scope, current_clinic_id
from clinics.models import Clinic
from inbox import bells, media, sounds
from inbox.expiry import delete_files
from inbox.models import Attachment, Change
from inbox.operations.uploading import upload
from integrations import resound
from integrations import sounds as listening
from integrations.events import Invalid, Kind
from simulator import ogg
from tests.factories import make_channel, make_clinic, make_conversation, make_member, make_message

from .api_client import Machine
from .files import OGG
from .graph_files import GraphFiles

VOICE = (Path(ogg.__file__).parent / "voice.ogg").read_bytes()  # 4.6 seconds, Opus, mono


@pytest.fixture
def place(db, tmp_path, settings):
    """A clinic's id, and an empty storage."""
    settings.MEDIA_ROOT, settings.INCOMING = tmp_path / "media", tmp_path / "incoming"
    return make_clinic().pk


@pytest.fixture
def rung(monkeypatch):
    """The bells that were rung, without Valkey."""
    heard = []
    monkeypatch.setattr(bells, "ring", lambda task, *ids: heard.append(task))
    return heard


def keep(clinic_id, body=VOICE, content_type="audio/ogg", **fields) -> Attachment:
    """A patient's stored voice note that nobody has listened to yet."""
    with clinic_scope(clinic_id):
        message = make_message(kind="voice")
        values = {
            "kind": "voice",
            "content_type": content_type,
            "state": "stored",
            "playable_state": "waiting",
        }
        name = default_storage.save(f"{clinic_id}/x/file.ogg", ContentFile(body))
        return Attachment.objects.create(
            message=message, channel=message.channel, file=name, **values | fields
        )


def prepared(clinic_id, attachment) -> Attachment:
    sounds.prepare(clinic_id, attachment.pk)
    with clinic_scope(clinic_id):
        attachment.refresh_from_db()
        return attachment


def test_a_voice_note_gets_its_peaks_its_length_and_a_twin_for_safari(place):
    attachment = prepared(place, keep(place))

    assert (attachment.playable_state, attachment.playable_type) == ("ready", "audio/mp4")
    assert attachment.seconds == pytest.approx(4.6, abs=0.1)
    assert (len(attachment.peaks), max(attachment.peaks), attachment.peaks[-1]) == (64, 100, 0)
    with default_storage.open(attachment.playable_file.name) as twin:
        assert listening.recorded_type(twin.read(12)) == "audio/mp4"
    with clinic_scope(place):
        assert [each.topics for each in Change.objects.all()] == [
            [f"conversation-{attachment.message.conversation_id}"]
        ]


def test_what_every_browser_plays_gets_no_twin(place, tmp_path):
    (tmp_path / "voice").write_bytes(VOICE)
    listening.listen(tmp_path / "voice", "audio/ogg", twin=tmp_path / "twin")

    attachment = prepared(place, keep(place, (tmp_path / "twin").read_bytes(), "audio/mp4"))

    assert (attachment.playable_state, attachment.playable_file.name) == ("ready", "")
    assert len(attachment.peaks) == 64


@pytest.mark.parametrize("body", [OGG, b"#EXTM3U\nfile:///etc/passwd\n", VOICE[:200], b""])
def test_what_is_no_sound_keeps_its_file_and_is_not_tried_again(place, body):
    attachment = prepared(place, keep(place, body))

    assert (attachment.playable_state, attachment.state, attachment.peaks) == ("failed", "stored", None)
    assert default_storage.exists(attachment.file.name)
    assert sounds.due() == []


def test_a_worker_that_died_leaves_it_to_the_next_and_two_do_not_do_it_twice(place):
    attachment = keep(place)
    with clinic_scope(place):
        sounds._claim(attachment.pk)

    assert prepared(place, attachment).playable_state == "waiting"  # somebody has it
    with clinic_scope(place):
        Attachment.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert sounds.due() == [(place, attachment.pk)]
    assert prepared(place, attachment).playable_state == "ready"


def test_a_file_that_was_deleted_meanwhile_leaves_no_twin_behind(place, monkeypatch):
    attachment = keep(place)
    listen = listening.listen

    def expire_meanwhile(*arguments, **options):
        with clinic_scope(place):
            Attachment.objects.update(state="expired")
        return listen(*arguments, **options)

    monkeypatch.setattr(listening, "listen", expire_meanwhile)

    prepared(place, attachment)

    assert default_storage.listdir(f"{place}/x")[1] == ["file.ogg"]


def test_the_twin_goes_with_the_file(place):
    attachment = prepared(place, keep(place))
    twin = attachment.playable_file.name

    with clinic_scope(place):
        assert delete_files(timezone.now() + timedelta(days=1)) == 1
        attachment.refresh_from_db()

    assert (attachment.playable_state, attachment.playable_file.name, attachment.peaks) == ("", "", None)
    assert not default_storage.exists(twin)


def test_a_fetched_voice_note_is_listened_to_afterwards(place, rung):
    server = GraphFiles(VOICE, "audio/ogg; codecs=opus")
    with clinic_scope(place):
        conversation = make_conversation(channel=make_channel(api_url=server.url))
        fields = {"kind": "voice", "external_id": "1", "declared_type": server.content_type}
        message = make_message(conversation, kind="voice")
        attachment = Attachment.objects.create(message=message, channel=conversation.channel, **fields)

    media.fetch(place, attachment.pk)
    server.close()

    assert bells.PREPARE_SOUND in rung
    assert prepared(place, attachment).playable_state == "ready"


def recording(tmp_path, kind: str) -> bytes:
    """What a browser's recorder writes."""
    (tmp_path / "voice").write_bytes(VOICE)
    if kind == "audio/ogg":
        return VOICE
    listening.listen(tmp_path / "voice", "audio/ogg", twin=tmp_path / "recording")
    return (tmp_path / "recording").read_bytes()


@pytest.mark.parametrize("content_type", ["audio/ogg", "audio/mp4"])
def test_a_recording_becomes_a_voice_note_as_whatsapp_wants_it(place, tmp_path, rung, content_type):
    file = SimpleUploadedFile("voice", recording(tmp_path, content_type), content_type)

    with clinic_scope(place):
        attachment = upload(make_channel(), file, kind=Kind.VOICE)

    assert (attachment.kind, attachment.content_type) == ("voice", "audio/ogg")
    assert (len(attachment.peaks), attachment.seconds) == (64, pytest.approx(4.6, abs=0.1))
    heard = listening.listen(Path(attachment.file.path), "audio/ogg")
    assert heard.is_note
    assert rung == [bells.PREPARE_SOUND]


@pytest.mark.parametrize("body", [b"\x1aE\xdf\xa3" + b"\0" * 200, b"\0\0\0\x18ftypmp42" + b"\0" * 200])
def test_a_recording_without_sound_is_refused_in_words(place, body):
    with clinic_scope(place), pytest.raises(Invalid, match="could not be read"):
        upload(make_channel(), SimpleUploadedFile("voice", body, "audio/webm"), kind=Kind.VOICE)


def test_what_is_longer_than_a_voice_message_gets_no_twin(tmp_path, monkeypatch, capsys):
    (tmp_path / "voice").write_bytes(VOICE)
    monkeypatch.setattr(resound, "_limit", lambda: None)
    twins = {}
    for limit in (4, 5):
        monkeypatch.setattr(resound, "TWIN_SECONDS", limit)
        resound.main("ogg", str(tmp_path / "voice"), "-", str(tmp_path / f"twin-{limit}"))
        twins[limit] = (tmp_path / f"twin-{limit}").exists()

    assert twins == {4: False, 5: True}
    assert '"seconds": 4.6' in capsys.readouterr().out


def test_a_long_sound_is_ready_without_its_twin(place, monkeypatch):
    listen = listening.listen
    monkeypatch.setattr(listening, "listen", lambda *given, twin=None: listen(*given))

    attachment = prepared(place, keep(place))

    assert (attachment.playable_state, attachment.playable_file.name) == ("ready", "")
    assert len(attachment.peaks) == 64


@pytest.fixture
def held(monkeypatch):
    """For each sound listened to, how many transactions were begun around it, and whether a clinic was open."""
    found, listen = [], listening.listen

    def watch(*given, **options):
        is_open = True
        try:
            current_clinic_id()
        except NoClinicScope:
            is_open = False
        found.append((len(connection.savepoint_ids), is_open))
        return listen(*given, **options)

    monkeypatch.setattr(listening, "listen", watch)
    return found


def test_no_transaction_is_held_while_a_recording_is_encoded(place, client, held, rung):
    with clinic_scope(place):
        conversation, member = make_conversation(), make_member()
    depth = len(connection.savepoint_ids)
    client.force_login(member.user)
    file = SimpleUploadedFile("voice", VOICE, "audio/ogg")

    answer = client.post(reverse("inbox:upload", args=[conversation.pk]), {"file": file, "kind": "voice"})
    machine = Machine(Clinic.objects.get(pk=place)).upload_bare(
        channel=str(conversation.channel_id),
        file=SimpleUploadedFile("voice", VOICE, "audio/ogg"),
        kind="voice",
    )

    assert (answer.status_code, machine.status_code) == (201, 201)
    assert set(held) == {(depth, False)}
