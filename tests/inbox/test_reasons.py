"""Why something was not sent is told in the language of whoever reads it."""

import ast

import pytest
from django.conf import settings
from django.utils import timezone, translation

from inbox import gate, reasons
from inbox.delivery.record import fail
from inbox.models import Attachment, Message
from inbox.operations.sending import Draft
from tests.factories import make_channel, make_conversation, make_member, make_message
from tests.inbox.templates import BODY, make_template

from .screens import HTMX, signed_in

TOO_OLD = {"en": "It waited for more than a day", "es": "Esperó más de un día"}
FILL_IN = {"en": "Fill in “body.2”.", "es": "Rellene «body.2»."}


def shown_to(language, conversation) -> str:
    member = make_member(f"Ada {language}", language=language, role="admin")
    return signed_in(member).get(f"/conversations/{conversation.pk}/", headers=HTMX).content.decode()


def failed(refusal, **fields) -> Message:
    """A message that a worker, whatever its own language is, could not send for this reason."""
    message = make_message(make_conversation(), direction="out", state="queued", **fields)
    with translation.override("es"):
        fail([(message, refusal)])
    message.refresh_from_db()
    return message


def test_each_reader_has_it_in_their_language_and_the_row_in_english(clinic):
    message = failed(gate.Refused("too_old"))

    assert message.error_detail.startswith(TOO_OLD["en"])
    for language, sentence in TOO_OLD.items():
        assert sentence in shown_to(language, message.conversation)


def test_a_sentence_with_values_is_told_so_too(clinic):
    conversation = make_conversation()
    template = make_template(conversation.channel, BODY)
    with pytest.raises(gate.Refused) as refused:
        gate.may_send(conversation, Draft(template=template, values={"body": {"1": "Nora"}}))
    message = failed(refused.value, gate={"rule": "template"})

    assert message.gate["rule"] == "template"
    for language, sentence in FILL_IN.items():
        assert sentence in shown_to(language, message.conversation)


@pytest.mark.parametrize(
    ("code", "kept", "shown"),
    [
        ("too_old", "Esperó más de un día, así que no se envió.", TOO_OLD["en"]),
        ("gone_code", "Ein Satz von früher.", "Ein Satz von früher."),
        ("template_incomplete", "Rellene «1».", "Rellene «1»."),
    ],
)
def test_what_was_kept_before_can_be_read(clinic, code, kept, shown):
    message = make_message(direction="out", state="failed", error_code=code, error_detail=kept)

    assert shown in shown_to("en", message.conversation)


def test_what_was_wanted_for_later_and_not_sent_is_told_in_ones_language(clinic):
    ana = make_member("Ana Agent", language="es")
    failed(gate.Refused("too_old"), source="agent", author=ana, send_at=timezone.now())

    assert TOO_OLD["es"] in signed_in(ana).get("/").content.decode()


def test_so_are_a_broken_number_and_a_file_that_was_held_back(clinic):
    problem = "This file was refused: the picture is damaged or unsafe."
    message = make_message(kind="image", text="")
    channel = make_channel(state="broken", problem=str(reasons.explain("190").cause))
    Attachment.objects.create(
        message=message, channel=message.channel, kind="image", state="rejected", problem=problem
    )
    with translation.override("es"):
        file_words, channel_words = translation.gettext(problem), translation.gettext(channel.problem)

    assert file_words != problem
    assert file_words in shown_to("es", message.conversation)
    admin = make_member("Olga Owner", language="es", role="owner")
    assert channel_words in signed_in(admin).get(f"/settings/channels/{channel.pk}/").content.decode()


def test_every_code_of_ours_has_its_sentence():
    codes = set()
    for path in (settings.BASE_DIR / "inbox").rglob("*.py"):
        names = ("gate.Refused",) if "operations" in path.parts else ("gate.Refused", "Refused")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                assert len(node.args) == 1, path
                codes |= {each.value for each in node.args if isinstance(each, ast.Constant)}

    assert codes - {"template_incomplete"} <= set(reasons.SENTENCES)
    assert len(codes) > 10
