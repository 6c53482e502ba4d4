"""A machine uploads files and sends them: checked as a patient's are, its own until they are sent."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Attachment
from inbox.operations.uploading import upload
from tests.factories import make_clinic, make_member

from .api_client import Machine
from .files import HTML, OGG, PDF, SVG, jpeg, png_bomb

TEXT = {"kind": "text", "text": "See you on Tuesday at ten."}


@pytest.fixture
def place(db, tmp_path, settings):
    settings.MEDIA_ROOT, settings.INCOMING = tmp_path / "media", tmp_path / "incoming"
    return make_clinic()


def test_a_file_is_uploaded_and_sent_once(machine, conversation, send):
    photo = io.BytesIO(jpeg())
    photo.name = "../../before.jpg"
    uploaded = machine.upload(channel=str(conversation.channel_id), file=photo)
    told = uploaded.json()
    assert (uploaded.status_code, told["kind"], told["filename"]) == (201, "image", "before.jpg")

    sent = send({"kind": "image", "attachment": told["id"], "text": "Before"})

    assert (sent.status_code, [each["id"] for each in sent.json()["attachments"]]) == (201, [told["id"]])
    file = machine.get(f"attachments/{told['id']}/file/")
    assert (file.headers["Content-Type"], file.getvalue()[:3]) == ("image/jpeg", b"\xff\xd8\xff")


def test_what_somebody_else_has_uploaded_is_not_there_before_it_is_sent(place, machine, conversation, send):
    with clinic_scope(place.pk):
        others = (make_member(), Machine(place).row, None)
        files = [SimpleUploadedFile("letter.pdf", PDF, "application/pdf") for _ in others]
        uploads = [
            upload(conversation.channel, file, by=by).pk for by, file in zip(others, files, strict=True)
        ]

    for pk in uploads:
        assert machine.get(f"attachments/{pk}/").status_code == 404
        assert machine.get(f"attachments/{pk}/file/").status_code == 404
        assert send({"kind": "document", "attachment": str(pk)}).status_code == 400


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.svg", SVG),
        ("a.jpg", HTML),
        ("a.html", HTML),
        ("a.png", png_bomb()),
        ("a.jpg", b""),
        ("a.exe", b"MZ" * 50),
    ],
)
def test_a_file_that_whatsapp_or_we_refuse_is_a_problem(place, machine, conversation, name, body):
    file = io.BytesIO(body)
    file.name = name

    answer = machine.upload(channel=str(conversation.channel_id), file=file)

    assert answer.status_code == (400 if body == b"" else 422)
    with clinic_scope(place.pk):
        assert not Attachment.objects.exists()


def test_a_voice_note_is_uploaded_as_one_when_asked(machine, conversation):
    for asked, kind in (({}, "audio"), ({"kind": "voice"}, "voice")):
        file = io.BytesIO(OGG)
        file.name = "note.ogg"
        assert machine.upload(channel=str(conversation.channel_id), file=file, **asked).json()["kind"] == kind


def test_a_document_keeps_its_name(machine, conversation):
    file = io.BytesIO(PDF)
    file.name = "Befund März.pdf"

    assert (
        machine.upload(channel=str(conversation.channel_id), file=file).json()["filename"]
        == "Befund März.pdf"
    )
