"""The connection doctor: what Meta tells becomes a mark, a sentence and a fix; what cannot be read hides nothing."""

from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry, Role
from inbox.views import doctor as at_work
from integrations import doctor
from integrations.models import Channel, Checkup
from integrations.whatsapp import looking
from tests.factories import make_channel, make_clinic, make_hook, make_member, make_message
from tests.integrations.servers import reply, serving

URL = "https://inbox.example/webhooks/whatsapp/1/"
SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"]
NUMBER = {
    "id": "n1", "display_phone_number": "+44 20 7946 0101", "verified_name": "Clinic", "quality_rating": "GREEN",
    "code_verification_status": "VERIFIED", "name_status": "APPROVED", "status": "CONNECTED",
    "whatsapp_business_manager_messaging_limit": "TIER_2K", "webhook_configuration": {"application": URL},
    "health_status": {"can_send_message": "AVAILABLE", "entities": []}, "is_on_biz_app": False,
}  # fmt: skip
ANSWERS = {
    "debug_token": {"data": {"is_valid": True, "app_id": "a1", "scopes": SCOPES, "expires_at": 0}},
    "n1": NUMBER,
    "b1/subscribed_apps": {"data": [{"whatsapp_business_api_data": {"id": "a1", "name": "Our app"}}]},
    "b1": {"id": "b1", "name": "Clinic Ltd", "account_review_status": "APPROVED"},
    "b1/message_templates": {"data": [{"id": "1", "status": "APPROVED"}, {"id": "2", "status": "PENDING"}]},
}
EXPIRED = {"error": {"code": 190, "message": "expired"}}


def graph(date=None, **changed):
    """An answer for each path of the Graph API; one that begins with an error is refused, None is never answered."""
    answers = ANSWERS | {name.replace("__", "/"): value for name, value in changed.items()}
    date = date or timezone.now().strftime("%a, %d %b %Y %H:%M:%S GMT")

    def answer(request, connection):
        told = answers[request.path.split("?")[0].removeprefix("/v26.0/")]
        if told is not None:
            reply(400 if "error" in told else 200, told, Date=date)(request, connection)

    return answer


def examine(**changed) -> dict:
    """What the doctor says of a channel that has never heard a webhook, by title."""
    with serving(graph(**changed)) as server:
        facts = looking.look(credentials(server.url))
    checks = doctor.findings(Channel(clinic_id=uuid4()), facts, URL)
    return {check.title: check for check in checks}


def credentials(url: str) -> looking.Credentials:
    return looking.Credentials(
        api_url=url, number_id="n1", business_id="b1", access_token="t", allow_private=True
    )


def marks(**changed) -> dict:
    """Only what is not in order."""
    return {title: check.is_good for title, check in examine(**changed).items() if check.is_good is not True}


NEVER_HEARD = {"Webhooks arrive": None}


def test_a_connection_that_works_has_nothing_to_repair():
    assert marks() == NEVER_HEARD


@pytest.mark.parametrize(
    ("title", "action", "changed"),
    [
        ("The access token is valid", "token", {"debug_token": {"data": {"is_valid": False}}}),
        ("The access token is valid", "token", {"debug_token": EXPIRED}),
        (
            "The access token is valid",
            "token",
            {
                "debug_token": {
                    "data": {"is_valid": True, "scopes": SCOPES, "expires_at": 1_800_000_000 - 10**7}
                }
            },
        ),
        (
            "The token may read and send",
            "token",
            {"debug_token": {"data": {"is_valid": True, "app_id": "a1", "scopes": SCOPES[:1]}}},
        ),
        ("The access token opens this number", "", {"n1": {"error": {"code": 100, "message": "no"}}}),
        (
            "The number is registered for the Cloud API",
            "register",
            {"n1": NUMBER | {"status": "DISCONNECTED"}},
        ),
        ("The number is registered for the Cloud API", "", {"n1": NUMBER | {"status": "BANNED"}}),
        (
            "Meta lets this number send",
            "",
            {"n1": NUMBER | {"health_status": {"can_send_message": "BLOCKED", "entities": []}}},
        ),
        (
            "The business account sends its webhooks to our app",
            "subscribe",
            {"b1__subscribed_apps": {"data": []}},
        ),
        (
            "The business account sends its webhooks to our app",
            "subscribe",
            {"b1__subscribed_apps": {"data": [{"whatsapp_business_api_data": {"id": "another"}}]}},
        ),
        (
            "Webhooks come to this address",
            "subscribe",
            {
                "n1": NUMBER
                | {"webhook_configuration": {"application": URL, "phone_number": "https://other/"}}
            },
        ),
        ("Patients see the clinic's name", "", {"n1": NUMBER | {"name_status": "DECLINED"}}),
        ("Patients are content with the messages", "", {"n1": NUMBER | {"quality_rating": "RED"}}),
        ("The clocks agree", "", {"date": "Thu, 26 Nov 2020 03:00:00 GMT"}),
    ],
)
def test_what_is_wrong_has_a_sentence_and_a_fix(title, action, changed):
    check = examine(**changed)[title]

    assert (check.is_good, check.action) == (False, action)
    assert check.finding
    assert check.fix


@pytest.mark.parametrize(
    ("title", "changed"),
    [
        ("Patients see the clinic's name", {"n1": NUMBER | {"name_status": "PENDING_REVIEW"}}),
        ("The number is registered for the Cloud API", {"n1": NUMBER | {"status": "PENDING"}}),
        ("The business account is approved", {"b1": {"id": "b1", "account_review_status": "PENDING"}}),
    ],
)
def test_what_is_in_review_is_not_shown_as_broken(title, changed):
    check = examine(**changed)[title]

    assert (check.is_good, check.is_waiting) == (None, True)
    assert marks(**changed) == NEVER_HEARD | {title: None}


def test_a_question_that_is_never_answered_hides_no_other(monkeypatch):
    monkeypatch.setattr(looking, "SECONDS", 0.5)

    found = marks(debug_token=None)

    assert found == NEVER_HEARD | {"The access token is valid": None}


def test_a_provider_that_is_away_is_unknown_and_not_wrong():
    facts = looking.look(credentials("http://127.0.0.1:1"))

    checks = doctor.findings(Channel(clinic_id=uuid4()), facts, URL)
    assert {check.is_good for check in checks} == {None}


def test_a_number_shared_with_the_phone_app_is_not_asked_to_register():
    check = examine(n1=NUMBER | {"is_on_biz_app": True, "status": "DISCONNECTED"})
    registered = check["The number is registered for the Cloud API"]

    assert (registered.is_good, registered.action) == (False, "")
    assert "phone" in registered.fix


@pytest.fixture
def at_desk(transactional_db, client):
    """An owner, signed in, and how to connect their number to a server."""
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        client.force_login(make_member("Olga Owner", Role.OWNER).user)

    def connected(url="http://127.0.0.1:1"):
        with clinic_scope(clinic.pk):
            return make_channel(make_hook(clinic), "n1", "b1", api_url=url)

    client.clinic, client.connected = clinic, connected
    return client


def test_a_look_is_kept_and_shown_until_the_next(at_desk):
    with serving(graph(n1=NUMBER | {"quality_rating": "RED"})) as server:
        channel = at_desk.connected(server.url)
        with clinic_scope(at_desk.clinic.pk):
            make_message(direction="out")
        at_desk.post(f"/settings/channels/{channel.pk}/check/")

    page = at_desk.get(f"/settings/channels/{channel.pk}/")
    with clinic_scope(at_desk.clinic.pk):
        assert (Channel.objects.get().quality, Checkup.objects.count()) == ("red", 1)
    assert "Quality is low" in page.text
    assert "The last one was taken" in page.text
    assert "Look again" in page.text


def test_the_provider_is_asked_outside_any_transaction(at_desk, monkeypatch):
    seen = []
    channel = at_desk.connected()
    away = looking.look(credentials(channel.api_url))
    monkeypatch.setattr(at_work.looking, "look", lambda _: seen.append(connection.in_atomic_block) or away)

    at_desk.post(f"/settings/channels/{channel.pk}/check/")

    assert seen == [False]


def test_webhooks_are_sent_here_by_a_button(at_desk):
    with serving(graph()) as server:
        channel = at_desk.connected(server.url)
        at_desk.post(f"/settings/channels/{channel.pk}/subscribe/")

    [asked] = [each for each in server.requests if each.method == "POST"]
    assert asked.json["override_callback_uri"].endswith(f"/webhooks/whatsapp/{channel.hook_id}/")
    assert asked.json["verify_token"] == "verify-token"
    with clinic_scope(at_desk.clinic.pk):
        assert AuditEntry.objects.filter(action="channel.subscribed").count() == 1


def test_a_wrong_pin_says_what_to_do_and_is_kept_nowhere(at_desk):
    refused = {"error": {"code": 133005, "message": "PIN mismatch"}}
    with serving(graph(n1__register=refused)) as server:
        channel = at_desk.connected(server.url)
        page = at_desk.post(f"/settings/channels/{channel.pk}/register/", {"pin": "427816"})

    assert "PIN" in page.context["problem"]
    with clinic_scope(at_desk.clinic.pk):
        told = str([entry.detail for entry in AuditEntry.objects.all()])
    assert "427816" not in told + page.text


def test_a_pin_of_other_than_six_digits_is_not_sent(at_desk):
    channel = at_desk.connected()

    page = at_desk.post(f"/settings/channels/{channel.pk}/register/", {"pin": "12345a"})

    assert page.context["pin_form"].errors.keys() == {"pin"}
