"""Numbers, their health, registration, profile, and the token."""

from tests.simulator.playing import PHONE, TOKEN, WABA, until


def test_a_number_shows_the_fields_asked_for(simulator):
    fields = "verified_name,quality_rating,throughput,health_status,status"

    number = simulator.graph("GET", f"{PHONE}?fields={fields}").json()

    assert set(number) == {*fields.split(","), "id"}
    assert (number["verified_name"], number["quality_rating"]) == ("Sample Clinic", "GREEN")
    assert number["health_status"]["can_send_message"] == "AVAILABLE"
    assert simulator.graph("GET", f"{PHONE}?fields=colour").json()["error"]["code"] == 100


def test_the_account_lists_its_numbers(simulator):
    rows = simulator.graph("GET", f"{WABA}/phone_numbers").json()["data"]

    assert [(row["id"], row["display_phone_number"]) for row in rows] == [(PHONE, "+1 202 555 0199")]


def test_a_deregistered_number_cannot_send_until_it_is_registered_again(chatting):
    assert chatting.graph("POST", f"{PHONE}/deregister").json() == {"success": True}
    assert chatting.error() == (400, 133010)
    body = {"messaging_product": "whatsapp", "pin": "12345"}
    assert chatting.graph("POST", f"{PHONE}/register", json=body).status_code == 400

    chatting.graph("POST", f"{PHONE}/register", json={**body, "pin": "123456"})

    assert chatting.send().status_code == 200


def test_the_profile_can_be_changed_within_its_limits(simulator):
    path = f"{PHONE}/whatsapp_business_profile"

    assert simulator.graph("POST", path, json={"about": "x" * 140}).status_code == 400
    assert simulator.graph("POST", path, json={"about": "Open from 8", "vertical": "HEALTH"}).json() == {
        "success": True
    }

    assert simulator.graph("GET", f"{path}?fields=about,vertical").json()["data"] == [
        {"about": "Open from 8", "vertical": "HEALTH", "messaging_product": "whatsapp"}]  # fmt: skip


def test_a_token_is_explained(simulator):
    good = simulator.graph("GET", f"debug_token?input_token={TOKEN}").json()["data"]
    bad = simulator.graph("GET", "debug_token?input_token=other").json()["data"]

    assert good["is_valid"] is True
    assert {s["scope"]: s["target_ids"] for s in good["granular_scopes"]} == {
        "whatsapp_business_management": [WABA], "whatsapp_business_messaging": [WABA]}  # fmt: skip
    assert bad["is_valid"] is False


def test_the_number_may_have_a_callback_of_its_own(simulator, product):
    override = {"override_callback_uri": f"{product.url}?mine", "verify_token": "sim-verify"}

    simulator.graph("POST", PHONE, json={"webhook_configuration": override})

    found = simulator.graph("GET", f"{PHONE}?fields=webhook_configuration").json()["webhook_configuration"]
    assert found == {"application": product.url, "phone_number": f"{product.url}?mine"}


def test_unsubscribing_stops_the_webhooks(simulator, product):
    simulator.graph("DELETE", f"{WABA}/subscribed_apps")
    simulator.act(type="text", text="Anybody?")
    simulator.graph("POST", f"{WABA}/subscribed_apps")
    simulator.act(type="text", text="Somebody!")

    assert [m["text"]["body"] for m in until(product.messages)] == ["Somebody!"]


def test_any_version_is_taken_and_no_version_is_not(simulator):
    headers = {"Authorization": f"Bearer {TOKEN}"}

    codes = [simulator.graph_client.get(f"{simulator.base}/graph/{path}{PHONE}", headers=headers).status_code
             for path in ("v22.0/", "v27.0/", "latest/")]  # fmt: skip

    assert codes == [200, 200, 400]
