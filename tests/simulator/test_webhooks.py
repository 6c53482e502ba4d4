"""How webhooks travel: handshake, signature, escapes, retries, batches and everything Meta's network does."""

import json

from tests.simulator.playing import PHONE, SECRET, WABA, app_values, is_signed, until


def test_the_callback_is_asked_for_its_challenge(simulator, product):
    assert simulator.api("GET", "apps")["apps"][0]["handshake"]["state"] == "ok"

    simulator.api("POST", "apps", **app_values(product, verify_token="not what it expects"))

    failed = until(lambda: simulator.api("GET", "apps")["apps"][0]["handshake"].get("http_status"))
    assert failed == 403
    assert simulator.api("GET", "apps")["apps"][0]["handshake"]["state"] == "failed"


def test_bodies_are_signed_over_the_escaped_bytes(simulator, product):
    simulator.act(type="text", text="Grüße / مرحبا 👋")

    received = until(lambda: product.received)[0]
    assert is_signed(received)
    assert received["body"].isascii()
    assert b"Gr\\u00fc\\u00dfe \\/ " in received["body"]
    assert not is_signed(received, "another secret")
    assert product.messages()[0]["text"] == {"body": "Grüße / مرحبا 👋"}


def test_a_delivery_that_is_not_answered_with_200_comes_again(simulator, product):
    product.answers += [500, 202]

    simulator.act(type="text", text="Are you there?")

    until(product.messages)
    assert [r["answer"] for r in product.received] == [500, 202, 200]
    assert len({r["body"] for r in product.received}) == 1
    # The product has it before the simulator has read the answer and noted it.
    log = until(lambda: len(noted := simulator.api("GET", "deliveries")["deliveries"]) == 3 and noted)
    assert [(row["attempt"], row["http_status"], row["next_retry_in"]) for row in log] == [
        (1, 500, 0.1), (2, 202, 0.2), (3, 200, None)]  # fmt: skip


def test_the_patient_sees_two_ticks_only_once_the_clinic_has_taken_it(simulator, product):
    product.answers += [503]

    simulator.act(type="text", text="Hello")

    until(lambda: product.received)
    statuses = lambda: [m["status"] for m in simulator.api("GET", "personas/nora/messages")["messages"]]  # noqa: E731
    assert statuses() == ["sent"]
    until(lambda: statuses() == ["delivered"])


def test_duplicates_are_the_same_bytes_twice(simulator, product):
    simulator.api("POST", "chaos", duplicate=1, reorder_ms=30)

    simulator.act(type="text", text="Hello")

    until(lambda: len(product.received) == 2)
    assert len({r["body"] for r in product.received}) == 1


def test_a_wrong_signature_is_followed_by_the_right_one(simulator, product):
    simulator.api("POST", "chaos", wrong_signature=1)
    product.answers += [403]

    simulator.act(type="text", text="Hello")

    until(product.messages)
    assert [is_signed(r) for r in product.received] == [False, True]


def test_a_batch_carries_several_messages_in_one_post(simulator, product):
    simulator.api("POST", "chaos", batch=10, seed=1)

    for number in range(10):
        simulator.act(type="text", text=f"Message {number}")

    until(lambda: len(product.messages()) == 10)
    assert len(product.received) < 10
    assert {m["text"]["body"] for m in product.messages()} == {f"Message {n}" for n in range(10)}


def test_reordering_loses_nothing(simulator, product):
    simulator.api("POST", "chaos", reorder=0.7, reorder_ms=300, seed=4)

    sent = [simulator.act(type="text", text=str(n)) for n in range(12)]

    until(lambda: len(product.messages()) == 12)
    arrived = [m["id"] for m in product.messages()]
    assert sorted(arrived) == sorted(sent)
    assert arrived != sent


def test_any_change_can_be_sent_raw(simulator, product):
    simulator.api("POST", "webhooks", field="account_update", value={"event": "ACCOUNT_DELETED"})
    simulator.api("POST", "webhooks", phone_number_id=PHONE, field="history", value={"history": []})

    until(lambda: product.changes("history") and product.changes("account_update"))
    account = next(e for r in product.received for e in json.loads(r["body"])["entry"] if "time" in e)
    assert (account["id"], type(account["time"])) == (WABA, int)
    assert product.changes("history")[0]["value"]["metadata"]["phone_number_id"] == PHONE


def test_two_clinics_have_their_own_secrets_numbers_and_user_ids(simulator, product):
    other = {"phone_number_id": "999", "display_phone_number": "+44 7700 900111", "verified_name": "Other"}
    simulator.api("POST", "apps", **app_values(product, app_secret="second", access_token="second-token", waba_id="888",
                                               business_id="7002", numbers=[other]))  # fmt: skip
    simulator.act(type="text", text="To the first")
    simulator.act(type="text", text="To the second", phone_number_id="999")

    until(lambda: len(product.received) == 2)
    bodies = {json.loads(r["body"])["entry"][0]["id"]: r for r in product.received}
    assert is_signed(bodies[WABA], SECRET)
    assert is_signed(bodies["888"], "second")
    users = {
        json.loads(r["body"])["entry"][0]["changes"][0]["value"]["contacts"][0]["user_id"]
        for r in product.received
    }
    assert len(users) == 2
    assert simulator.graph("GET", "999").json()["error"]["code"] == 100


def test_an_override_is_verified_before_it_is_taken(simulator, product):
    override = {"override_callback_uri": f"{product.url}?elsewhere", "verify_token": "sim-verify"}

    refused = simulator.graph("POST", f"{WABA}/subscribed_apps", json={**override, "verify_token": "wrong"})
    accepted = simulator.graph("POST", f"{WABA}/subscribed_apps", json=override)

    assert (refused.status_code, accepted.json()) == (400, {"success": True})
    found = simulator.graph("GET", f"{WABA}/subscribed_apps").json()["data"][0]
    assert found["override_callback_uri"] == f"{product.url}?elsewhere"


def test_an_override_moves_messages_and_leaves_templates_where_they_were(simulator, product):
    override = {"override_callback_uri": f"{product.url}?elsewhere", "verify_token": "sim-verify"}
    template = simulator.api("GET", "templates")["templates"][0]["id"]

    simulator.graph("POST", f"{WABA}/subscribed_apps", json=override)
    simulator.act(type="text", text="Hello")
    simulator.api("POST", f"templates/{template}/status", status="PAUSED")
    until(lambda: len(product.received) == 2)
    simulator.graph("POST", f"{WABA}/subscribed_apps")
    simulator.act(type="text", text="Hello again")

    until(lambda: len(product.received) == 3)
    paths = {
        json.loads(r["body"])["entry"][0]["changes"][0]["field"]: r["path"] for r in product.received[:2]
    }
    assert paths == {"messages": "/hook?elsewhere", "message_template_status_update": "/hook"}
    assert product.received[2]["path"] == "/hook"
