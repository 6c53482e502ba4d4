"""A patient's file is fetched from Meta only, whole, and only when it is what it says."""

import hashlib
import time

import pytest

from integrations.events import ErrorClass, ProviderError
from integrations.whatsapp import media
from integrations.whatsapp.api import Credentials
from tests.integrations.servers import in_turn, reply, serving

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 100
DIGEST = hashlib.sha256(JPEG).hexdigest()


def graph(*files, path="/file", host=None, **told):
    """Answers a lookup with an address on this server (or on `host`), and each download in turn."""
    download = in_turn(*files) if files else None

    def answer(request, connection):
        if request.path.startswith("/v26.0/"):
            found = {
                "url": f"{host or 'http://' + request.headers['Host']}{path}",
                "mime_type": "image/jpeg",
                **told,
            }
            reply(200, found)(request, connection)
        else:
            download(request, connection)

    return answer


def fetch(server, folder, **options):
    credentials = Credentials(api_url=server.url, number_id="n1", access_token="token-1", allow_private=True)
    return media.fetch(credentials, "m1", folder, **options)


def test_a_file_is_fetched_and_checked(tmp_path):
    with serving(graph(reply(200, JPEG), sha256=DIGEST)) as server:
        fetched = fetch(server, tmp_path, sha256=DIGEST, declared_type="image/jpeg")

    assert fetched == media.Fetched(fetched.path, len(JPEG), DIGEST, "image/jpeg")
    assert fetched.path.read_bytes() == JPEG
    assert [request.path for request in server.requests] == ["/v26.0/m1?phone_number_id=n1", "/file"]
    assert {request.headers["Authorization"] for request in server.requests} == {"Bearer token-1"}


def test_the_token_does_not_go_to_another_host(tmp_path):
    with (
        serving(reply(200, JPEG)) as evil,
        serving(graph(host=evil.url)) as server,
        pytest.raises(media.Refused),
    ):
        fetch(server, tmp_path)

    assert evil.requests == []


def test_the_token_does_not_follow_a_redirect(tmp_path):
    with serving(reply(200, JPEG)) as evil:
        moved = graph(reply(302, b"", Location=evil.url))
        with serving(moved) as server, pytest.raises(media.Refused):
            fetch(server, tmp_path)

    assert evil.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://evil.example/lookaside.fbsbx.com",
        "https://lookaside.fbsbx.com@evil.example/x",
        "https://user@lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com:8443/x",
        "http://lookaside.fbsbx.com/x",
        "//lookaside.fbsbx.com/x",
        "https://evil.example#lookaside.fbsbx.com",
        "https://[::1",
        "https://graph.facebook.com:99999/x",
        "http://simulator.example/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_is_not_metas_is_refused(url):
    credentials = Credentials(api_url="http://simulator.example", number_id="n1")

    assert not media._is_metas(url, credentials)


@pytest.mark.parametrize("url", ["https://lookaside.fbsbx.com/x?a=1", "https://graph.facebook.com/x"])
def test_an_address_of_metas_is_taken(url):
    assert media._is_metas(url, Credentials(api_url="https://graph.facebook.com", number_id="n1"))


@pytest.mark.parametrize(
    ("told", "options"),
    [({"sha256": "0" * 64}, {}), ({}, {"sha256": "0" * 64}), ({"sha256": DIGEST}, {"sha256": "0" * 64})],
)
def test_other_bytes_than_announced_are_not_kept(tmp_path, told, options):
    with serving(graph(reply(200, JPEG), **told)) as server, pytest.raises(media.Mismatch):
        fetch(server, tmp_path, **options)


def test_a_web_page_that_says_it_is_a_picture_is_not_kept(tmp_path):
    with serving(graph(reply(200, b"<script>alert(1)</script>"))) as server, pytest.raises(media.Mismatch):
        fetch(server, tmp_path, declared_type="image/jpeg")


def test_a_file_over_the_cap_is_not_kept(tmp_path):
    with serving(graph(reply(200, JPEG))) as server, pytest.raises(media.TooLarge):
        fetch(server, tmp_path, max_bytes=len(JPEG) - 1)


def test_an_address_that_ran_out_is_asked_for_again(tmp_path):
    with serving(graph(reply(404), reply(200, JPEG))) as server:
        assert fetch(server, tmp_path).sha256 == DIGEST

    assert len(server.requests) == 4


def test_a_file_that_is_nowhere_is_gone(tmp_path):
    with serving(graph(reply(404))) as server, pytest.raises(media.Gone):
        fetch(server, tmp_path)


def test_an_id_whatsapp_no_longer_knows_is_gone(tmp_path):
    with (
        serving(reply(400, {"error": {"code": 100, "error_subcode": 33}})) as server,
        pytest.raises(media.Gone),
    ):
        fetch(server, tmp_path)


def test_a_slow_file_may_be_tried_again_later(tmp_path, monkeypatch):
    monkeypatch.setattr(media, "SECONDS", 0.2)
    slow = graph(lambda request, connection: time.sleep(0.5))
    with serving(slow) as server, pytest.raises(ProviderError) as caught:
        fetch(server, tmp_path)

    assert caught.value.error_class is ErrorClass.RETRY


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (reply(500), ErrorClass.RETRY),
        (reply(401, {"error": {"code": 190}}), ErrorClass.REAUTHORISE),
        (graph(reply(503)), ErrorClass.RETRY),
        (graph(reply(401)), ErrorClass.LATER),
    ],
)
def test_a_failure_of_whatsapp_is_classed(tmp_path, answer, error_class):
    with serving(answer) as server, pytest.raises(ProviderError) as caught:
        fetch(server, tmp_path)

    assert caught.value.error_class is error_class
