"""The calls workers make."""

import io

import pytest

from integrations.events import ErrorClass, ProviderError
from integrations.whatsapp import api
from tests.integrations.servers import in_turn, reply, serving


def credentials_for(url: str) -> api.Credentials:
    return api.Credentials(
        api_url=url, number_id="n1", business_id="b1", access_token="token-1", allow_private=True
    )


def page(names: list[str], after: str = "", has_next: bool = False) -> dict:
    """One page of a list, with an address of the next page that is somewhere else."""
    paging = {"cursors": {"after": after}} | ({"next": "http://127.0.0.1:1/evil"} if has_next else {})
    return {"data": [{"name": name} for name in names], "paging": paging}


def test_templates_are_listed_page_by_page_at_our_own_address():
    with serving(in_turn(reply(200, page(["a", "b"], "c1", True)), reply(200, page(["c"], "c2")))) as server:
        templates = api.list_templates(credentials_for(server.url))

    assert [template["name"] for template in templates] == ["a", "b", "c"]
    assert [request.path.split("&after=")[-1][:3] for request in server.requests][1:] == ["c1"]
    assert {request.path.split("?")[0] for request in server.requests} == {"/v26.0/b1/message_templates"}


def test_a_file_is_uploaded_whole():
    with serving(reply(200, {"id": "m1"})) as server:
        media_id = api.upload_media(
            credentials_for(server.url), io.BytesIO(b"%PDF-1.4"), "application/pdf", "a.pdf"
        )

    [request] = server.requests
    assert (media_id, request.path) == ("m1", "/v26.0/n1/media")
    assert b'name="messaging_product"\r\n\r\nwhatsapp' in request.body
    assert b'filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4' in request.body


def test_our_webhooks_are_asked_for_at_our_address():
    with serving(reply(200, {"success": True})) as server:
        api.subscribe(credentials_for(server.url), "https://clinic.example/hook", "token-2")

    assert server.requests[0].json == {
        "override_callback_uri": "https://clinic.example/hook",
        "verify_token": "token-2",
    }


def test_a_number_is_registered_with_its_pin():
    with serving(reply(200, {"success": True})) as server:
        api.register(credentials_for(server.url), "123456")

    assert (server.requests[0].path, server.requests[0].json["pin"]) == ("/v26.0/n1/register", "123456")


def test_the_rest_is_read():
    with serving(reply(200, {"id": "n1", "data": {"is_valid": True}})) as server:
        credentials = credentials_for(server.url)

        assert api.get_number(credentials)["id"] == "n1"
        assert api.debug_token(credentials) == {"is_valid": True}
        assert api.list_numbers(credentials) == [{"is_valid": True}]


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (reply(500, b""), ErrorClass.RETRY),  # a call that may be made twice is simply made again
        (reply(200, b"<html>"), ErrorClass.RETRY),
        (reply(401, {"error": {"code": 190}}), ErrorClass.REAUTHORISE),
        (reply(400, {"error": {"code": 100}}), ErrorClass.NEVER),
    ],
)
def test_a_call_that_fails_is_classed(answer, error_class):
    with serving(answer) as server, pytest.raises(ProviderError) as caught:
        api.get_number(credentials_for(server.url))

    assert caught.value.error_class is error_class
