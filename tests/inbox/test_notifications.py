"""The page of notifications, this browser's cookie, and the app's shell."""

import pytest

from clinic_inbox.tenancy import clinic_scope
from inbox.models import AlertChoices, PushAddress
from integrations import webpush
from tests.factories import make_clinic, make_member
from tests.inbox.pushed import an_address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("push_key")]
PAGE = "/settings/notifications/"


@pytest.fixture
def member(client):
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        member = make_member()
    client.force_login(member.user)
    return member


def browsers(member) -> list[PushAddress]:
    with clinic_scope(member.clinic_id):
        return list(PushAddress.objects.filter(member=member))


def add(client):
    return client.post(
        PAGE + "browsers/", {"address": an_address()}, headers={"user-agent": "Firefox/1 Linux"}
    )


def test_what_is_chosen_is_kept_and_shown(client, member):
    chosen = {"pushes": ["others"], "sounds": ["mine"], "quiet_from": "22:00", "quiet_until": "07:00"}
    said = client.post(PAGE, chosen)

    assert "Saved" in said.content.decode()
    with clinic_scope(member.clinic_id):
        row = AlertChoices.objects.get()
    assert (row.pushes, row.sounds, row.quiet_span) == (["others"], ["mine"], "22:00-07:00")
    assert 'data-sounds="mine" data-quiet="22:00-07:00"' in client.get("/").content.decode()


def test_half_a_span_is_refused_beside_its_other_end(client, member):
    said = client.post(PAGE, {"quiet_from": "22:00"})

    assert said.context["form"].errors == {"quiet_until": ["Give both times, or neither."]}


def test_a_browser_is_added_shown_and_removed(client, member):
    assert "Firefox · Linux" in add(client).content.decode()
    (address,) = browsers(member)
    assert address.target not in str(address.__dict__)  # sealed

    client.post(f"{PAGE}browsers/{address.pk}/forget/")

    assert browsers(member) == []


def test_an_address_that_is_none_is_refused_in_a_sentence(client, member):
    said = client.post(PAGE + "browsers/", {"address": "{}"})

    assert (said.status_code, said.json()) == (
        409,
        {"sentence": "This browser gave no address at which it can be told."},
    )


def test_signing_out_ends_it_in_this_browser_alone(client, member):
    client.post(PAGE + "browsers/", {"address": an_address("https://push.example/elsewhere")})
    add(client)

    client.post("/accounts/logout/")

    (left,) = browsers(member)
    assert "elsewhere" in left.target


def test_a_test_is_sent_to_ones_own_browser_and_its_fate_told(client, member, monkeypatch):
    async def send(client, target, payload, *, key, subject):
        return outcome

    monkeypatch.setattr(webpush, "send", send)
    add(client)
    (address,) = browsers(member)
    outcome = webpush.Outcome.TOLD
    assert "Sent." in client.post(f"{PAGE}browsers/{address.pk}/try/").content.decode()
    outcome = webpush.Outcome.FAILED
    assert "did not take it" in client.post(f"{PAGE}browsers/{address.pk}/try/").content.decode()

    with clinic_scope(member.clinic_id):
        colleague = make_member()
    client.force_login(colleague.user)
    assert client.post(f"{PAGE}browsers/{address.pk}/try/").status_code == 404


def test_without_a_key_the_page_says_so(client, member, settings):
    settings.PUSH_KEY = ""

    assert "not set up on this server" in client.get(PAGE).content.decode()


def test_the_app_can_be_installed_and_says_nothing_of_anybody(client, member):
    manifest = client.get("/manifest.webmanifest")
    assert (manifest["Content-Type"], manifest.json()["start_url"]) == ("application/manifest+json", "/")
    assert client.get("/worker.js")["Content-Type"] == "text/javascript"
    offline = client.get("/offline/").content.decode()
    assert "No connection" in offline
    assert member.clinic.name not in offline
