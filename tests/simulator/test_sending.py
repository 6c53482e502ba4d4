"""POST /{phone_number_id}/messages: what is accepted, what becomes of it, what is refused."""

import pytest

from tests.simulator.playing import PHONE, until


def statuses(product, wamid):
    return [s["status"] for s in product.statuses(wamid)]


def test_a_text_is_accepted_sent_delivered_and_read(chatting, product):
    answer = chatting.send(to="+1 (202) 555-0143", biz_opaque_callback_data="attempt-1").json()
    wamid = answer["messages"][0]["id"]
    until(lambda: statuses(product, wamid) == ["sent", "delivered"])
    chatting.api("POST", "personas/nora/read")

    until(lambda: len(product.statuses(wamid)) == 3)
    assert answer["messaging_product"] == "whatsapp"
    assert answer["contacts"][0] == {
        "input": "+1 (202) 555-0143", "wa_id": "12025550143", "user_id": answer["contacts"][0]["user_id"]}  # fmt: skip
    assert statuses(product, wamid) == ["sent", "delivered", "read"]
    assert {s["biz_opaque_callback_data"] for s in product.statuses(wamid)} == {"attempt-1"}
    assert {s["recipient_id"] for s in product.statuses(wamid)} == {"12025550143"}
    assert all(isinstance(s["timestamp"], str) for s in product.statuses(wamid))
    assert ["pricing" in s for s in product.statuses(wamid)] == [True, True, False]


def test_contacts_accompany_delivered_and_not_sent(chatting, product):
    wamid = chatting.send().json()["messages"][0]["id"]

    until(lambda: len(product.statuses(wamid)) == 2)
    values = [c["value"] for c in product.changes() if c["value"].get("statuses")]
    assert [(v["statuses"][0]["status"], "contacts" in v) for v in values] == [
        ("sent", False),
        ("delivered", True),
    ]


def test_the_accepted_log_has_the_attempt_and_the_payload(chatting):
    chatting.send(biz_opaque_callback_data="attempt-7")

    entry = chatting.api("GET", "accepted")["accepted"][0]

    assert (entry["attempt"], entry["type"], entry["answered"]) == ("attempt-7", "text", "200")
    assert entry["payload"]["text"] == {"body": "Hello"}
    assert chatting.api("GET", "accepted?since=1") == {"accepted": [], "next": 1}


def test_outside_the_window_only_templates_pass(chatting):
    chatting.api("POST", "personas/nora/window", state="closed")

    assert chatting.error() == (400, 131047)
    assert (
        chatting.send(
            kind="template", content={"name": "clinic_welcome", "language": {"code": "en"}}
        ).status_code
        == 200
    )


def test_the_window_counts_from_the_message_and_not_from_its_arrival(simulator, product):
    simulator.act(type="text", text="Yesterday's", ago_seconds=24 * 3600 + 5)

    assert simulator.error() == (400, 131047)


def test_a_patient_without_a_number_is_reached_by_user_id(simulator, product):
    simulator.act("kit", type="text", text="Hello")
    message = until(product.messages)[0]

    answer = simulator.send(to=None, recipient=message["from_user_id"]).json()

    assert "from" not in message
    assert answer["contacts"] == [{"input": message["from_user_id"], "user_id": message["from_user_id"]}]
    status = until(lambda: product.statuses(answer["messages"][0]["id"]))[0]
    assert "recipient_id" not in status
    assert status["recipient_user_id"] == message["from_user_id"]


def test_both_brazilian_forms_reach_the_same_patient(simulator, product):
    simulator.act("bruna", type="text", text="Olá")
    assert until(product.messages)[0]["from"] == "551100000017"

    answers = [
        simulator.send(to=to).json()["contacts"][0]["wa_id"] for to in ("+55 11 90000-0017", "551100000017")
    ]

    assert answers == ["551100000017", "551100000017"]


def test_strangers_are_accepted_and_with_strict_recipients_fail_later(simulator, product):
    assert simulator.send(to="+44 7700 900999").status_code == 200
    simulator.api("POST", "options", strict_recipients=True, window=False)

    wamid = simulator.send(to="+44 7700 900998").json()["messages"][0]["id"]

    failed = until(lambda: product.statuses(wamid))[0]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131026)


def test_the_body_of_a_refusal_is_metas(chatting):
    error = chatting.send(content={}).json()["error"]

    assert error["code"] == 131008
    assert error["message"] == "(#131008) Required parameter is missing"
    assert error["type"] == "OAuthException"
    assert error["error_data"] == {
        "messaging_product": "whatsapp", "details": "Required parameter 'text.body' is missing."}  # fmt: skip
    assert error["fbtrace_id"]


def test_a_wrong_token_is_190_and_an_unknown_number_100_33(simulator):
    wrong = simulator.graph("POST", f"{PHONE}/messages", token="nobody's", json={})
    unknown = simulator.graph("POST", "123/messages", json={}).json()["error"]

    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, 190)
    assert (unknown["code"], unknown["error_subcode"]) == (100, 33)


@pytest.mark.parametrize(
    ("to", "code"),
    [("+1 202 555 0199", 131021), ("hello", 131009), ("US.123", 131009)],
    ids=["the sender itself", "words", "a user id"],
)
def test_impossible_recipients_are_refused(chatting, to, code):
    assert chatting.error(to=to) == (400, code)


def test_marking_read_turns_the_ticks_blue_and_shows_typing(simulator, product):
    wamid = simulator.act(type="text", text="Hello")
    body = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": wamid,
        "typing_indicator": {"type": "text"},
    }

    answer = simulator.graph("POST", f"{PHONE}/messages", json=body)

    assert answer.json() == {"success": True}
    assert simulator.api("GET", "personas/nora/messages")["messages"][0]["status"] == "read"


def test_a_reaction_gets_only_sent_and_one_to_nothing_fails(chatting, product):
    target = product.messages()[0]["id"]

    good = chatting.send(kind="reaction", content={"message_id": target, "emoji": "👍"}).json()["messages"][
        0
    ]["id"]
    bad = chatting.send(kind="reaction", content={"message_id": "wamid.none", "emoji": "👍"}).json()[
        "messages"
    ][0]["id"]

    until(lambda: product.statuses(bad))
    assert product.statuses(bad)[0]["errors"][0]["code"] == 131009
    assert statuses(product, good) == ["sent"]
    assert chatting.api("GET", "personas/nora/messages")["messages"][0]["reactions"] == {"business": "👍"}


def test_after_an_ad_statuses_tell_of_the_free_entry_point(simulator, product):
    simulator.act("sam", type="text", text="Hi")
    wamid = simulator.send(to="+447700900321").json()["messages"][0]["id"]

    sent = until(lambda: product.statuses(wamid))[0]
    assert sent["conversation"]["origin"] == {"type": "referral_conversion"}
    assert sent["pricing"]["type"] == "free_entry_point"


def test_pair_rate_and_throughput_are_options(chatting):
    chatting.api("POST", "options", pair_rate=True)
    codes = [chatting.send().status_code for _ in range(45)]
    assert codes == [200] * 45
    assert chatting.error() == (400, 131056)

    chatting.api("POST", "options", pair_rate=False, throughput=5)
    refused = [chatting.send().json().get("error", {}).get("code") for _ in range(8)]
    assert 130429 in refused


def test_auto_read_reads_without_anybody_looking(chatting, product):
    chatting.api("POST", "options", auto_read=True)

    wamid = chatting.send().json()["messages"][0]["id"]

    until(lambda: statuses(product, wamid) == ["sent", "delivered", "read"])


def test_a_voice_note_can_be_played(chatting, product):
    file = {"file": ("note.ogg", b"OggS" + bytes(20), "audio/ogg")}
    form = {"messaging_product": "whatsapp", "type": "audio/ogg"}
    media = chatting.graph("POST", f"{PHONE}/media", data=form, files=file).json()["id"]
    wamid = chatting.send(kind="audio", content={"id": media, "voice": True}).json()["messages"][0]["id"]
    until(lambda: statuses(product, wamid) == ["sent", "delivered"])

    chatting.api("POST", "personas/nora/played", message_id=wamid)

    until(lambda: statuses(product, wamid)[-1] == "played")
