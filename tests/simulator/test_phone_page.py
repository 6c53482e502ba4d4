"""The phone in a real browser: write, tap, react, read."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.simulator.playing import PHONE, app_values, until

VALUES = {"patient_name": "Nora", "date": "12 March", "time": "09:30"}
PARAMETERS = [{"type": "text", "parameter_name": name, "text": value} for name, value in VALUES.items()]
PAYLOAD = {
    "type": "button",
    "sub_type": "quick_reply",
    "index": "0",
    "parameters": [{"type": "payload", "payload": "YES"}],
}
REMINDER = {
    "name": "appointment_reminder",
    "language": {"code": "en"},
    "components": [{"type": "body", "parameters": PARAMETERS}, PAYLOAD],
}


@pytest.fixture
def page(browser, simulator):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{simulator.base}/simulator/")
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def nora(page, simulator):
    """Nora's chat, open on the phone."""
    page.goto(f"{simulator.base}/simulator/?persona=nora")
    expect(page.get_by_test_id("composer-input")).to_be_visible()
    return page


def bubble(page, wamid):
    return page.locator(f'[data-wamid="{wamid}"]')


def write(page, text):
    page.get_by_test_id("composer-input").fill(text)
    page.keyboard.press("Enter")


def test_enter_sends_and_the_ticks_follow(nora, simulator, product):
    write(nora, "Can I come today?")

    wamid = until(product.messages)[0]["id"]
    expect(bubble(nora, wamid)).to_have_attribute("data-status", "delivered")
    body = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": wamid,
        "typing_indicator": {"type": "text"},
    }
    simulator.graph("POST", f"{PHONE}/messages", json=body)
    expect(bubble(nora, wamid)).to_have_attribute("data-status", "read")
    expect(nora.get_by_test_id("typing")).to_be_visible()


def test_an_answer_appears_without_reload_and_is_read(nora, simulator, product):
    write(nora, "Hello")
    until(product.messages)

    wamid = simulator.send(content={"body": "Good morning"}).json()["messages"][0]["id"]

    expect(bubble(nora, wamid)).to_contain_text("Good morning")
    until(lambda: sorted(s["status"] for s in product.statuses(wamid)) == ["delivered", "read", "sent"])


def test_a_closed_chat_is_not_read_and_counts_as_unread(page, simulator, product):
    simulator.act(type="text", text="Hello")

    wamid = simulator.send().json()["messages"][0]["id"]

    expect(page.get_by_test_id("persona-nora").get_by_label("1 unread")).to_be_visible()
    until(lambda: sorted(s["status"] for s in product.statuses(wamid)) == ["delivered", "sent"])
    page.get_by_test_id("persona-nora").click()
    until(lambda: [s["status"] for s in product.statuses(wamid)][-1] == "read")


def test_a_quick_reply_is_tapped_once_with_its_payload(nora, simulator, product):
    wamid = simulator.send(kind="template", content=REMINDER).json()["messages"][0]["id"]

    bubble(nora, wamid).get_by_role("button", name="Confirm").click()

    message = until(product.messages)[0]
    assert message["button"] == {"payload": "YES", "text": "Confirm"}
    assert message["context"] == {"from": "12025550199", "id": wamid}
    expect(bubble(nora, wamid).get_by_role("button", name="Confirm")).to_be_disabled()


def test_a_list_row_is_chosen_in_a_sheet(chatting, nora, product):
    rows = [{"id": "a", "title": "09:30"}, {"id": "b", "title": "11:00", "description": "Dr Sample"}]
    action = {"button": "See times", "sections": [{"rows": rows}]}
    chatting.send(kind="interactive", content={"type": "list", "body": {"text": "When?"}, "action": action})

    nora.get_by_role("button", name="See times").click()
    nora.get_by_test_id("list-row").nth(1).click()

    reply = until(lambda: product.messages()[1:])[0]["interactive"]
    assert reply == {
        "type": "list_reply",
        "list_reply": {"id": "b", "title": "11:00", "description": "Dr Sample"},
    }


def test_a_form_is_filled_in_and_comes_back(chatting, nora, product):
    parameters = {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Open form", "flow_token": "tok"}
    action = {"name": "flow", "parameters": parameters}
    chatting.send(kind="interactive", content={"type": "flow", "body": {"text": "Please"}, "action": action})

    nora.get_by_role("button", name="Open form").click()
    nora.get_by_label("Reason for the visit").fill("Cough")
    nora.get_by_test_id("sheet-done").click()

    reply = until(lambda: product.messages()[1:])[0]["interactive"]["nfm_reply"]
    assert '"flow_token": "tok"' in reply["response_json"]
    assert '"reason": "Cough"' in reply["response_json"]


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker", "location", "contacts"])
def test_each_attachment_goes_out_and_is_drawn(nora, product, kind):
    nora.get_by_test_id("attach-button").click()
    nora.get_by_test_id(f"attach-{kind}").click()

    wamid = until(product.messages)[0]["id"]
    expect(bubble(nora, wamid)).to_have_attribute("data-type", kind)


def test_a_file_of_ones_own_goes_out_by_its_kind(nora, product, tmp_path):
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.4 x")

    nora.get_by_test_id("file-input").set_input_files(letter)

    assert until(product.messages)[0]["document"]["filename"] == "letter.pdf"


def test_the_samples_really_play(nora):
    for kind in ("video", "audio"):
        nora.get_by_test_id("attach-button").click()
        nora.get_by_test_id(f"attach-{kind}").click()
        expect(nora.locator(f"[data-type={kind}] {kind}")).to_be_visible()
        nora.wait_for_function(f"() => document.querySelector('{kind}').duration > 1")


def test_a_voice_note_is_recorded_and_sent_as_a_phone_would(nora, simulator, product):
    nora.get_by_test_id("voice-button").click()
    expect(nora.locator("#record-time")).to_have_text("0:01")
    nora.get_by_test_id("voice-send").click()

    audio = until(product.messages)[0]["audio"]
    assert (audio["mime_type"], audio["voice"]) == ("audio/ogg; codecs=opus", True)
    assert simulator.api_client.get(f"/media/{audio['id']}/content").content.startswith(b"OggS")
    nora.wait_for_function("() => document.querySelector('audio')?.duration > 0.5")


def test_messages_are_quoted_and_reacted_to(chatting, nora, product):
    wamid = chatting.send(content={"body": "Friday at nine?"}).json()["messages"][0]["id"]
    menu = bubble(nora, wamid).get_by_test_id("message-menu")

    menu.click()
    nora.get_by_label("React with 👍").click()
    menu.click()
    nora.get_by_role("menuitem", name="Reply").click()
    write(nora, "Yes")

    until(lambda: len(product.messages()) == 3)
    by_type = {m["type"]: m for m in product.messages()[1:]}
    assert by_type["reaction"]["reaction"] == {"message_id": wamid, "emoji": "👍"}
    assert by_type["text"]["context"]["id"] == wamid
    expect(bubble(nora, wamid).get_by_test_id("reactions")).to_have_text("👍")


def test_arabic_runs_from_right_to_left(page, product):
    page.get_by_test_id("persona-layla").click()
    write(page, "مرحبا")

    wamid = until(product.messages)[0]["id"]
    text = bubble(page, wamid).locator(".bubble__text")
    assert text.evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_chaos_is_turned_on_and_off_from_the_page(page, simulator):
    page.get_by_test_id("tab-chaos").click()
    page.get_by_role("button", name="Bad day").click()
    until(lambda: simulator.api("GET", "chaos")["duplicate"] == 0.3)

    page.get_by_test_id("chaos-off").click()

    until(lambda: simulator.api("GET", "chaos")["duplicate"] == 0)


def test_a_template_is_approved_from_the_page(page, product):
    page.get_by_test_id("tab-templates").click()
    entry = page.get_by_test_id("template-feedback_request-en")

    entry.get_by_test_id("decide-APPROVED").click()

    expect(entry.locator(".state")).to_have_text("approved")
    assert until(lambda: product.changes("message_template_status_update"))[0]["value"]["event"] == "APPROVED"


def test_the_clinic_can_be_chosen_when_there_are_two(page, simulator, product):
    number = {
        "phone_number_id": "999",
        "display_phone_number": "+44 7700 900111",
        "verified_name": "Other Clinic",
    }
    simulator.api(
        "POST", "apps", **app_values(product, waba_id="888", access_token="second", numbers=[number])
    )

    page.get_by_test_id("number-select").select_option("999")
    page.get_by_test_id("persona-nora").click()
    write(page, "Hello, other clinic")

    assert until(product.changes)[0]["value"]["metadata"]["phone_number_id"] == "999"
    expect(page).to_have_url(re.compile(r"persona=nora&number=999"))


def test_it_fits_a_phone(page, simulator):
    page.set_viewport_size({"width": 390, "height": 844})

    page.get_by_test_id("persona-nora").click()
    expect(page.get_by_test_id("composer-input")).to_be_visible()
    expect(page.get_by_test_id("persona-nora")).to_be_hidden()
    page.get_by_role("button", name="Back to patients").click()

    expect(page.get_by_test_id("persona-nora")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(nora, simulator, scheme):
    nora.emulate_media(color_scheme=scheme)
    write(nora, "Hello")
    simulator.send(kind="template", content=REMINDER)
    expect(nora.get_by_role("button", name="Confirm")).to_be_visible()
    nora.get_by_test_id("tab-chaos").click()
    expect(nora.get_by_role("button", name="Bad day")).to_be_visible()

    found = Axe().run(nora).response["violations"]

    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
