"""A body without end, and bodies that lie: through the real processes, weighed."""

import sys
import time
from uuid import uuid4

import pytest

from tests.factories import make_hook
from tests.live.talking import flood, head
from tests.live.weighing import Scale

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="peaks of memory are read from /proc"),
]
ENOUGH = 200 * 1024 * 1024
SIGNED = "X-Hub-Signature-256: sha256=" + "0" * 64
TOKEN = f"Authorization: Bearer ci_{'0' * 32}_{'x' * 40}"
ENTRIES = {
    "a webhook": ("/webhooks/whatsapp/{hook}/", SIGNED),
    "a webhook of nobody": ("/webhooks/whatsapp/{nobody}/", SIGNED),
    "an unsigned webhook": ("/webhooks/whatsapp/{hook}/", "X-Nothing: 1"),
    "no address at all": ("/nowhere/", "X-Nothing: 1"),
    "sign-in": ("/accounts/login/", "Content-Type: application/x-www-form-urlencoded"),
    "sign-in, as a file": ("/accounts/login/", "Content-Type: multipart/form-data; boundary=x"),
    "the API": ("/api/v1/contacts/{nobody}/", TOKEN),
    "an upload by nobody": ("/conversations/{nobody}/attachments/", "Cookie: clinic-session=" + "0" * 32),
    "an upload with no token we made": ("/api/v1/attachments/", TOKEN),
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_body_without_end_is_cut_off_and_weighs_nothing(edge, entry):
    path, line = ENTRIES[entry]
    path = path.format(hook=make_hook().pk, nobody=uuid4())
    scale = Scale(("uvicorn", "granian"), edge.logs)

    heard = flood(
        edge.address, head("POST", path, edge.address, line, "Transfer-Encoding: chunked"), total=ENOUGH
    )

    assert heard.status in (0, 403, 404, 413)
    assert heard.sent < ENOUGH / 5
    assert heard.seconds < 2 * slowness()
    assert scale.megabytes_more() < 5


def slowness() -> float:
    """How many times longer than on a quiet machine a fixed piece of work takes now; at least 1."""
    began = time.monotonic()
    sum(range(2_000_000))
    return max(1.0, (time.monotonic() - began) / 0.05)
