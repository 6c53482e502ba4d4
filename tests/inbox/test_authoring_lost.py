"""Templates on a bad line: each is at Meta once, and what is written or decided meanwhile is not lost."""

from dataclasses import replace

import pytest

from clinic_inbox.tenancy import clinic_scope
from inbox import authoring, template_sync
from integrations.events import ErrorClass, Invalid, ProviderError
from integrations.models import Template
from integrations.whatsapp import authoring as meta
from tests.inbox.authors import GOOD, at_meta, begin, decide, read


def test_where_the_answer_was_lost_there_is_one_template_all_the_same(account, meta_world, monkeypatch):
    draft, create = begin(account), meta.create_template

    def lost(*asked):
        create(*asked)
        raise ProviderError(ErrorClass.RETRY, "interrupted")

    monkeypatch.setattr(meta, "create_template", lost)
    with pytest.raises(ProviderError):
        authoring.submit(account, draft.pk)
    assert (read(draft).status, authoring.parts_of(read(draft))) == ("DRAFT", GOOD)
    monkeypatch.undo()

    authoring.submit(account, draft.pk)

    assert [each["id"] for each in at_meta(account, meta_world)] == [read(draft).external_id]


def test_another_template_of_that_name_is_not_taken_for_ours(account, meta_world):
    draft = begin(account)
    authoring.submit(account, draft.pk)
    with clinic_scope(account.clinic_id):
        Template.objects.filter(pk=draft.pk).delete()
    other = begin(
        account, replace(GOOD, body="Hello {{first_name}}, other words about {{date}} for you, see you.")
    )

    with pytest.raises(Invalid, match="another template of this name"):
        authoring.submit(account, other.pk)


def test_what_is_written_while_meta_is_asked_is_not_lost(account, monkeypatch):
    draft, create = begin(account), meta.create_template

    def slow(*asked):
        with clinic_scope(account.clinic_id):
            authoring.write(account, read(draft), replace(GOOD, footer="Written meanwhile"))
        return create(*asked)

    monkeypatch.setattr(meta, "create_template", slow)

    authoring.submit(account, draft.pk)

    assert read(draft).status == "PENDING"
    with clinic_scope(account.clinic_id):
        assert authoring.parts_of(read(draft)).footer == "Written meanwhile"


def test_synchronising_leaves_drafts_alone_and_takes_up_what_meta_has_of_them(account):
    draft = begin(account)
    template_sync.sync_templates(account.channel)
    assert read(draft).status == "DRAFT"
    with clinic_scope(account.clinic_id):
        credentials = template_sync.credentials_of(account.channel)
    meta.create_template(
        credentials,
        {"name": "visit_soon", "language": "en", "category": "UTILITY", "parameter_format": "named",
         "components": authoring.as_components(GOOD)},
    )  # fmt: skip

    template_sync.sync_templates(account.channel)

    assert (read(draft).status, authoring.parts_of(read(draft))) == ("PENDING", GOOD)


def test_a_decision_that_overtakes_our_own_note_is_followed(account, meta_world, arrive_for, monkeypatch):
    draft, edit = begin(account), meta.edit_template
    authoring.submit(account, draft.pk)
    decide(meta_world, read(draft), "REJECTED", reason="SCAM")
    template_sync.sync_templates(account.channel)
    with clinic_scope(account.clinic_id):
        authoring.write(account, read(draft), replace(GOOD, footer="Better"))

    def overtaken(*asked):
        edit(*asked)
        told = {"event": "APPROVED", "message_template_id": int(read(draft).external_id), "reason": "NONE"}
        arrive_for(account.channel, told)

    monkeypatch.setattr(meta, "edit_template", overtaken)

    assert authoring.submit(account, draft.pk).status == "APPROVED"
    assert (read(draft).status, read(draft).reason) == ("APPROVED", "")


def test_a_template_that_meta_deleted_already_is_deleted_here_too(account, meta_world, monkeypatch):
    draft, delete = begin(account), meta.delete_template
    authoring.submit(account, draft.pk)

    def lost(*asked):
        delete(*asked)
        raise ProviderError(ErrorClass.RETRY, "interrupted")

    monkeypatch.setattr(meta, "delete_template", lost)

    authoring.delete(account, draft.pk)

    assert read(draft).status == "DELETED"
    with pytest.raises(Invalid, match="30 days"):
        begin(account)


def test_words_that_meta_changed_are_ours_too(account, arrive_for):
    draft = begin(account)
    authoring.submit(account, draft.pk)
    told = {"message_template_id": int(read(draft).external_id), "message_template_element": "Other words"}

    arrive_for(account.channel, told, "message_template_components_update")

    (body,) = [each["text"] for each in read(draft).components if each["type"] == "BODY"]
    assert body == "Other words"


def test_a_draft_that_two_hand_in_is_no_change_of_what_meta_has(account, meta_world, monkeypatch):
    draft, find = begin(account), meta.find_template

    def both(*asked):
        monkeypatch.undo()
        authoring.submit(account, draft.pk)
        return find(*asked)

    monkeypatch.setattr(meta, "find_template", both)

    authoring.submit(account, draft.pk)

    with clinic_scope(account.clinic_id):
        assert [each.words for each in authoring.history(draft)] == ["Submitted"]
    assert len(at_meta(account, meta_world)) == 1


def test_what_meta_never_had_is_not_deleted_there(account, meta_world):
    english, spanish = begin(account), begin(account, language="es")
    authoring.submit(account, english.pk)

    with pytest.raises(Invalid, match="does not exist"):
        authoring.delete(account, spanish.pk)

    assert [each["language"] for each in at_meta(account, meta_world)] == ["en"]


def test_a_name_that_meta_dropped_begins_anew_without_its_past(account, meta_world):
    draft = begin(account)
    with clinic_scope(account.clinic_id):
        Template.objects.filter(pk=draft.pk).update(status="DELETED", external_id="7", reason="SCAM")

    again = begin(account, GOOD)

    assert (again.pk, again.external_id, again.reason) == (draft.pk, "", "")
