import pytest
from django.db import connection

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Clinic, Role
from integrations import views
from integrations.models import Channel, Route
from integrations.operations import WhatsAppNumber, connect_whatsapp, webhook_url
from tests.factories import make_channel, make_clinic, make_hook, make_member
from tests.integrations.servers import in_turn, reply, serving

FORM = {
    "name": "Front desk",
    "address": "+44 20 7946 0101",
    "phone_number_id": "100001",
    "waba_id": "200001",
    "access_token": "the access token",
    "app_secret": "the app secret",
    "verify_token": "the verify token",
}


@pytest.fixture
def admin_client(admin, client):
    client.force_login(admin.user)
    return client


def connect(url="http://127.0.0.1:1") -> Channel:
    return connect_whatsapp(
        WhatsAppNumber(
            phone_number_id="100001",
            waba_id="200001",
            access_token="the access token",
            app_secret="the app secret",
            verify_token="the verify token",
            graph_url=url,
        )
    )


def test_connecting_shows_what_to_paste_into_meta(admin_client):
    response = admin_client.post("/settings/channels/connect/", FORM, follow=True)

    channel = Channel.objects.select_related("hook").get()
    assert webhook_url(channel.hook) in response.text
    assert "the verify token" in response.text
    assert "the access token" not in response.text
    assert "the app secret" not in response.text


def test_secrets_are_not_sent_back_with_a_form_that_has_errors(admin_client):
    response = admin_client.post("/settings/channels/connect/", FORM | {"phone_number_id": "letters"})

    assert response.context["form"].errors.keys() == {"phone_number_id"}
    assert "the access token" not in response.text
    assert "the app secret" not in response.text


def test_a_second_number_may_use_the_app_of_the_first(admin_client):
    hook = connect().hook
    second = FORM | {"phone_number_id": "100002", "hook": hook.pk, "app_secret": "", "verify_token": ""}

    admin_client.post("/settings/channels/connect/", second)

    assert Channel.objects.get(external_id="100002").hook == hook


def test_a_refused_connection_leaves_nothing_behind(admin_client):
    hook = make_hook(Clinic.objects.get())
    Route.objects.create(hook=hook, kind=Route.Kind.NUMBER, external_id=FORM["phone_number_id"])

    response = admin_client.post("/settings/channels/connect/", FORM | {"hook": hook.pk})

    assert "connected to this Meta app already" in response.text
    assert Channel.objects.count() == 0


def test_another_clinics_app_is_not_offered(db, client):
    ours, theirs = make_clinic(), make_clinic()
    with clinic_scope(theirs.pk):
        hook = connect().hook
    with clinic_scope(ours.pk):
        client.force_login(make_member("Olga Owner", Role.OWNER).user)

    client.post("/settings/channels/connect/", FORM | {"hook": hook.pk, "app_secret": "", "verify_token": ""})

    with clinic_scope(ours.pk):
        assert Channel.objects.count() == 0


def test_a_check_tells_what_the_provider_said(transactional_db, client):
    clinic = make_clinic()
    apps = reply(body={"data": [{"whatsapp_business_api_data": {"id": "1", "name": "App"}}]})
    told = {"display_phone_number": "+44 20 7946 0101", "verified_name": "Clinic", "quality_rating": "RED"}
    with serving(in_turn(reply(body=told), apps)) as provider:
        with clinic_scope(clinic.pk):
            client.force_login(make_member("Olga Owner", Role.OWNER).user)
            channel = connect(provider.url)

        response = client.post(f"/settings/channels/{channel.pk}/check/")

    with clinic_scope(clinic.pk):
        assert Channel.objects.get().quality == "red"
    assert [check.is_good for check in response.context["result"].checks] == [True, True, False]
    assert provider.requests[0].headers["Authorization"] == "Bearer the access token"


def test_a_refused_token_says_what_to_do(transactional_db, client):
    clinic = make_clinic()
    expired = reply(401, {"error": {"code": 190, "message": "expired", "type": "OAuthException"}})
    with serving(expired) as provider:
        with clinic_scope(clinic.pk):
            client.force_login(make_member("Olga Owner", Role.OWNER).user)
            channel = connect(provider.url)

        response = client.post(f"/settings/channels/{channel.pk}/check/")

    (check,) = response.context["result"].checks
    assert (check.is_good, check.fix) == (False, "Make a new access token in Meta and replace the one below.")


def test_the_provider_is_asked_outside_any_transaction(transactional_db, client, monkeypatch):
    clinic, seen = make_clinic(), []
    with clinic_scope(clinic.pk):
        client.force_login(make_member("Olga Owner", Role.OWNER).user)
        channel = connect()
    asked = views.check_whatsapp

    def ask(*arguments):
        seen.append(connection.in_atomic_block)
        return asked(*arguments)

    monkeypatch.setattr(views, "check_whatsapp", ask)
    client.post(f"/settings/channels/{channel.pk}/check/")

    assert seen == [False]


def test_a_paused_number_is_resumed(admin_client):
    channel = make_channel()
    states = []

    for step in ("pause", "resume"):
        admin_client.post(f"/settings/channels/{channel.pk}/{step}/")
        states.append(Channel.objects.get(pk=channel.pk).state)

    assert states == ["paused", "connected"]
