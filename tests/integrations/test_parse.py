"""A webhook body in, events out."""

import dataclasses
import json
from datetime import datetime
from pathlib import Path

import pytest

from integrations.events import ChannelReport, Kind, MessageReceived, Unreadable
from integrations.whatsapp.parse import parse

PAYLOADS = Path(__file__).with_name("payloads")
NOW = 1_795_000_001.0
ENVELOPE = (
    b'{"object":"whatsapp_business_account","entry":[{"id":"2","changes":[{"field":"messages","value":%s}]}]}'
)


def parse_value(value: bytes):
    """The events of one `messages` value."""
    return [arrival.event for arrival in parse(ENVELOPE % value, NOW)]


def text_value(body='"Hi"', timestamp='"1795000000"', external_id='"wamid.1"') -> bytes:
    """A value with one text message, its parts given as JSON."""
    message = b'{"from":"12025550143","id":%s,"timestamp":%s,"type":"text","text":{"body":%s}}'
    return b'{"messages":[%s]}' % (message % (external_id.encode(), timestamp.encode(), body.encode()))


def lean(event) -> dict:
    """An event as the payload files tell it."""
    told = {"event": type(event).__name__}
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if field.name in ("payload", "dedupe_key") or value == _default(field):
            continue
        if isinstance(value, datetime):
            value = value.isoformat()
        elif dataclasses.is_dataclass(value):
            value = {key: part for key, part in dataclasses.asdict(value).items() if part != ""}
        told[field.name] = value
    return told


def _default(field):
    is_made = field.default_factory is not dataclasses.MISSING
    return field.default_factory() if is_made else field.default


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_a_payload_becomes_its_events(path):
    case = json.loads(path.read_text())

    arrivals = parse(json.dumps(case["webhook"]).encode(), NOW)

    assert [
        lean(arrival.event) | {"number_id": arrival.number_id, "business_id": arrival.business_id}
        for arrival in arrivals
    ] == case["events"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe{\x00}\x00",
        b'{"object":"page","entry":[]}',
        b'{"object":"whatsapp_business_account"}',
        b'{"object":"whatsapp_business_account","entry":{}}',
        b"[" * 10_000,
        b'{"a":' * 10_000,
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_no_whatsapp_webhook_is_unreadable(body):
    with pytest.raises(Unreadable):
        parse(body)


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5000])
def test_an_endless_number_does_not_hide_its_neighbours(digits):
    events = parse_value(b'{"pages":%s,' % digits.encode() + text_value()[1:])

    assert [type(event) for event in events] == [MessageReceived, ChannelReport]


def test_a_body_without_changes_has_no_events():
    assert parse(b'{"object":"whatsapp_business_account","entry":[]}') == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r'"a\u0000b"', "a\ufffdb"),
        (r'"a\ud800b"', "a\ufffdb"),
        (r'"\ud83d\ude00"', "😀"),
        ('"\u202egnp.exe"', "\u202egnp.exe"),
        (r'"\u001b[31mred\r\n"', "\x1b[31mred\r\n"),
    ],
)
def test_letters_postgres_cannot_store_are_replaced_and_others_kept(body, text):
    assert [event.text for event in parse_value(text_value(body))] == [text]


def test_bytes_that_are_no_utf8_are_replaced():
    event = parse_value(text_value('"a-b"').replace(b"a-b", b"a\xffb"))[0]

    assert event.text == "a\ufffdb"


def test_a_byte_order_mark_does_no_harm():
    assert parse(b"\xef\xbb\xbf" + ENVELOPE % text_value())[0].event.text == "Hi"


NO_TIMES = [
    *("0", "-5", "253402300799", "1e308", "1e999", "NaN", "null", "[]", "{}", "true", "9" * 5000),
    *('"0"', '"-99999999999999999999"', '"9999999999"', '"soon"', '""', '"nan"', '"inf"', '"1795900000"'),
]


@pytest.mark.parametrize("timestamp", NO_TIMES, ids=lambda timestamp: timestamp[:20])
def test_a_time_that_makes_no_sense_is_now(timestamp):
    assert parse_value(text_value(timestamp=timestamp))[0].sent_at.timestamp() == NOW


@pytest.mark.parametrize(
    "timestamp", ["1795000000", '"1795000000"', "1795000000000", '"1795000000000000"', "1795000000.0"]
)
def test_a_time_is_read_in_seconds_and_smaller_units_as_number_and_as_text(timestamp):
    assert parse_value(text_value(timestamp=timestamp))[0].sent_at.timestamp() == 1_795_000_000


@pytest.mark.parametrize("external_id", ['""', "null", "[]", '"' + "w" * 10_000 + '"'])
def test_a_message_without_a_usable_id_is_reported_and_kept(external_id):
    event = parse_value(text_value(external_id=external_id))[0]

    assert (type(event), event.kind) == (ChannelReport, "unreadable")
    assert event.payload["messages"]["text"] == {"body": "Hi"}


@pytest.mark.parametrize("part", [b'"x"', b"7", b"null", b"[]", b"{}", b'{"body":null}', b'{"body":["x"]}'])
def test_a_message_whose_content_is_odd_is_kept_as_unknown(part):
    event = parse_value(
        b'{"messages":[{"from":"12025550143","id":"wamid.1","type":"text","text":%s}]}' % part
    )[0]

    assert (type(event), event.kind, event.content["original"]) == (MessageReceived, Kind.UNKNOWN, "text")


def test_a_surprise_while_reading_one_item_leaves_the_others(monkeypatch):
    def fail(item, now):
        raise ZeroDivisionError

    monkeypatch.setattr("integrations.whatsapp.parse.read_status", fail)
    value = b'{"statuses":[{"id":"a","status":"read"}],' + text_value()[1:]

    assert [type(event) for event in parse_value(value)] == [MessageReceived, ChannelReport]


def test_a_deep_payload_is_cut_where_postgres_and_json_end():
    deep = b'{"x":' * 500 + b"1" + b"}" * 500

    event = parse_value(b'{"surprise":%s}' % deep)[0]

    assert json.dumps(event.payload).count("{") < 100


def test_a_redelivered_report_has_the_same_key_and_other_news_another():
    def key(time, event):
        value = {"event": event, "message_template_id": 1}
        changes = [{"field": "message_template_status_update", "value": value}]
        entry = {"id": "2", "time": time, "changes": changes}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]})
        return parse(body.encode())[0].event.dedupe_key

    assert key(1, "PAUSED") == key(1, "PAUSED")
    assert len({key(1, "PAUSED"), key(1, "APPROVED"), key(2, "PAUSED")}) == 3


def test_a_copy_in_standby_has_another_key_than_the_real_call():
    item = b'{"id":"x","status":"read","timestamp":"1795000000","type":"call"}'
    live = parse_value(b'{"statuses":[%s]}' % item)[0]
    copy = parse((ENVELOPE % (b'{"standby":{"statuses":[%s]}}' % item)).replace(b'"messages"', b'"standby"'))[
        0
    ]

    assert copy.event.dedupe_key != live.dedupe_key


def test_a_thousand_updates_in_one_body_are_all_read():
    statuses = b",".join(b'{"id":"wamid.%d","status":"read"}' % number for number in range(1000))

    events = parse_value(b'{"statuses":[%s]}' % statuses)

    assert [event.external_id for event in events] == [f"wamid.{number}" for number in range(1000)]
