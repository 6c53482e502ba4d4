"""What becomes of a message that is sent, for each way it can go wrong."""

import socket
import time

import pytest

from integrations import http
from integrations.events import ErrorClass, Invalid, Kind, Outgoing, ProviderError, Receipt
from integrations.whatsapp.api import Credentials
from integrations.whatsapp.send import mark_read, send
from tests.integrations.servers import raw, reply, reset, serving

HELLO = Outgoing(kind=Kind.TEXT, to_wa_id="12025550143", text="Hello", attempt_id="attempt-1")
ACCEPTED = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+12025550143", "wa_id": "12025550143"}],
    "messages": [{"id": "wamid.out1"}],
}


def graph_error(code: int, **more) -> dict:
    """An error as the Graph API tells it."""
    return {
        "error": {
            "message": f"(#{code}) No",
            "code": code,
            "error_data": {"details": "The details"},
            **more,
        }
    }


async def send_to(url: str, outgoing: Outgoing = HELLO) -> Receipt:
    credentials = Credentials(api_url=url, number_id="100000000000001", access_token="token-1")
    async with http.open_client(allow_private=True) as client:
        return await send(client, credentials, outgoing)


async def failure_of(answer) -> ProviderError:
    with serving(answer) as server, pytest.raises(ProviderError) as caught:
        await send_to(server.url)
    return caught.value


async def test_a_message_is_posted_once_with_its_attempt():
    with serving(reply(200, ACCEPTED)) as server:
        receipt = await send_to(server.url)

    assert receipt == Receipt("wamid.out1", wa_id="12025550143")
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/v26.0/100000000000001/messages")
    assert request.headers["Authorization"] == "Bearer token-1"
    assert request.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+12025550143",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "attempt-1",
    }


async def test_a_message_held_for_a_quality_check_says_so():
    held = ACCEPTED | {"messages": [{"id": "wamid.out1", "message_status": "held_for_quality_assessment"}]}

    with serving(reply(200, held)) as server:
        assert (await send_to(server.url)).held


async def test_a_receipt_tells_the_user_id_it_went_to():
    told = ACCEPTED | {"contacts": [{"input": "US.1", "user_id": "US.1"}]}

    with serving(reply(200, told)) as server:
        assert (await send_to(server.url)).user_id == "US.1"


@pytest.mark.parametrize(
    ("answer", "error_class", "code"),
    [
        (reply(400, graph_error(131056)), ErrorClass.RETRY, "131056"),
        (reply(400, graph_error(130429)), ErrorClass.RETRY, "130429"),
        (reply(400, graph_error(80007)), ErrorClass.RETRY, "80007"),
        (reply(403, graph_error(4)), ErrorClass.RETRY, "4"),
        (reply(503, graph_error(131057)), ErrorClass.RETRY, "131057"),
        (reply(429, b"slow down"), ErrorClass.RETRY, "http_429"),
        (reply(401, graph_error(190)), ErrorClass.REAUTHORISE, "190"),
        (reply(403, graph_error(10)), ErrorClass.REAUTHORISE, "10"),
        (reply(400, graph_error(131047)), ErrorClass.WINDOW_CLOSED, "131047"),
        (reply(400, graph_error(131050)), ErrorClass.OPTED_OUT, "131050"),
        (reply(400, graph_error(100)), ErrorClass.NEVER, "100"),
        (reply(400, graph_error(987654)), ErrorClass.NEVER, "987654"),
        (reply(200, graph_error(131026)), ErrorClass.NEVER, "131026"),
        (reply(400, graph_error(131042)), ErrorClass.LATER, "131042"),
        (reply(302, b"", Location="http://127.0.0.1:1/"), ErrorClass.LATER, "http_302"),
        (reply(404, b"<html>"), ErrorClass.LATER, "http_404"),
        (reply(503, graph_error(131016)), ErrorClass.UNCERTAIN, "131016"),
        (reply(500, graph_error(131000)), ErrorClass.UNCERTAIN, "131000"),
        (reply(500, graph_error(987654)), ErrorClass.UNCERTAIN, "987654"),
        (reply(400, graph_error(987654, is_transient=True)), ErrorClass.UNCERTAIN, "987654"),
        (reply(500, b""), ErrorClass.UNCERTAIN, "http_500"),
        (reply(502, b"<html>Bad gateway</html>"), ErrorClass.UNCERTAIN, "http_502"),
        (reply(503, b"{}"), ErrorClass.UNCERTAIN, "http_503"),
        (reply(408, b""), ErrorClass.UNCERTAIN, "http_408"),
        (reply(200, b"<html>"), ErrorClass.UNCERTAIN, "unreadable"),
        (reply(200, b""), ErrorClass.UNCERTAIN, "unreadable"),
        (reply(200, []), ErrorClass.UNCERTAIN, "unreadable"),
        (reply(200, {"messages": []}), ErrorClass.UNCERTAIN, "unreadable"),
        (reply(200, b" " * (3 * 1024 * 1024)), ErrorClass.UNCERTAIN, "unreadable"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), ErrorClass.UNCERTAIN, "interrupted"),
        (raw(b"nonsense\r\n\r\n"), ErrorClass.UNCERTAIN, "interrupted"),
        (raw(b""), ErrorClass.UNCERTAIN, "interrupted"),
        (reset, ErrorClass.UNCERTAIN, "interrupted"),
    ],
)
async def test_an_answer_is_classed(answer, error_class, code):
    error = await failure_of(answer)

    assert (error.error_class, error.code) == (error_class, code)


async def test_an_answer_that_never_comes_is_uncertain(monkeypatch):
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.2)

    error = await failure_of(lambda request, connection: time.sleep(0.5))

    assert (error.error_class, error.code) == (ErrorClass.UNCERTAIN, "interrupted")


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (reply(400, graph_error(131056)), 6),
        (reply(400, graph_error(131056), Retry_After="30"), 30),
        (reply(400, graph_error(131056), Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), 6),
        (reply(429, b"", Retry_After="999999999"), 3600),
        (reply(400, graph_error(100), Retry_After="30"), None),
    ],
)
async def test_the_pause_before_a_retry_is_told(answer, seconds):
    assert (await failure_of(answer)).retry_after == seconds


async def test_the_providers_words_are_kept_short():
    error = await failure_of(reply(400, graph_error(100, error_data={"details": "x" * 5000})))

    assert error.detail == "x" * 300


async def refused_by(url: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await send_to(url)
    return caught.value


async def test_a_closed_door_proves_that_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert (await refused_by(f"http://127.0.0.1:{port}")).error_class is ErrorClass.RETRY


async def test_a_failed_handshake_proves_that_nothing_was_sent():
    with serving(raw(b"no tls here")) as server:
        error = await refused_by(server.url.replace("http:", "https:"))

    assert error.error_class is ErrorClass.RETRY


async def test_an_unknown_name_proves_that_nothing_was_sent(monkeypatch):
    def fail(*args, **kwargs):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    assert (await refused_by("http://graph.example")).error_class is ErrorClass.RETRY


async def test_a_connection_that_takes_too_long_proves_that_nothing_was_sent(monkeypatch):
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(0.3) or [])

    assert (await refused_by("http://graph.example")).error_class is ErrorClass.RETRY


async def test_a_production_channel_does_not_reach_our_own_network():
    credentials = Credentials(api_url="https://127.0.0.1", number_id="1", access_token="token-1")
    async with http.open_client() as client:
        with pytest.raises(ProviderError) as caught:
            await send(client, credentials, HELLO)

    assert (caught.value.error_class, caught.value.code) == (ErrorClass.LATER, "refused")


async def test_a_message_over_a_limit_is_not_sent():
    with serving(reply(200, ACCEPTED)) as server, pytest.raises(Invalid):
        await send_to(server.url, Outgoing(kind=Kind.TEXT, to_wa_id="12025550143", text="x" * 4097))

    assert server.requests == []


async def test_reading_is_told_with_typing():
    with serving(reply(200, {"success": True})) as server:
        credentials = Credentials(api_url=server.url, number_id="1", access_token="token-1")
        async with http.open_client(allow_private=True) as client:
            await mark_read(client, credentials, "wamid.in1", typing=True)

    assert server.requests[0].json == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.in1",
        "typing_indicator": {"type": "text"},
    }


def test_the_token_is_not_in_what_is_printed():
    assert "token-1" not in repr(Credentials(api_url="x", number_id="1", access_token="token-1"))
