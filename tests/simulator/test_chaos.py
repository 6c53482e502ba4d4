"""Everything that may go wrong on the way of a send, on demand."""

import time

import httpx2
import pytest

from tests.simulator.playing import PHONE, TOKEN, until


def attempts(simulator):
    return [(row["attempt"], row["answered"]) for row in simulator.api("GET", "accepted")["accepted"]]


def test_a_dropped_response_was_accepted(chatting, product):
    chatting.api("POST", "chaos", drop_response=1, accept_on_failure=0)

    with pytest.raises(httpx2.RemoteProtocolError):
        chatting.send(biz_opaque_callback_data="a1")

    assert attempts(chatting) == [("a1", "dropped")]
    until(lambda: [s["biz_opaque_callback_data"] for s in product.statuses()] == ["a1", "a1"])


@pytest.mark.parametrize(("accepts", "expected"), [(1, [("a1", "5xx")]), (0, [])])
def test_a_bare_502_may_or_may_not_have_been_accepted(chatting, accepts, expected):
    chatting.api("POST", "chaos", http_5xx=1, accept_on_failure=accepts)

    answer = chatting.send(biz_opaque_callback_data="a1")

    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (502, "text/html")
    assert attempts(chatting) == expected


def test_a_hanging_request_never_answers_and_leaves_the_rest_alone(chatting):
    chatting.api("POST", "chaos", hang=1, accept_on_failure=1)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    body = {"messaging_product": "whatsapp", "to": "12025550143", "text": {"body": "x"}}

    with pytest.raises(httpx2.ReadTimeout):
        chatting.graph_client.post(f"/{PHONE}/messages", json=body, headers=headers, timeout=0.3)

    assert attempts(chatting) == [(None, "hung")]
    assert chatting.graph("GET", PHONE).status_code == 200


def test_errors_by_code_and_429_are_not_accepted(chatting):
    chatting.api("POST", "chaos", error={"code": 131042})
    assert chatting.error() == (400, 131042)
    chatting.api("POST", "chaos", error={"code": 131000, "http": 503})
    assert chatting.error() == (503, 131000)
    chatting.api("POST", "chaos", error=None, rate_limit_429=1)
    assert chatting.error() == (429, 130429)
    assert attempts(chatting) == []
    chatting.api("DELETE", "chaos")
    assert chatting.send().status_code == 200


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("rate_limit", (400, 130429)),
        ("pair_limit", (400, 131056)),
        ("too_many", (429, 130429)),
        ("token", (401, 190)),
        ("undeliverable", (400, 131026)),
        ("busy", (503, 131016)),
    ],
)
def test_a_refusal_has_metas_words_and_nothing_is_accepted(chatting, fault, expected):
    chatting.api("POST", "chaos", faults={fault: 1})

    assert chatting.error() == expected
    assert attempts(chatting) == []


@pytest.mark.parametrize("fault", ["reset_before", "bare_500_before"])
def test_what_breaks_before_is_not_accepted(chatting, fault):
    chatting.api("POST", "chaos", faults={fault: 1})

    assert answered(chatting) is None
    assert attempts(chatting) == []


@pytest.mark.parametrize("fault", ["reset_after", "bare_500_after", "half_json", "page", "drip"])
def test_what_breaks_after_was_accepted_and_the_answer_says_nothing(chatting, fault):
    chatting.api("POST", "chaos", faults={fault: 1})

    assert answered(chatting) is None
    assert attempts(chatting) == [("a1", fault)]


def answered(simulator) -> int | None:
    """The status of a send's answer; None when there is no whole answer, or none that is JSON."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    body = {"messaging_product": "whatsapp", "to": "12025550143", "text": {"body": "x"}}
    body["biz_opaque_callback_data"] = "a1"
    try:
        answer = simulator.graph_client.post(f"/{PHONE}/messages", json=body, headers=headers, timeout=0.5)
        answer.json()
    except (httpx2.HTTPError, ValueError):
        return None
    return answer.status_code


def test_an_unknown_fault_is_told(simulator):
    answer = simulator.api_client.post("/chaos", json={"faults": {"earthquake": 1}})

    assert (answer.status_code, answer.json()) == (400, {"error": "Unknown fault: earthquake."})


def test_a_status_can_be_late_and_a_failure_come_after_sent(chatting, product):
    chatting.api("POST", "chaos", late_status=1, late_status_ms=300)
    chatting.api("POST", "chaos", fail_status={"code": 131026, "after_sent": True})

    started = time.monotonic()
    wamid = chatting.send().json()["messages"][0]["id"]
    until(lambda: len(product.statuses(wamid)) == 2)

    assert {status["status"] for status in product.statuses(wamid)} == {"sent", "failed"}
    assert time.monotonic() - started >= 0.3


def test_a_failure_can_come_later(chatting, product):
    chatting.api("POST", "chaos", fail_status={"code": 131049})

    wamid = chatting.send().json()["messages"][0]["id"]

    failed = until(lambda: product.statuses(wamid))[0]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131049)
    assert failed["errors"][0]["href"]


def test_statuses_can_come_twice_or_never(chatting, product):
    chatting.api("POST", "chaos", duplicate_status=1)
    twice = chatting.send().json()["messages"][0]["id"]
    until(lambda: [s["status"] for s in product.statuses(twice)].count("delivered") == 2)

    chatting.api("POST", "chaos", duplicate_status=0, missing_status=1)
    never = chatting.send().json()["messages"][0]["id"]
    time.sleep(0.2)
    assert product.statuses(never) == []


def test_slowness_and_latency_are_waited_for(chatting):
    chatting.api("POST", "chaos", slow_ms=150)
    chatting.api("POST", "options", latency_ms=100)

    started = time.monotonic()
    chatting.send()

    assert time.monotonic() - started >= 0.25


def test_chaos_can_be_for_one_number_only(chatting):
    chatting.api("POST", "chaos", phone_number_id="999", http_5xx=1)

    assert chatting.send().status_code == 200
    assert chatting.api("GET", "chaos?phone_number_id=999")["http_5xx"] == 1
    assert chatting.api("GET", "chaos")["http_5xx"] == 0


def test_the_same_seed_throws_the_same_dice(chatting):
    runs = []
    for _ in range(2):
        chatting.api("POST", "chaos", http_5xx=0.5, accept_on_failure=0, seed=7)
        runs.append([chatting.send().status_code for _ in range(12)])

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 502}


def test_an_unknown_setting_is_told(simulator):
    answer = simulator.api_client.post("/chaos", json={"mayhem": 1})

    assert (answer.status_code, answer.json()) == (400, {"error": "Unknown setting: mayhem."})


def test_any_status_can_be_sent_by_hand(chatting, product):
    chatting.api("POST", "options", statuses=False)
    wamid = chatting.send().json()["messages"][0]["id"]

    chatting.api("POST", "statuses", wamid=wamid, status="read", timestamp=1700000000)
    chatting.api("POST", "statuses", wamid=wamid, status="failed", error=131026)

    until(lambda: len(product.statuses(wamid)) == 2)
    by_status = {s["status"]: s for s in product.statuses(wamid)}
    assert by_status["read"]["timestamp"] == "1700000000"
    assert by_status["failed"]["errors"][0]["code"] == 131026
