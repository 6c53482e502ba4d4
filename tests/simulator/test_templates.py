"""Templates: listed, created, reviewed, sent."""

import pytest

from tests.simulator.playing import PHONE, WABA, until

REMINDER = {"patient_name": "Nora", "date": "12 March", "time": "09:30"}


def text(value, name=None):
    parameter = {"type": "text", "text": value}
    return {**parameter, "parameter_name": name} if name else parameter


def template(name, language="en", body=(), header=None, buttons=()):
    components = [{"type": "body", "parameters": list(body)}] if body else []
    if header:
        components.append({"type": "header", "parameters": [header]})
    return {"name": name, "language": {"code": language}, "components": [*components, *buttons]}


def reminder(**values):
    return template("appointment_reminder", body=[text(v, n) for n, v in {**REMINDER, **values}.items()])


def url_button(value):
    return {"type": "button", "sub_type": "url", "index": "0", "parameters": [text(value)]}


def create(simulator, **changes):
    components = [{"type": "BODY", "text": "Your visit is over. Thank you for coming."}]
    usual = {"name": "visit_note", "language": "en", "category": "UTILITY", "components": components}
    return simulator.graph("POST", f"{WABA}/message_templates", json={**usual, **changes})


def test_named_parameters_are_put_in_and_drawn(simulator):
    assert simulator.send(kind="template", content=reminder()).status_code == 200

    message = until(lambda: simulator.api("GET", "personas/nora/messages")["messages"])[0]
    assert message["rendered"]["header"] == {"type": "text", "text": "Your appointment"}
    assert message["rendered"]["body"] == (
        "Hello Nora, this is a reminder of your appointment on 12 March at 09:30. Can you come?"
    )
    assert [b["text"] for b in message["rendered"]["buttons"]] == ["Confirm", "Reschedule"]


def test_positional_parameters_and_link_ends_are_put_in(simulator):
    content = template("lab_results_ready", body=[text("Nora")], buttons=[url_button("r42")])

    simulator.send(kind="template", content=content)

    message = until(lambda: simulator.api("GET", "personas/nora/messages")["messages"])[0]
    assert message["rendered"]["buttons"][0]["url"] == "https://portal.example/results/r42"


@pytest.mark.parametrize("language", ["en", "es", "ar", "zh_CN"])
def test_the_reminder_exists_in_four_languages(simulator, language):
    content = {**reminder(), "language": {"code": language}}

    assert simulator.send(kind="template", content=content).status_code == 200


REFUSED = {
    "no such name": (404, 132001, template("nothing_like_it")),
    "no such language": (404, 132001, {**reminder(), "language": {"code": "fi"}}),
    "still pending": (404, 132001, template("feedback_request", body=[text("Nora")])),
    "rejected": (404, 132001, template("free_gift", body=[text("Nora")])),
    "too few parameters": (400, 132000, template("appointment_reminder", body=[text("Nora", "patient_name")])),
    "too many parameters": (400, 132000, template("clinic_welcome", body=[text("Nora")])),
    "a name that is not there": (400, 132012, template("appointment_reminder", body=[
        text("Nora", "patient"), text("x", "date"), text("y", "time")])),
    "a line break": (400, 132018, reminder(date="12\nMarch")),
    "five spaces": (400, 132018, reminder(date="12     March")),
    "picture missing": (400, 132012, template("visit_directions", body=[text("12 March")])),
    "text instead of a picture": (400, 132012, template("visit_directions", body=[text("x")], header=text("y"))),
    "link end missing": (400, 131008, template("lab_results_ready", body=[text("Nora")])),
    "button that is not there": (400, 132000, template("clinic_welcome", buttons=[url_button("x")])),
    "too long when filled in": (400, 132005, reminder(date="x" * 1024)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_template_that_does_not_fit_is_refused(simulator, name):
    http, code, content = REFUSED[name]

    assert simulator.error(kind="template", content=content) == (http, code)


def test_a_picture_header_takes_an_uploaded_picture(simulator):
    file = {"file": ("map.png", b"\x89PNG", "image/png")}
    media = simulator.graph(
        "POST", f"{PHONE}/media", data={"messaging_product": "whatsapp"}, files=file
    ).json()["id"]
    header = {"type": "image", "image": {"id": media}}

    content = template("visit_directions", body=[text("12 March")], header=header)

    assert simulator.send(kind="template", content=content).status_code == 200


def test_the_list_comes_in_pages_with_the_fields_asked_for(simulator):
    seen, path = [], f"{WABA}/message_templates?limit=4&fields=name,language,status"
    while path:
        page = simulator.graph("GET", path).json()
        seen += page["data"]
        path = page.get("paging", {}).get("next", "").removeprefix(f"{simulator.base}/graph/v26.0/")

    assert len(seen) == 11
    assert {tuple(sorted(row)) for row in seen} == {("id", "language", "name", "status")}
    only = simulator.graph("GET", f"{WABA}/message_templates?status=PENDING").json()["data"]
    assert [row["name"] for row in only] == ["feedback_request"]


def test_a_new_template_waits_for_review_and_its_approval_is_told(simulator, product):
    made = create(simulator).json()
    content = template("visit_note")
    assert made["status"] == "PENDING"
    assert simulator.error(kind="template", content=content) == (404, 132001)

    simulator.api("POST", f"templates/{made['id']}/status", status="APPROVED")

    value = until(lambda: product.changes("message_template_status_update"))[0]["value"]
    assert (value["event"], value["message_template_id"], value["reason"]) == (
        "APPROVED",
        int(made["id"]),
        "NONE",
    )
    assert simulator.send(kind="template", content=content).status_code == 200


def test_a_rejection_tells_why_and_a_pause_stops_sending(simulator, product):
    found = {t["name"]: t["id"] for t in simulator.api("GET", "templates")["templates"]}

    simulator.api("POST", f"templates/{found['feedback_request']}/status", status="REJECTED", reason="SCAM")
    simulator.api("POST", f"templates/{found['clinic_welcome']}/status", status="PAUSED")

    until(lambda: len(product.changes("message_template_status_update")) == 2)
    values = {c["value"]["event"]: c["value"] for c in product.changes("message_template_status_update")}
    assert values["REJECTED"]["reason"] == "SCAM"
    assert simulator.error(kind="template", content=template("clinic_welcome")) == (400, 132015)


def test_review_can_be_automatic(simulator):
    simulator.api("POST", "options", template_review_ms=10)
    create(simulator)

    until(lambda: simulator.send(kind="template", content=template("visit_note")).status_code == 200)


def body(text, **more):
    return [{"type": "BODY", "text": text, **more}]


@pytest.mark.parametrize(
    ("changes", "subcode"),
    [
        ({"name": "Visit Note"}, 2388040),
        ({"components": body("Dear {{1}}", example={"body_text": [["x"]]})}, 2388299),
        ({"components": body("Dear {{1}}, please come to see us very soon.")}, 2388072),
        ({"components": body("x" * 1025)}, 2388040),
        ({"components": body("Come {{1}} and {{2}} now.", example={"body_text": [["a", "b"]]})}, 2388293),
        ({"components": [*body("Fine words."), {"type": "FOOTER", "text": "f" * 61}]}, 2388073),
        ({"components": [*body("Fine words."), {"type": "HEADER", "format": "IMAGE"}]}, 2388047),
        ({"name": "clinic_welcome"}, 2388024),
    ],
)
def test_a_template_that_breaks_the_rules_is_not_taken(simulator, changes, subcode):
    answer = create(simulator, **changes)

    assert (answer.status_code, answer.json()["error"]["error_subcode"]) == (400, subcode)


def test_deleting_by_name_takes_every_language(simulator):
    answer = simulator.graph("DELETE", f"{WABA}/message_templates?name=appointment_reminder")

    assert answer.json() == {"success": True}
    assert simulator.graph("GET", f"{WABA}/message_templates?name=appointment_reminder").json()["data"] == []


def test_a_sample_is_uploaded_in_two_steps(simulator):
    app = simulator.api("GET", "apps")["apps"][0]["app_id"]

    session = simulator.graph(
        "POST", f"{app}/uploads?file_name=a.png&file_length=4&file_type=image/png"
    ).json()["id"]
    handle = simulator.graph("POST", session, content=b"\x89PNG").json()["h"]

    assert session.startswith("upload:")
    assert handle.startswith("4::")
