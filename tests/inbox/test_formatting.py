import time

import pytest

from inbox.formatting import formatted


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*Bring* your _card_", "<b>Bring</b> your <i>card</i>"),
        ("*_both_* and ~gone~", "<b><i>both</i></b> and <s>gone</s>"),
        ("```a *b*``` and `c`", "<code>a *b*</code> and <code>c</code>"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("* a list\n* of things", "* a list\n* of things"),
        ("*not\nover lines*", "*not\nover lines*"),
        ("*<b>*", "<b>&lt;b&gt;</b>"),
        ("call +1 202 555 0147", 'call <bdi dir="ltr">+1 202 555 0147</bdi>'),
        ("room 12, at 9:30", "room 12, at 9:30"),
    ],
)
def test_marks_are_shown_as_on_the_phone(typed, shown):
    assert formatted(typed) == shown


def test_an_address_keeps_its_marks():
    assert ">https://example.org/a_b_c*d*</a>" in formatted("_see_ https://example.org/a_b_c*d*")


@pytest.mark.parametrize(
    "typed", ["*a " * 20_000, "_*~" * 20_000, "`" * 60_000, "1 " * 30_000, "+1 (" * 15_000]
)
def test_no_text_takes_long_to_read(typed):
    started = time.process_time()

    formatted(typed)

    assert time.process_time() - started < 1
