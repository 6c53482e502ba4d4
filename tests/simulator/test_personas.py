"""Acting as a patient: every kind of message arrives in Meta's shape."""

import json

import pytest

from tests.simulator.playing import PHONE, until

SENT = {
    "text": ({"text": "Hello"}, {"body": "Hello"}),
    "location": ({"location": {"latitude": 1.5, "longitude": 2, "name": "Gate"}},
                 {"latitude": 1.5, "longitude": 2, "name": "Gate"}),
    "contacts": ({"contacts": [{"name": {"formatted_name": "Ada"}}]}, [{"name": {"formatted_name": "Ada"}}]),
    "button": ({"button": {"payload": "YES", "text": "Confirm"}}, {"payload": "YES", "text": "Confirm"}),
    "reaction": ({"reaction": {"message_id": "wamid.x", "emoji": "👍"}}, {"message_id": "wamid.x", "emoji": "👍"}),
    "edit": ({"edit": {"original_message_id": "wamid.x", "message": {"type": "text", "text": {"body": "New"}}}},
             {"original_message_id": "wamid.x", "message": {"type": "text", "text": {"body": "New"}}}),
    "revoke": ({"revoke": {"original_message_id": "wamid.x"}}, {"original_message_id": "wamid.x"}),
    "unsupported": ({"unsupported": {"type": "poll"}}, {"type": "poll"}),
    "interactive": ({"interactive": {"type": "list_reply", "list_reply": {"id": "a", "title": "A"}}},
                    {"type": "list_reply", "list_reply": {"id": "a", "title": "A"}}),
}  # fmt: skip


@pytest.mark.parametrize("kind", SENT)
def test_each_kind_arrives_as_meta_sends_it(simulator, product, kind):
    given, expected = SENT[kind]

    wamid = simulator.act(type=kind, **given)

    value = until(lambda: product.changes())[0]["value"]
    message = value["messages"][0]
    assert value["metadata"] == {"display_phone_number": "12025550199", "phone_number_id": PHONE}
    assert value["contacts"][0]["profile"] == {"name": "Nora Example"}
    assert (message["id"], message["type"], message["from"]) == (wamid, kind, "12025550143")
    assert message["timestamp"].isdigit()
    assert message[kind] == expected


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_each_kind_of_file_arrives_with_its_facts(simulator, product, kind):
    simulator.act(type=kind, **{kind: {"sample": True}})

    file = until(product.messages)[0][kind]
    assert {"id", "mime_type", "sha256", "url"} <= set(file)
    assert file.get("voice", True) is True
    assert file.get("animated", False) is False


@pytest.mark.parametrize("kind", ["request_welcome", "unknown"])
def test_kinds_without_content_carry_none(simulator, product, kind):
    simulator.act(type=kind)

    message = until(product.messages)[0]
    assert kind not in message
    assert ("errors" in message) == (kind == "unknown")


def test_a_reply_names_the_quoted_message_and_its_author(chatting, product):
    own = product.messages()[0]["id"]
    theirs = chatting.send().json()["messages"][0]["id"]

    chatting.act(type="text", text="To yours", reply_to=theirs)
    chatting.act(type="text", text="To mine", reply_to=own)

    until(lambda: len(product.messages()) == 3)
    contexts = {m["text"]["body"]: m["context"] for m in product.messages()[1:]}
    assert contexts["To yours"] == {"from": "12025550199", "id": theirs}
    assert contexts["To mine"] == {"from": "12025550143", "id": own}


def test_forwarding_is_told_in_both_degrees(simulator, product):
    simulator.act(type="text", text="once", forwarded=True)
    simulator.act(type="text", text="often", forwarded="frequently")

    until(lambda: len(product.messages()) == 2)
    contexts = {m["text"]["body"]: m["context"] for m in product.messages()}
    assert contexts == {"once": {"forwarded": True}, "often": {"frequently_forwarded": True}}


def test_only_the_first_message_after_an_ad_tells_of_it(simulator, product):
    simulator.act("sam", type="text", text="Hi")
    simulator.act("sam", type="text", text="Are you there?")

    until(lambda: len(product.messages()) == 2)
    by_text = {m["text"]["body"]: m for m in product.messages()}
    assert by_text["Hi"]["referral"]["source_type"] == "ad"
    assert "referral" not in by_text["Are you there?"]


def test_a_form_comes_as_json_within_json(simulator, product):
    reply = {"type": "nfm_reply", "nfm_reply": {"response": {"date": "2026-03-12"}}}

    simulator.act(type="interactive", interactive=reply)

    nfm = until(product.messages)[0]["interactive"]["nfm_reply"]
    assert (nfm["name"], nfm["body"]) == ("flow", "Sent")
    assert json.loads(nfm["response_json"]) == {"date": "2026-03-12"}


def test_a_new_number_is_a_system_message_without_contacts(simulator, product):
    simulator.act(type="system", system={"type": "user_changed_number", "wa_id": "12025550198"})
    simulator.act(type="text", text="It is me")

    until(lambda: len(product.changes()) == 2)
    system = next(c["value"] for c in product.changes() if c["value"]["messages"][0]["type"] == "system")
    assert "contacts" not in system
    assert system["messages"][0]["from"] == "12025550143"
    assert system["messages"][0]["system"]["wa_id"] == "12025550198"
    assert {m["from"] for m in product.messages()} == {"12025550143", "12025550198"}


def test_a_new_user_id_is_told_twice_and_used_from_then_on(simulator, product):
    simulator.act("kit", type="system", system={"type": "user_changed_user_id"})
    until(lambda: product.changes("user_id_update"))
    simulator.act("kit", type="text", text="Still me")

    until(lambda: len(product.messages()) == 2)
    update = product.changes("user_id_update")[0]["value"]["user_id_update"][0]["user_id"]
    by_type = {m["type"]: m for m in product.messages()}
    assert by_type["system"]["from_user_id"] == update["previous"]
    assert by_type["system"]["system"]["user_id"] == update["current"]
    assert by_type["text"]["from_user_id"] == update["current"]


def test_a_username_is_in_the_profile_and_no_number_anywhere(simulator, product):
    simulator.act("kit", type="text", text="Hello")

    value = until(lambda: product.changes())[0]["value"]
    assert value["contacts"][0]["profile"] == {"name": "Kit Sample", "username": "kit.sample"}
    assert "wa_id" not in value["contacts"][0]
    assert "from" not in value["messages"][0]


def test_edits_reactions_and_revocations_change_the_chat(chatting, product):
    wamid = product.messages()[0]["id"]
    new = {"type": "text", "text": {"body": "Good morning"}}

    chatting.act(type="edit", edit={"original_message_id": wamid, "message": new})
    chatting.act(type="reaction", reaction={"message_id": wamid, "emoji": "👍"})
    edited = chatting.api("GET", "personas/nora/messages")["messages"]
    chatting.act(type="reaction", reaction={"message_id": wamid})
    chatting.act(type="revoke", revoke={"original_message_id": wamid})

    gone = chatting.api("GET", "personas/nora/messages")["messages"]
    assert [(m["content"]["body"], m["edited"], m["reactions"]) for m in edited] == [
        ("Good morning", True, {"patient": "👍"})]  # fmt: skip
    assert [(m["revoked"], m["reactions"]) for m in gone] == [(True, {})]


def test_the_clinics_own_phone_echoes(simulator, product):
    simulator.api("POST", "echo", persona="nora", type="text", text={"body": "From my phone"})

    echo = until(lambda: product.changes("smb_message_echoes"))[0]["value"]["message_echoes"][0]
    assert (echo["from"], echo["to"], echo["text"]) == (
        "12025550199",
        "12025550143",
        {"body": "From my phone"},
    )


def test_a_new_persona_can_be_made_and_renamed(simulator, product):
    made = simulator.api("POST", "personas", name="Ada Sample", phone="+1 202 555 0147")
    simulator.api("PATCH", f"personas/{made['id']}", name="")

    simulator.act(made["id"], type="text", text="Hello")

    assert until(lambda: product.changes())[0]["value"]["contacts"][0]["profile"] == {"name": ""}


MISTAKES = {
    "A message needs a type.": {},
    "A message of type image needs the field image.": {"type": "image"},
    "Unknown media id; upload the file with POST media, or ask for a sample.": {
        "type": "image",
        "image": {"id": "404"},
    },
    "No such number; register one with POST apps.": {"type": "text", "text": "x", "phone_number_id": "1"},
}


@pytest.mark.parametrize("sentence", MISTAKES)
def test_mistakes_are_told_in_a_sentence(simulator, sentence):
    answer = simulator.api_client.post("/personas/nora/messages", json=MISTAKES[sentence])

    assert (answer.status_code, answer.json()) == (400, {"error": sentence})
