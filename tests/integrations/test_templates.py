"""Templates: what they ask for, and what is sent and shown."""

import pytest

from integrations.events import Invalid
from integrations.whatsapp.templates import build_template_components, check_template, placeholders, render

REMINDER = [
    {"type": "HEADER", "format": "TEXT", "text": "Hello {{1}}", "example": {"header_text": ["Ada"]}},
    {
        "type": "BODY",
        "text": "Your visit is on {{1}} at {{2}}.",
        "example": {"body_text": [["Monday", "10:00"]]},
    },
    {"type": "FOOTER", "text": "Example Clinic"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Confirm"},
            {"type": "URL", "text": "Details", "url": "https://x.example/v/{{1}}", "example": ["abc"]},
            {"type": "URL", "text": "Map", "url": "https://x.example/map"},
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+442079460000"},
        ],
    },
]
VALUES = {
    "header.1": "Grace",
    "body.1": "Tuesday",
    "body.2": "11:30",
    "button.0": "confirm-7",
    "button.1": "xyz",
}
NAMED = [
    {
        "type": "BODY",
        "text": "Dear {{first_name}}, see you on {{ day }}, {{first_name}}.",
        "example": {"body_text_named_params": [{"param_name": "day", "example": "Monday"}]},
    }
]


def test_a_template_tells_what_it_asks_for():
    assert [
        (asked.key, asked.kind, asked.example, asked.is_required) for asked in placeholders(REMINDER)
    ] == [
        ("header.1", "text", "Ada", True),
        ("body.1", "text", "Monday", True),
        ("body.2", "text", "10:00", True),
        ("button.0", "payload", "", False),
        ("button.1", "url", "abc", True),
    ]


def test_named_placeholders_are_asked_for_once():
    assert [(asked.key, asked.example) for asked in placeholders(NAMED)] == [
        ("body.first_name", ""),
        ("body.day", "Monday"),
    ]


def test_a_positional_template_is_built():
    assert build_template_components(REMINDER, VALUES) == [
        {"type": "header", "parameters": [{"type": "text", "text": "Grace"}]},
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "Tuesday"}, {"type": "text", "text": "11:30"}],
        },
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "0",
            "parameters": [{"type": "payload", "payload": "confirm-7"}],
        },
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "xyz"}]},
    ]


def test_ten_numbered_values_are_sent_by_number():
    text = "{{2}} {{10}} {{1}} {{3}} {{4}} {{5}} {{6}} {{7}} {{8}} {{9}}"
    values = {f"body.{number}": str(number) for number in range(1, 11)}

    [body] = build_template_components([{"type": "BODY", "text": text}], values)

    assert [parameter["text"] for parameter in body["parameters"]] == [str(number) for number in range(1, 11)]


def test_a_named_template_names_its_parameters():
    values = {"body.first_name": "Ada", "body.day": "Friday"}

    assert build_template_components(NAMED, values, "NAMED") == [
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "first_name", "text": "Ada"},
                {"type": "text", "parameter_name": "day", "text": "Friday"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("component", "values", "parameters"),
    [
        ({"format": "IMAGE"}, {"header.media": "m1"}, [{"type": "image", "image": {"id": "m1"}}]),
        (
            {"format": "DOCUMENT"},
            {"header.media": "https://x.example/a.pdf"},
            [{"type": "document", "document": {"link": "https://x.example/a.pdf"}}],
        ),
        (
            {"format": "LOCATION"},
            {"header.latitude": "51.5", "header.longitude": "-0.1", "header.name": "Clinic"},
            [{"type": "location", "location": {"latitude": "51.5", "longitude": "-0.1", "name": "Clinic"}}],
        ),
    ],
)
def test_a_header_of_another_kind_is_built(component, values, parameters):
    components = [{"type": "HEADER", **component}]

    check_template(components, "positional", values)

    assert build_template_components(components, values) == [{"type": "header", "parameters": parameters}]


@pytest.mark.parametrize(
    ("button", "value", "built"),
    [
        ({"type": "COPY_CODE"}, "SAVE5", ("copy_code", {"type": "coupon_code", "coupon_code": "SAVE5"})),
        ({"type": "OTP", "otp_type": "COPY_CODE"}, "123456", ("url", {"type": "text", "text": "123456"})),
        ({"type": "FLOW"}, "t1", ("flow", {"type": "action", "action": {"flow_token": "t1"}})),
    ],
)
def test_a_button_of_another_kind_is_built(button, value, built):
    components = [{"type": "BUTTONS", "buttons": [button]}]
    sub_type, parameter = built

    check_template(components, "positional", {"button.0": value})

    assert build_template_components(components, {"button.0": value}) == [
        {"type": "button", "sub_type": sub_type, "index": "0", "parameters": [parameter]}
    ]


def test_the_cards_of_a_carousel_are_built_one_by_one():
    card = {"components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Room {{1}}"}]}
    values = {
        "card.0.header.media": "m1",
        "card.0.body.1": "A",
        "card.1.header.media": "m2",
        "card.1.body.1": "B",
    }
    components = [{"type": "CAROUSEL", "cards": [card, card]}]

    check_template(components, "positional", values)
    [carousel] = build_template_components(components, values)

    assert [
        (built["card_index"], built["components"][1]["parameters"][0]["text"]) for built in carousel["cards"]
    ] == [
        (0, "A"),
        (1, "B"),
    ]


def test_a_template_is_shown_with_its_values():
    assert render(REMINDER, VALUES) == {
        "header": "Hello Grace",
        "body": "Your visit is on Tuesday at 11:30.",
        "footer": "Example Clinic",
        "buttons": [
            {"type": "quick_reply", "text": "Confirm", "url": ""},
            {"type": "url", "text": "Details", "url": "https://x.example/v/xyz"},
            {"type": "url", "text": "Map", "url": "https://x.example/map"},
            {"type": "phone_number", "text": "Call", "url": ""},
        ],
    }


@pytest.mark.parametrize(
    "value",
    [
        "{{2}}", "{{ settings.SECRET_KEY }}", "{% load static %}", "{% include 'settings/page.html' %}", "{# x #}",
        "{0.__class__.__mro__}", "{}", "{body}", "%(name)s", "%s", "${PATH}", "$name", "#{7*7}", "<%= 7*7 %>",
        "{{''.__class__.__mro__[1].__subclasses__()}}", "{{request.user.password}}", "\\1 \\g<0>", "{{1}}{{1}}",
        "{{{1}}}", "${{7*7}}",
    ],
)  # fmt: skip
def test_a_value_that_looks_like_a_placeholder_is_only_text(value):
    values = VALUES | {"body.1": value}
    shown, sent = render(REMINDER, values), build_template_components(REMINDER, values)

    assert shown["body"] == f"Your visit is on {value} at 11:30."
    assert value in [part.get("text") for each in sent for part in each["parameters"]]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"body.2": ""}, "Fill in “body.2”"),
        ({"body.2": "  "}, "Fill in “body.2”"),
        ({"button.1": ""}, "Fill in “button.1”"),
        ({"body.3": "x"}, "does not ask for “body.3”"),
        ({"body.1": "two\nlines"}, "line breaks"),
        ({"body.1": "a\tb"}, "line breaks"),
        ({"body.1": "a     b"}, "rows of spaces"),
        ({"body.1": "x" * 1024}, "longer than the 1024"),
        ({"header.1": "x" * 60}, "longer than the 60"),
        ({"button.1": "x" * 2000}, "longer than the 2000"),
    ],
)
def test_values_that_do_not_fit_are_explained(changes, sentence):
    with pytest.raises(Invalid, match=sentence):
        check_template(REMINDER, "positional", VALUES | changes)


def test_a_button_without_a_payload_of_ours_is_left_to_whatsapp():
    values = {key: value for key, value in VALUES.items() if key != "button.0"}

    check_template(REMINDER, "positional", values)

    assert [part.get("index") for part in build_template_components(REMINDER, values)] == [None, None, "1"]


@pytest.mark.parametrize(
    "components", [[], [{}], [{"type": "BODY", "text": None}], [{"type": "BUTTONS", "buttons": None}]]
)
def test_an_odd_template_asks_for_nothing(components):
    check_template(components, "positional", {})

    assert build_template_components(components, {}) == []
