"""Two admins in one draft of a template: neither writes over the other unseen, and both see what the other wrote."""

from uuid import uuid4

import pytest

from clinics.models import Role
from inbox import authoring
from integrations.models import Template
from tests.factories import make_channel, make_member
from tests.inbox.screens import HTMX, signed_in
from tests.inbox.templates import make_template

PAGE = "/settings/templates/"
ANA = {"category": "UTILITY", "body": "We see you on Friday.", "footer": "Clinic Example"}
BEN = ANA | {"body": "We see you on Monday.", "button-kind": ["QUICK_REPLY"], "button-text": ["I will come"]}
BEN |= {"button-value": [""], "button-example": [""]}


@pytest.fixture
def channel(clinic):
    return make_channel()


@pytest.fixture
def template(channel):
    return make_template(channel, status=Template.DRAFT, draft={})


@pytest.fixture
def ana(channel):
    return make_member("Ana Admin", Role.ADMIN)


@pytest.fixture
def ben(channel):
    return make_member("Ben Admin", Role.ADMIN)


def save(member, template, told, *seen, mark="", path="save/", **headers):
    typed = told | {"base": list(seen), "mark": mark}
    return signed_in(member).post(f"{PAGE}{template.pk}/{path}", typed, **headers)


def mark_of(template) -> str:
    return Template.objects.get(pk=template.pk).draft_mark


def body_of(template) -> str:
    return authoring.parts_of(Template.objects.get(pk=template.pk)).body


def test_a_page_that_knows_an_older_draft_keeps_nothing_and_is_shown_what_the_other_wrote(ana, ben, template):
    told = save(ana, template, ANA, "").json()

    answer = save(ben, template, BEN, "")

    said = answer.content.decode()
    assert (answer.status_code, body_of(template)) == (409, "We see you on Friday.")
    assert "Ana Admin has written something else here:" in said
    assert '<dd dir="auto">We see you on Friday.</dd>' in said
    assert '<dt>Buttons</dt><dd dir="auto">–</dd>' in said
    assert "Clinic Example" not in said  # both wrote that
    assert f'data-template-other="{told["mark"]}"' in said


def test_who_has_seen_both_may_keep_theirs(ana, ben, template):
    mark = save(ana, template, ANA, "").json()["mark"]

    assert save(ben, template, BEN, "", mark).status_code == 200

    assert body_of(template) == "We see you on Monday."
    assert save(ana, template, ANA, mark).status_code == 409


def test_each_save_goes_on_from_the_one_before(ana, template):
    first = save(ana, template, ANA, "").json()["mark"]
    second = save(ana, template, BEN, first, mark=str(uuid4())).json()["mark"]

    assert second == mark_of(template) != first
    assert save(ana, template, ANA, second).status_code == 200


def test_a_save_whose_answer_was_lost_is_no_quarrel_with_oneself(ana, template):
    lost = str(uuid4())
    save(ana, template, ANA, "", mark=lost)

    assert save(ana, template, BEN, "", lost).status_code == 200
    assert body_of(template) == "We see you on Monday."


def test_the_same_words_from_two_pages_are_no_quarrel(ana, ben, template):
    mark = save(ana, template, ANA, "").json()["mark"]

    assert save(ben, template, ANA, "").json()["mark"] == mark


def test_ones_own_other_device_is_called_so(ana, template):
    save(ana, template, ANA, "")

    said = save(ana, template, BEN, "").content.decode()

    assert "You have written something else here on another device:" in said


@pytest.mark.parametrize("path", ["", "submit/", "sample/", "sample/remove/", "discard/"])
def test_nothing_else_is_done_over_words_that_were_not_seen_and_what_was_typed_stays(
    ana, ben, template, monkeypatch, path
):
    monkeypatch.setattr(authoring, "submit", lambda *_args, **_more: pytest.fail("it was submitted"))
    save(ana, template, ANA, "")

    said = save(ben, template, BEN, "", path=path, headers=HTMX).content.decode()

    assert "Ana Admin has written something else here:" in said
    assert "We see you on Monday.</textarea>" in said
    assert '<input type="hidden" name="base" value="">' in said  # it still knows no newer one
    assert body_of(template) == "We see you on Friday."


def test_what_is_submitted_is_what_was_read(ana, ben, template):
    seen = save(ana, template, ANA, "").json()["mark"]
    save(ben, template, BEN, seen)

    with pytest.raises(authoring.Overtaken) as overtaken:
        authoring.submit(ana, template.pk, mark=seen)

    assert overtaken.value.there.draft_by == ben


def test_a_draft_that_was_put_away_does_not_come_back_unasked(ana, ben, channel):
    template = make_template(channel, external_id="7")
    seen = save(ben, template, BEN, "").json()["mark"]
    save(ana, template, BEN, seen, path="discard/")

    said = save(ben, template, BEN | {"body": "We see you on Tuesday."}, seen).content.decode()

    assert "Ana Admin has put the draft away." in said
    assert "your visit is on" in said
    assert Template.objects.get().draft is None


def test_words_that_are_kept_again_are_no_change(ana, template):
    parts = authoring.Parts(body="We see you on Friday.")
    written = authoring.write(ana, template, parts, seen=[""])

    again = authoring.write(ana, template, parts, seen=[""])

    assert again.draft_mark == written.draft_mark
