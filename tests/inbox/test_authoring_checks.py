"""What Meta would refuse of a template is said beside its field, before Meta is asked."""

from dataclasses import replace

import pytest

from inbox import authoring
from inbox.authoring import Button, Parts
from inbox.authoring.parts import from_components
from tests.inbox.authors import GOOD


def test_what_is_written_becomes_what_meta_takes_and_is_read_back():
    for parts in (
        GOOD,
        replace(GOOD, header="LOCATION", header_text="", examples={"body.first_name": "N", "body.date": "3"}),
        Parts(
            parameter_format="positional", body="Dear {{1}}, see you on {{2}} then.",
            examples={"body.1": "Nora", "body.2": "3 May"},
        ),
    ):  # fmt: skip
        assert from_components(authoring.as_components(parts), parts.category) == parts


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("body", {"body": ""}),
        ("body", {"body": "{{first_name}}, we look forward to seeing you at the clinic"}),
        ("body", {"body": "We look forward to seeing you at the clinic {{first_name}}."}),
        ("body", {"body": "We look forward to {{first_name}} {{date}} seeing you at the clinic"}),
        ("body", {"body": "See {{first_name}} and {{date}} soon"}),
        ("body", {"body": "Please answer {{First Name}} with your answer to us today"}),
        ("body", {"body": "Please answer {{1}} with {{first_name}} to us today or tomorrow"}),
        ("body", {"body": "Please send {{first_name}} your credit card number to us today"}),
        ("body", {"body": "يرجى إرسال رقم البطاقة إلينا اليوم"}),
        ("body", {"body": "x" * 1025}),
        ("header_text", {"header_text": "Your card number"}),
        ("footer", {"footer": "Your password, please"}),
        ("header_text", {"header_text": ""}),
        ("header_text", {"header_text": "{{date}} and {{first_name}}"}),
        ("header_text", {"header_text": "x" * 61}),
        ("sample", {"header": "IMAGE"}),
        ("footer", {"footer": "From {{first_name}}"}),
        ("footer", {"footer": "x" * 61}),
        ("examples.body.date", {"examples": {"header.date": "3 May", "body.first_name": "Nora"}}),
        ("buttons.0.text", {"buttons": (Button("QUICK_REPLY", "x" * 26),)}),
        ("buttons.0.value", {"buttons": (Button("URL", "The way", "http://clinic.example"),)}),
        ("buttons.0.value", {"buttons": (Button("URL", "The way", "https://clinic.example/{{1}}/way"),)}),
        ("buttons.0.example", {"buttons": (Button("URL", "The way", "https://clinic.example/{{1}}"),)}),
        ("buttons.0.value", {"buttons": (Button("PHONE_NUMBER", "Call", "ring us"),)}),
        ("buttons.0.value", {"buttons": (Button("COPY_CODE", "", "x" * 16),)}),
        ("buttons", {"buttons": tuple(Button("QUICK_REPLY", f"Answer {n}") for n in range(11))}),
        ("buttons", {"buttons": tuple(Button("PHONE_NUMBER", f"Call {n}", "+442079460101") for n in range(2))}),
        ("buttons", {"buttons": (Button(text="A"), Button("COPY_CODE", value="X"), Button(text="B"))}),
        ("buttons", {"buttons": (Button(text="The same"), Button(text="The same"))}),
    ],
)  # fmt: skip
def test_what_meta_would_refuse_is_said_beside_its_field(field, changes):
    assert authoring.problems_of(GOOD) == []

    assert field in [each.field for each in authoring.problems_of(replace(GOOD, **changes))]


def test_words_are_counted_in_scripts_without_spaces_too():
    chinese = Parts(
        body="您好，{{1}}，您的预约是明天上午九点半，请准时到达诊所。", examples={"body.1": "Nora"}
    )
    short = replace(chinese, body="您好{{1}}再{{2}}见")

    assert [authoring.problems_of(each) == [] for each in (chinese, short)] == [True, False]


def test_numbered_variables_begin_with_one_in_the_heading_too():
    wrong = Parts(header="TEXT", header_text="Visit {{2}}", body="See you soon", examples={"header.2": "x"})

    assert [each.field for each in authoring.problems_of(wrong)] == ["header_text"]


def test_a_heading_that_was_put_away_counts_for_nothing():
    parts = Parts(
        header_text="{{1}} your card number",
        body="See you {{name}} soon then",
        examples={"body.name": "Nora"},
    )

    assert authoring.problems_of(parts) == []
    assert parts.is_named


def test_numbers_in_other_digits_are_said():
    parts = Parts(body="See you {{١}} soon then", examples={"body.١": "Nora"})

    assert [each.field for each in authoring.problems_of(parts)] == ["body"]
