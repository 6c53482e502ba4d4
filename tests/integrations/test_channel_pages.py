import pytest

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry, Clinic, Role
from inbox.models import Conversation
from integrations import operations
from integrations.models import Channel, Route
from integrations.operations import WhatsAppNumber, connect_whatsapp, webhook_url
from integrations.queries import find_routes
from integrations.views import connect as connecting
from tests.factories import make_channel, make_clinic, make_conversation, make_hook, make_member
from tests.integrations.servers import reply, serving

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


@pytest.fixture(autouse=True)
def meta_is_away(monkeypatch):
    monkeypatch.setattr(connecting, "GRAPH_URL", "http://127.0.0.1:1")


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


def test_a_paused_number_is_resumed(admin_client):
    channel = make_channel()
    states = []

    for step in ("pause", "resume"):
        admin_client.post(f"/settings/channels/{channel.pk}/{step}/")
        states.append(Channel.objects.get(pk=channel.pk).state)

    assert states == ["paused", "connected"]


def test_a_disconnected_number_keeps_its_conversations_and_nothing_else(admin_client):
    channel = connect()
    make_conversation(channel=channel)

    response = admin_client.post(f"/settings/channels/{channel.pk}/disconnect/", {"typed": "whatsapp"})

    after = Channel.objects.get()
    assert (after.state, after.access_token, Route.objects.count()) == ("off", "", 0)
    assert Conversation.objects.count() == 1
    assert "Connect it again" in response.text


def test_a_number_is_not_disconnected_by_another_name(admin_client):
    channel = connect()

    response = admin_client.post(f"/settings/channels/{channel.pk}/disconnect/", {"typed": "yes"})

    assert Channel.objects.get().state == "connected"
    assert "nothing was done" in response.text


def test_a_disconnected_number_is_connected_again_with_its_conversations(admin_client):
    before = connect()
    conversation = make_conversation(channel=before)
    operations.disconnect(before)

    admin_client.post("/settings/channels/connect/", FORM)

    channel = Channel.objects.get()
    assert (channel.pk, channel.state, channel.access_token) == (before.pk, "connected", "the access token")
    assert find_routes(channel.hook_id).numbers == {"100001": (channel.clinic_id, channel.pk)}
    assert Conversation.objects.get() == conversation


def test_a_number_that_came_back_says_that_nothing_came_meanwhile(admin_client):
    before = connect()
    page = f"/settings/channels/{before.pk}/"
    first = admin_client.get(page).text
    operations.disconnect(before)
    during = admin_client.get(page).text
    admin_client.post("/settings/channels/connect/", FORM)

    sentence = "What patients wrote then did not come here"
    assert [sentence in each for each in (first, during, admin_client.get(page).text)] == [False, False, True]


def test_a_business_account_is_heard_of_while_another_of_its_numbers_is_connected(clinic):
    first = connect()
    second = connect_whatsapp(
        WhatsAppNumber(phone_number_id="100002", waba_id="200001", access_token="t"), hook=first.hook
    )

    operations.disconnect(first)
    during = find_routes(first.hook_id).businesses.keys()
    operations.disconnect(second)

    assert during == {"200001"}
    assert find_routes(first.hook_id).businesses == {}


def test_a_disconnected_number_does_not_send_again_by_a_button(admin_client):
    channel = make_channel(state="off")

    for step, data in (("resume", {}), ("pause", {}), ("access-token", {"token": "EAAnew"})):
        admin_client.post(f"/settings/channels/{channel.pk}/{step}/", data)

    after = Channel.objects.get()
    assert (after.state, after.access_token) == ("off", "access-token")


ONE = {"data": [{"id": "100001", "display_phone_number": "+44 20 7946 0109", "verified_name": "Clinic"}]}
OTHER = {"data": [{"id": "777", "display_phone_number": "+44 20 7946 0777", "verified_name": "Clinic"}]}


@pytest.mark.parametrize(
    ("answer", "field", "words"),
    [
        (
            reply(401, {"error": {"code": 190, "message": "expired"}}),
            "access_token",
            "does not accept this token",
        ),
        (reply(400, {"error": {"code": 100, "message": "unknown"}}), "waba_id", "opens no business account"),
        (reply(200, OTHER), "phone_number_id", "+44 20 7946 0777 (777)"),
    ],
)
def test_what_meta_refuses_stands_beside_its_field_and_connects_nothing(
    admin_client, monkeypatch, answer, field, words
):
    with serving(answer) as provider:
        monkeypatch.setattr(connecting, "GRAPH_URL", provider.url)

        page = admin_client.post("/settings/channels/connect/", FORM)

    assert page.context["form"].errors.keys() == {field}
    assert words in page.text
    assert Channel.objects.count() == 0


def test_the_number_patients_see_is_learnt_from_meta(admin_client, monkeypatch):
    with serving(reply(200, ONE)) as provider:
        monkeypatch.setattr(connecting, "GRAPH_URL", provider.url)

        admin_client.post("/settings/channels/connect/", FORM | {"address": ""})

    assert Channel.objects.get().address == "+44 20 7946 0109"


def disconnect(client, channel):
    return client.post(f"/settings/channels/{channel.pk}/disconnect/", {"typed": channel.name})


def test_meta_is_told_when_the_last_number_of_a_business_account_is_disconnected(admin_client):
    with serving(reply(200, {"success": True})) as meta:
        first = connect(meta.url)
        number = WhatsAppNumber(
            phone_number_id="100002", waba_id="200001", access_token="the other token", graph_url=meta.url
        )
        second = connect_whatsapp(number, hook=first.hook)

        disconnect(admin_client, first)
        before = list(meta.requests)
        disconnect(admin_client, second)

    assert before == []
    [asked] = meta.requests
    assert (asked.method, asked.path) == ("DELETE", "/v26.0/200001/subscribed_apps")
    assert asked.headers["Authorization"] == "Bearer the other token"
    entry = AuditEntry.objects.get(action="channel.unsubscribed")
    assert entry.detail == {"account": "200001", "outcome": "done"}


def test_a_number_is_disconnected_although_meta_cannot_be_told(admin_client):
    with serving(reply(400, {"error": {"code": 190, "message": "expired"}})) as meta:
        response = disconnect(admin_client, connect(meta.url))

    assert Channel.objects.get().state == "off"
    assert "Meta could not be told" in response.text
    assert AuditEntry.objects.get(action="channel.unsubscribed").detail["outcome"] == "190"


@pytest.mark.parametrize("is_own", [True, False])
def test_nothing_is_to_be_pasted_where_the_operator_looks_after_the_meta_app(admin, admin_client, is_own):
    hook = make_hook(admin.clinic if is_own else None)

    page = admin_client.get(f"/settings/channels/{make_channel(hook).pk}/").text

    told = [words in page for words in ("paste both", "Paste the address below", webhook_url(hook))]
    assert told == [is_own] * 3
