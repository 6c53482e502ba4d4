"""The business profile of a number: read from WhatsApp, changed there, and only what differs is sent."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry, Role
from tests.factories import make_channel, make_clinic, make_hook, make_member
from tests.integrations.servers import reply, serving

TOLD = {
    "about": "Open all day", "address": "1 Harbour Street", "description": "A clinic", "email": "desk@clinic.example",
    "websites": ["https://clinic.example/"], "vertical": "HEALTH", "messaging_product": "whatsapp",
}  # fmt: skip
FORM = {
    "about": "Open all day", "address": "1 Harbour Street", "description": "A clinic", "email": "desk@clinic.example",
    "website": "https://clinic.example/", "second_website": "", "vertical": "HEALTH",
}  # fmt: skip
ANSWERS = {
    "GET n1/whatsapp_business_profile": {"data": [TOLD]},
    "POST n1/whatsapp_business_profile": {"success": True},
    "GET debug_token": {"data": {"app_id": "a1"}},
    "POST a1/uploads": {"id": "upload:1"},
    "POST upload:1": {"h": "4::handle"},
}


def graph(**refusals):
    """Answers of the Graph API; `refusals` by path, with an error."""

    def answer(request, connection):
        path = request.path.split("?")[0].removeprefix("/v26.0/")
        refused = refusals.get(path.replace("/", "__"))
        reply(400 if refused else 200, refused or ANSWERS[f"{request.method} {path}"])(request, connection)

    return answer


@pytest.fixture
def desk(transactional_db, client):
    """An owner, signed in, whose number is at a server."""
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        client.force_login(make_member("Olga Owner", Role.OWNER).user)
    with serving(graph()) as server:
        with clinic_scope(clinic.pk):
            channel = make_channel(make_hook(clinic), "n1", "b1", api_url=server.url)
        client.clinic, client.server = clinic, server
        client.page = f"/settings/channels/{channel.pk}/profile/"
        yield client


def sent(desk) -> list[dict]:
    """What was set at WhatsApp."""
    return [
        each.json
        for each in desk.server.requests
        if each.method == "POST" and "business_profile" in each.path
    ]


def picture(**save) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (640, 640), "teal").save(file, **{"format": "JPEG"} | save)
    return SimpleUploadedFile("photo.jpg", file.getvalue(), "image/jpeg")


def test_what_patients_read_is_shown(desk):
    form = desk.get(desk.page).context["form"]

    assert {name: form.initial[name] for name in FORM} == FORM


def test_only_what_differs_is_sent_and_put_on_record(desk):
    desk.post(desk.page, FORM | {"about": "Open until six", "second_website": "https://book.example/"})

    assert sent(desk) == [
        {
            "messaging_product": "whatsapp",
            "about": "Open until six",
            "websites": ["https://clinic.example/", "https://book.example/"],
        }
    ]
    with clinic_scope(desk.clinic.pk):
        entry = AuditEntry.objects.get(action="channel.profile_changed")
    assert entry.detail == {"changed": ["about", "websites"]}


def test_nothing_different_sends_nothing(desk):
    page = desk.post(desk.page, FORM)

    assert (sent(desk), page.context["saved"]) == ([], "Nothing was different.")


def test_a_picture_is_sent_without_what_else_was_in_the_file(desk):
    exif = Image.Exif()
    exif[0x010E] = "taken at the patient's bed"

    desk.post(desk.page, FORM | {"picture": picture(exif=exif)})

    [upload] = [each for each in desk.server.requests if each.path.endswith("/upload:1")]
    assert upload.headers["Authorization"] == "OAuth access-token"
    assert upload.body.startswith(b"\xff\xd8")
    assert b"patient" not in upload.body
    assert sent(desk) == [{"messaging_product": "whatsapp", "profile_picture_handle": "4::handle"}]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"about": "x" * 140}, "about"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"picture": SimpleUploadedFile("photo.jpg", b"no picture", "image/jpeg")}, "picture"),
        ({"picture": SimpleUploadedFile("photo.jpg", b"x" * (2 * 1024 * 1024 + 1), "image/jpeg")}, "picture"),
    ],
)
def test_what_meta_would_not_take_is_not_sent(desk, changed, field):
    page = desk.post(desk.page, FORM | changed)

    assert page.context["form"].errors.keys() == {field}
    assert sent(desk) == []


def test_a_refusal_keeps_what_was_typed_and_says_why(desk, monkeypatch):
    refusal = {"error": {"code": 190, "message": "expired"}}
    monkeypatch.setitem(ANSWERS, "POST n1/whatsapp_business_profile", refusal)

    page = desk.post(desk.page, FORM | {"about": "Open until six"})

    assert "access token" in page.context["problem"]
    assert page.context["form"]["about"].value() == "Open until six"


def test_a_provider_that_is_away_is_told_and_nothing_is_lost(desk):
    with clinic_scope(desk.clinic.pk):
        channel = make_channel(make_hook(desk.clinic), api_url="http://127.0.0.1:1")

    page = desk.get(f"/settings/channels/{channel.pk}/profile/")

    assert (page.status_code, page.context["form"]) == (200, None)
    assert "could not be asked" in page.text
