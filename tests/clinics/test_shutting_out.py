"""Who is removed, or changes how they sign in, is out within five seconds: real processes, sockets and keys."""

import time
from contextlib import ExitStack, contextmanager

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member, Role
from clinics.operations.tokens import create_api_token
from inbox.consumers import SIGNED_OUT
from tests.clinics.signing_in import PASSWORD
from tests.factories import make_clinic, make_member

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 5  # seconds
GENEROUS = 60  # a busy machine may take long to answer at all


class Browser:
    """A person at a browser of their own, talking to the running product."""

    def __init__(self, product, member, web):
        self.product, self.web = product, web
        page = self.web.get("/accounts/login/")
        assert page.status_code == 200, page.text
        self.post("/accounts/login/", login=member.user.email, password=PASSWORD)
        assert self.web.get("/settings/profile/").status_code == 200

    def post(self, path, **data):
        headers = {"X-CSRFToken": self.web.cookies["clinic-csrf"], "Origin": self.product.address}
        return self.web.post(path, data=data, headers=headers)

    def connect(self):
        """A socket with the cookies the browser has, however little they are worth."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.web.cookies.items())
        address = self.product.address.replace("http", "ws", 1) + "/ws/"
        return connect(address, additional_headers={"Cookie": cookies}, origin=self.product.address)

    @contextmanager
    def open_socket(self):
        """A socket that has been let in."""
        with self.connect() as socket:
            socket.send('{"since": 5}')  # ahead of everything: the answer comes at once
            socket.recv(timeout=GENEROUS)
            yield socket


def answer(socket) -> str | None:
    """What a socket says to a browser that asks; None when it was closed without a word."""
    try:
        socket.send('{"since": 5}')
        return socket.recv(timeout=GENEROUS)
    except ConnectionClosed:
        return None


def seconds_until_closed(socket, code: int) -> float:
    started = time.monotonic()
    with pytest.raises(ConnectionClosed) as closed:
        _hear_the_end(socket)
    assert closed.value.rcvd.code == code
    return time.monotonic() - started


def _hear_the_end(socket) -> None:
    while True:
        socket.recv(timeout=GENEROUS)


@pytest.fixture
def people():
    """An owner, and an admin who has made a key."""
    with clinic_scope(make_clinic().pk):
        owner, leaver = make_member("Olga Owner", Role.OWNER), make_member("Lee Leaver", Role.ADMIN)
        _, key = create_api_token("theirs", by=leaver)
    return owner, leaver, key


@pytest.fixture
def sit_down(product):
    """Signs a member in, in a browser of their own."""
    with ExitStack() as clients:

        def sign_in(member) -> Browser:
            web = httpx2.Client(base_url=product.address, timeout=GENEROUS, trust_env=False)
            return Browser(product, member, clients.enter_context(web))

        yield sign_in


def test_a_removed_members_pages_keys_and_sockets_end_within_five_seconds(sit_down, people):
    owner, leaver, key = people
    boss, theirs = sit_down(owner), sit_down(leaver)
    machine = {"Authorization": f"Bearer {key}"}
    assert theirs.web.get("/api/v1/conversations/", headers=machine).status_code == 200
    with theirs.open_socket() as socket:
        assert boss.post(f"/settings/members/{leaver.pk}/deactivate/").status_code == 200
        took = seconds_until_closed(socket, SIGNED_OUT)

    assert took < LIMIT
    assert theirs.web.get("/settings/profile/").headers["Location"].startswith("/accounts/login/")
    assert theirs.web.get("/api/v1/conversations/", headers=machine).status_code == 401
    with theirs.connect() as again:
        assert answer(again) is None
    with clinic_scope(leaver.clinic_id):
        assert not Member.objects.get(pk=leaver.pk).is_active


def test_signing_out_everywhere_else_closes_the_other_browsers_socket(sit_down, people):
    owner, _leaver, _key = people
    here, there = sit_down(owner), sit_down(owner)
    with there.open_socket() as socket, here.open_socket() as kept:
        here.post("/settings/security/sign-out-elsewhere/")
        took = seconds_until_closed(socket, SIGNED_OUT)
        with pytest.raises(TimeoutError):
            kept.recv(timeout=1)

    assert took < LIMIT


def test_a_clinic_that_begins_to_ask_for_a_second_step_closes_the_sockets_without(sit_down, people):
    owner, _leaver, _key = people
    here = sit_down(owner)
    with here.open_socket() as socket:
        fields = {"name": "Clinic", "time_zone": "UTC", "language": "en", "idle_timeout_minutes": 60}
        here.post("/settings/details/", **fields, requires_mfa="on")
        took = seconds_until_closed(socket, SIGNED_OUT)

    assert took < LIMIT
    with here.connect() as again:
        assert answer(again) is None
