"""Files come from members only; a stranger's is not even read."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse


class Unreadable:
    def read(self, *_):
        raise AssertionError("the body was read")

    readline = read


def post_unreadable(client, address, **headers):
    return client.post(
        address,
        **{
            "wsgi.input": Unreadable(),
            "CONTENT_LENGTH": "90000000",
            "CONTENT_TYPE": "multipart/form-data; boundary=edge",
        },
        **headers,
    )


@pytest.mark.parametrize("cookie", [None, "0123456789abcdef0123456789abcdef"])
def test_a_strangers_upload_is_refused_before_it_is_read(db, settings, cookie):
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    if cookie:
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie

    answer = post_unreadable(client, reverse("inbox:upload", args=[uuid4()]))

    assert answer.status_code == 403


@pytest.mark.parametrize("token", ["", f"Bearer ci_{'0' * 32}_{'x' * 40}"])
def test_an_upload_with_no_valid_token_is_refused_before_it_is_read(db, token):
    answer = post_unreadable(Client(), "/api/v1/attachments/", HTTP_AUTHORIZATION=token)

    assert answer.status_code == 401
