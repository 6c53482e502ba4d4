"""Files in the browser: for members of the clinic only, harmless whatever they are, in parts for players."""

import io
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox.models import Attachment
from tests.factories import (
    make_clinic,
    make_contact,
    make_conversation,
    make_identity,
    make_member,
    make_message,
)

from .files import HTML, PDF, SVG, jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(tmp_path, settings):
    settings.MEDIA_ROOT, settings.INCOMING = tmp_path / "media", tmp_path / "incoming"
    return make_clinic()


def sign_in(clinic) -> Client:
    with clinic_scope(clinic.pk):
        member = make_member()
    browser = Client()
    browser.force_login(member.user, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def keep(clinic, body=b"0123456789", content_type="audio/ogg", **fields):
    """A stored file of a patient's message, with a thumbnail when it is a picture."""
    with clinic_scope(clinic.pk):
        message = make_message(kind="document")
        file = default_storage.save("file", ContentFile(body))
        values = {
            "file": file,
            "content_type": content_type,
            "state": "stored",
            "kind": "document",
            "size": len(body),
        }
        values |= (
            {"thumbnail": default_storage.save("thumb", ContentFile(b"w"))} if "image" in content_type else {}
        )
        return Attachment.objects.create(message=message, channel=message.channel, **values | fields)


def read(response) -> bytes:
    """The whole body; a file left half read would stay open."""
    return response.getvalue() if response.streaming else response.content


def test_a_member_sees_the_file_and_the_log_tells_so(place):
    attachment = keep(place)

    response = sign_in(place).get(f"/media/{attachment.pk}/")

    assert (response.status_code, read(response)) == (200, b"0123456789")
    with clinic_scope(place.pk):
        entry = AuditEntry.objects.get(action="attachment.opened")
        assert (entry.target_id, entry.actor) == (str(attachment.pk), "Ada Agent")


def test_nobody_else_sees_it(place):
    attachment = keep(place, jpeg(), "image/jpeg")
    stranger = sign_in(make_clinic())

    for path in (f"/media/{attachment.pk}/", f"/media/{attachment.pk}/thumbnail/"):
        assert stranger.get(path).status_code == 404
        assert Client().get(path).status_code == 302
        assert sign_in(place).post(path).status_code == 405


@pytest.mark.parametrize("state", ["waiting", "failed", "rejected"])
def test_what_was_not_stored_is_not_there(place, state):
    assert sign_in(place).get(f"/media/{keep(place, state=state).pk}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "content_type", "served_as", "disposition"),
    [
        (jpeg(), "image/jpeg", "image/jpeg", "inline"),
        (b"OggS", "audio/ogg", "audio/ogg", "inline"),
        (PDF, "application/pdf", "application/pdf", "attachment"),
        (SVG, "image/svg+xml", "application/octet-stream", "attachment"),
        (HTML, "text/html", "application/octet-stream", "attachment"),
        (HTML, "application/xhtml+xml", "application/octet-stream", "attachment"),
        (b"plain", "text/plain", "text/plain; charset=utf-8", "attachment"),
    ],
)
def test_only_pictures_and_sounds_are_shown_in_the_page(place, body, content_type, served_as, disposition):
    attachment = keep(place, body, content_type, filename="Befund.pdf")

    response = sign_in(place).get(f"/media/{attachment.pk}/")

    headers = response.headers
    assert read(response) == body
    assert (headers["Content-Type"], headers["Content-Disposition"].split(";")[0]) == (served_as, disposition)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("told", "served"),
    [
        ("Befund.pdf", 'attachment; filename="Befund.pdf"'),
        ("../../etc/passwd", 'attachment; filename="_.._etc_passwd"'),
        ('a"; filename="b.html', 'attachment; filename="a__ filename__b.html"'),
        ("a\r\nSet-Cookie: x", 'attachment; filename="a__Set-Cookie_ x"'),
        ("ملف.pdf", "attachment; filename*=utf-8''%D9%85%D9%84%D9%81.pdf"),
        ("\u202efdp.exe", 'attachment; filename="_fdp.exe"'),
        ("", 'attachment; filename="file"'),
    ],
)
def test_names_are_made_safe(place, told, served):
    attachment = keep(place, PDF, "application/pdf", filename=told)

    response = sign_in(place).get(f"/media/{attachment.pk}/")

    assert (read(response), response.headers["Content-Disposition"]) == (PDF, served)


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_a_player_may_ask_for_a_part(place, asked, status, body, told):
    response = sign_in(place).get(f"/media/{keep(place).pk}/", headers={"range": asked})

    assert (response.status_code, read(response)) == (status, body)
    assert response.headers.get("Content-Range") == told
    assert response.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=1-", "bytes=-9", "lines=1-2"])
def test_a_file_fetched_in_parts_is_in_the_log_once(place, asked):
    attachment, player = keep(place), sign_in(place)

    for _part in range(2):
        read(player.get(f"/media/{attachment.pk}/", headers={"range": asked}))

    with clinic_scope(place.pk):
        assert AuditEntry.objects.get(action="attachment.opened").target_id == str(attachment.pk)


def test_a_thumbnail_is_a_picture_of_its_own(place):
    attachment = keep(place, jpeg(), "image/jpeg")

    response = sign_in(place).get(f"/media/{attachment.pk}/thumbnail/")

    assert (response.headers["Content-Type"], read(response)) == ("image/webp", b"w")
    assert sign_in(place).get(f"/media/{keep(place).pk}/thumbnail/").status_code == 404


def test_a_member_uploads_a_file_for_the_composer(place):
    with clinic_scope(place.pk):
        conversation = make_conversation()
    photo = io.BytesIO(jpeg())
    photo.name = "before.jpg"

    answer = sign_in(place).post(f"/conversations/{conversation.pk}/attachments/", {"file": photo})

    told = answer.json()
    assert (answer.status_code, told["kind"], told["filename"]) == (201, "image", "before.jpg")
    with clinic_scope(place.pk):
        attachment = Attachment.objects.get(pk=told["id"])
        assert (attachment.message, attachment.uploaded_by.name, attachment.size) == (
            None,
            "Ada Agent",
            told["size"],
        )


def test_what_was_uploaded_for_one_patient_is_sent_to_nobody_else(place):
    with clinic_scope(place.pk):
        here = make_conversation()
        other = make_conversation(make_identity(make_contact("Otto Sample")), here.channel)
    browser, photo = sign_in(place), io.BytesIO(jpeg())
    photo.name = "before.jpg"
    told = browser.post(f"/conversations/{here.pk}/attachments/", {"file": photo}).json()
    words = {"mode": "reply", "client_id": str(uuid4()), "attachment": told["id"]}

    answers = [
        browser.post(f"/conversations/{each.pk}/messages/", words).status_code for each in (other, here)
    ]

    assert answers == [422, 200]


def test_an_upload_that_cannot_be_sent_says_why(place):
    with clinic_scope(place.pk):
        conversation = make_conversation()
    path = f"/conversations/{conversation.pk}/attachments/"
    browser = sign_in(place)
    page = io.BytesIO(HTML)
    page.name = "page.html"

    refused, empty = browser.post(path, {"file": page}), browser.post(path)

    assert (refused.status_code, refused.json()["sentence"]) == (
        422,
        "WhatsApp does not take this type of file here.",
    )
    assert (empty.status_code, empty.json()["sentence"]) == (422, "No file came.")


def test_an_upload_into_another_clinic_finds_no_conversation(place):
    with clinic_scope(place.pk):
        conversation = make_conversation()

    answer = sign_in(make_clinic()).post(
        f"/conversations/{conversation.pk}/attachments/", {"file": io.BytesIO(PDF)}
    )

    assert answer.status_code == 404
    assert Client().post(f"/conversations/{conversation.pk}/attachments/").status_code == 403


def test_a_large_upload_leaves_nothing_in_the_folder_it_passed_through(place, settings):
    with clinic_scope(place.pk):
        conversation = make_conversation()
    document = io.BytesIO(PDF + b" " * 3 * 1024 * 1024)
    document.name = "long.pdf"

    answer = sign_in(place).post(f"/conversations/{conversation.pk}/attachments/", {"file": document})

    assert answer.status_code == 201
    assert settings.INCOMING.is_dir()
    assert list(settings.INCOMING.iterdir()) == []
