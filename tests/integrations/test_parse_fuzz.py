"""Whatever stands in a body, parse returns events or raises Unreadable."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.events import Arrival, Unreadable
from integrations.whatsapp.parse import FIELDS, parse

PAYLOADS = [
    json.loads(path.read_text())["webhook"] for path in Path(__file__).with_name("payloads").glob("*.json")
]

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "\0", "US.1", "9" * 400])
)
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


def paths(value, path=()):
    """The path to every place in a JSON value."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))


def replaced(value, path, new):
    """A copy with the place at `path` replaced."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@st.composite
def damaged_payloads(draw):
    """A real webhook with one to three places replaced by anything."""
    payload = draw(st.sampled_from(PAYLOADS))
    for _ in range(draw(st.integers(1, 3))):
        payload = replaced(payload, draw(st.sampled_from(list(paths(payload)))), draw(json_values))
    return payload


def assert_is_read(body: bytes):
    try:
        arrivals = parse(body)
    except Unreadable:
        return
    assert all(isinstance(arrival, Arrival) for arrival in arrivals)
    for arrival in arrivals:
        event = arrival.event
        for name in event.__slots__:
            stored = json.dumps(getattr(event, name), default=str, allow_nan=False, ensure_ascii=False)
            assert "\\u0000" not in stored.replace("\\\\", "")
            stored.encode()


@settings(max_examples=300, deadline=None)
@given(damaged_payloads())
def test_a_damaged_payload_is_read(payload):
    assert_is_read(json.dumps(payload).encode())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FIELDS)), json_values)
def test_any_value_of_any_field_is_read(field, value):
    changes = [{"field": field, "value": value}, {"field": field, "value": {field: value, "messages": value}}]
    body = {"object": "whatsapp_business_account", "entry": [{"id": "2", "changes": changes}]}

    assert_is_read(json.dumps(body).encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read(body):
    assert_is_read(body)
