"""Files: up, down, expired, forbidden."""

import base64
import hashlib

import pytest

from tests.simulator.playing import PHONE, TOKEN, app_values, until


def upload(simulator, content=b"%PDF-1.4 sample", mime_type="application/pdf", **form):
    fields = {"messaging_product": "whatsapp", "type": mime_type, **form}
    return simulator.graph(
        "POST", f"{PHONE}/media", data=fields, files={"file": ("file", content, mime_type)}
    )


def download(simulator, url, token=TOKEN):
    return simulator.graph_client.get(url, headers={"Authorization": f"Bearer {token}"} if token else {})


def test_what_was_uploaded_can_be_looked_up_fetched_and_deleted(simulator):
    identifier = upload(simulator).json()["id"]

    found = simulator.graph("GET", f"{identifier}?phone_number_id={PHONE}").json()

    assert (found["mime_type"], found["file_size"], found["id"]) == ("application/pdf", 15, identifier)
    assert found["sha256"] == hashlib.sha256(b"%PDF-1.4 sample").hexdigest()
    assert download(simulator, found["url"]).content == b"%PDF-1.4 sample"
    assert simulator.graph("DELETE", identifier).json() == {"success": True}
    assert simulator.graph("GET", identifier).json()["error"]["code"] == 100


def test_the_address_needs_the_token_and_expires(simulator):
    url = simulator.graph("GET", upload(simulator).json()["id"]).json()["url"]
    assert download(simulator, url, token=None).status_code == 401
    assert download(simulator, url, token="nobody's").status_code == 401
    assert download(simulator, url.replace("hash=", "hash=0")).status_code == 404

    simulator.api("POST", "options", media_url_seconds=-1)

    expired = simulator.graph("GET", upload(simulator).json()["id"]).json()["url"]
    assert download(simulator, expired).status_code == 404


def test_another_clinic_sees_none_of_it(simulator, product):
    number = {"phone_number_id": "999", "display_phone_number": "+44 7700 900111"}
    simulator.api(
        "POST", "apps", **app_values(product, waba_id="888", access_token="second", numbers=[number])
    )
    identifier = upload(simulator).json()["id"]
    url = simulator.graph("GET", identifier).json()["url"]

    assert simulator.graph("GET", identifier, token="second").json()["error"]["error_subcode"] == 33
    assert download(simulator, url, token="second").status_code == 404


def test_a_received_file_carries_its_digest_in_base64_and_an_address(simulator, product):
    simulator.act(type="document", document={"sample": True})
    document = until(product.messages)[0]["document"]

    content = download(simulator, document["url"]).content

    assert document["mime_type"] == "application/pdf"
    assert document["sha256"] == base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("content", "mime_type", "code"),
    [
        (b"x", "application/zip", 100),
        (b"x" * (5 * 1024 * 1024 + 1), "image/jpeg", 131053),
        (b"x" * (500 * 1024 + 1), "image/webp", 131053),
        (b"", "image/png", 131053),
    ],
    ids=["a kind it does not take", "a picture over 5 MB", "a sticker over 500 KB", "nothing"],
)
def test_files_that_do_not_fit_are_refused(simulator, content, mime_type, code):
    answer = upload(simulator, content, mime_type)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_the_wrong_kind_of_file_fails_after_it_was_accepted(chatting, product):
    identifier = upload(chatting).json()["id"]

    wamid = chatting.send(kind="image", content={"id": identifier}).json()["messages"][0]["id"]

    failed = until(lambda: product.statuses(wamid))[0]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131053)


@pytest.mark.parametrize(
    ("kind", "mime_type", "start"),
    [("image", "image/jpeg", b"\xff\xd8\xff"), ("sticker", "image/webp", b"RIFF"), ("video", "video/mp4", b"\0\0\0"),
     ("voice", "audio/ogg; codecs=opus", b"OggS"), ("document", "application/pdf", b"%PDF")],
)  # fmt: skip
def test_samples_are_what_they_say(simulator, kind, mime_type, start):
    made = simulator.api("POST", "media/sample", kind=kind)

    content = simulator.api_client.get(f"/media/{made['id']}/content").content
    assert made["mime_type"] == mime_type
    assert content.startswith(start)
    assert made["file_size"] == len(content)


def test_a_sample_photo_carries_a_position_that_must_be_taken_off(simulator):
    made = simulator.api("POST", "media/sample", kind="image")

    content = simulator.api_client.get(f"/media/{made['id']}/content").content

    assert b"Exif" in content
    assert b"Fictional Cameras" in content
