"""Every error of WhatsApp's is explained, and says what to do with the message."""

from pathlib import Path

import pytest

from integrations.events import ErrorClass
from integrations.whatsapp.catalogue import CATALOGUE
from integrations.whatsapp.errors import explain

SEND_AGAIN = {"4", "80007", "130429", "131056", "131057", "2494100", "133004", "unreachable"}
# From Meta's table of error codes.
LISTED = Path(__file__).with_name("error_codes.txt").read_text().split()


@pytest.mark.parametrize("code", LISTED)
def test_a_listed_code_is_explained(code):
    explanation = explain(code)

    assert str(explanation.cause).endswith(".")
    assert str(explanation.next_step).endswith(".")
    assert str(explanation.cause) != str(explain("no such code").cause)


def test_only_codes_that_prove_it_was_not_taken_are_sent_again():
    again = {code for code, (_, _, error_class) in CATALOGUE.items() if error_class is ErrorClass.RETRY}

    assert again == SEND_AGAIN


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        (131047, ErrorClass.WINDOW_CLOSED),
        ("131050", ErrorClass.OPTED_OUT),
        (190, ErrorClass.REAUTHORISE),
        (131000, ErrorClass.UNCERTAIN),
        (131026, ErrorClass.NEVER),
        (131042, ErrorClass.LATER),
    ],
)
def test_a_code_has_its_class(code, error_class):
    assert explain(code).error_class is error_class


def test_an_unknown_code_is_explained_in_the_providers_words():
    assert explain("777", "Something brand new").cause == "Something brand new"
    assert explain("777").error_class is ErrorClass.NEVER
