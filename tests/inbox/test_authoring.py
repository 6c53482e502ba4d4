"""Templates written here: what Meta would refuse is said first, drafts lose nothing, Meta gets each one once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox import authoring, template_sync
from inbox.authoring import Parts
from integrations.events import Invalid
from integrations.models import Template, TemplateDecision
from integrations.queries import templates
from tests.factories import make_conversation, make_identity, make_message
from tests.inbox.authors import GOOD, at_meta, begin, decide, read
from tests.inbox.files import jpeg


def test_a_template_is_handed_in_decided_and_can_be_sent(account, meta_world, arrive_for):
    draft = begin(account)
    with clinic_scope(account.clinic_id):
        assert (
            not templates(account.channel.business_id).filter(pk=draft.pk).exists()
        )  # nobody can send it yet

    sent = authoring.submit(account, draft.pk)

    (told,) = at_meta(account, meta_world)
    assert (told["id"], told["category"], told["parameter_format"]) == (sent.external_id, "UTILITY", "NAMED")
    assert (sent.status, sent.draft, sent.components) == ("PENDING", None, told["components"])
    decided = {"event": "REJECTED", "message_template_id": int(sent.external_id), "reason": "PROMOTIONAL"}
    arrive_for(account.channel, decided)
    with clinic_scope(account.clinic_id):
        cause, fix = authoring.reason_of(read(sent))
        assert (cause.split()[1], "marketing" in fix) == ("offers", True)
        assert [(each.words, each.by_name) for each in authoring.history(sent)] == [
            ("Rejected", ""),
            ("Submitted", "Olga Owner"),
        ]
        actions = AuditEntry.objects.filter(action__startswith="template.").values_list("action", flat=True)
        assert sorted(actions) == ["template.begun", "template.submitted"]


def test_an_approved_template_is_sent_as_it_was_until_meta_took_the_change(account, meta_world):
    draft = begin(account)
    authoring.submit(account, draft.pk)
    decide(meta_world, read(draft), "APPROVED")
    template_sync.sync_templates(account.channel)
    before = read(draft).components
    with clinic_scope(account.clinic_id):
        changed = authoring.write(account, read(draft), replace(GOOD, category="MARKETING", footer="Harbour"))
        assert (changed.components, authoring.parts_of(changed).category) == (before, "UTILITY")

    authoring.submit(account, draft.pk)

    (told,) = at_meta(account, meta_world)
    assert (told["status"], told["components"]) == ("PENDING", read(draft).components)
    assert {"type": "FOOTER", "text": "Harbour"} in told["components"]


def test_meta_allows_one_change_a_day_and_ten_a_month(account):
    with clinic_scope(account.clinic_id):
        template = begin(account)
        Template.objects.filter(pk=template.pk).update(
            status="APPROVED", external_id="55", draft=None, components=authoring.as_components(GOOD)
        )
        ages = [timedelta(days=each) for each in range(2, 12)]
        for age in ages:
            TemplateDecision.objects.create(template=template, kind="edited", at=timezone.now() - age)
        assert "ten changes" in authoring.may_edit(read(template))
        TemplateDecision.objects.filter(at__lt=timezone.now() - timedelta(days=10)).delete()
        assert authoring.may_edit(read(template)) == ""
        TemplateDecision.objects.create(template=template, kind="edited")
        assert "24 hours" in authoring.may_edit(read(template))
        with pytest.raises(Invalid, match="24 hours"):
            authoring.write(account, read(template), replace(GOOD, footer=""))


def test_a_name_is_checked_and_taken_once(account):
    begin(account)

    for name, problem in (("Visit soon", "digits"), ("", "digits"), ("visit_soon", "already")):
        with pytest.raises(Invalid, match=problem):
            begin(account, name=name)
    with pytest.raises(Invalid, match="connected"):
        begin(account, name="other", business_id="4711")


def test_languages_and_copies_begin_with_the_words_of_another(account):
    template = begin(account)
    with clinic_scope(account.clinic_id):
        spanish = authoring.add_language(account, template, "es", copy_from=template)
        empty = authoring.add_language(account, template, "ar", copy_from=None)
        copy = authoring.duplicate(account, template, "visit_later")

    assert [authoring.parts_of(each) for each in (spanish, copy)] == [GOOD, GOOD]
    assert authoring.parts_of(empty) == Parts(category="UTILITY")
    assert {(each.name, each.language) for each in (spanish, empty, copy)} == {
        ("visit_soon", "es"), ("visit_soon", "ar"), ("visit_later", "en"),
    }  # fmt: skip


def test_a_picture_for_the_header_is_shown_to_meta_and_then_forgotten(account, meta_world):
    draft = begin(account, replace(GOOD, header="IMAGE", header_text="", examples=GOOD.examples))
    picture = SimpleUploadedFile("clinic.jpg", jpeg(), "image/jpeg")
    with clinic_scope(account.clinic_id):
        draft = authoring.keep_sample(account, draft, picture)
        pdf = SimpleUploadedFile("x.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")
        with pytest.raises(Invalid, match="kind"):
            authoring.keep_sample(account, draft, pdf)
    name = read(draft).sample.name
    assert (default_storage.exists(name), read(draft).sample_name) == (True, "clinic.jpg")

    authoring.submit(account, draft.pk)

    (told,) = at_meta(account, meta_world)
    (header,) = [each for each in told["components"] if each["type"] == "HEADER"]
    assert header["example"]["header_handle"][0].startswith("4::")
    assert not default_storage.exists(name)


def test_a_template_is_deleted_in_one_language_or_in_all(account, meta_world):
    english, spanish, arabic = (begin(account, language=code) for code in ("en", "es", "ar"))
    for each in (english, spanish, arabic):
        authoring.submit(account, each.pk)

    authoring.delete(account, spanish.pk)
    assert [each["language"] for each in at_meta(account, meta_world)] == ["en", "ar"]

    authoring.delete(account, english.pk, all_languages=True)
    assert at_meta(account, meta_world) == []
    assert {read(each).status for each in (english, spanish, arabic)} == {"DELETED"}


def test_a_draft_that_meta_never_had_is_thrown_away_whole(account):
    draft = begin(account)
    with clinic_scope(account.clinic_id):
        authoring.discard(account, draft)
        assert not Template.objects.exists()


def test_what_waits_for_a_template_is_told_before_it_is_deleted(account):
    draft = begin(account)
    authoring.submit(account, draft.pk)
    with clinic_scope(account.clinic_id):
        conversation = make_conversation(make_identity(), account.channel)
        content = {"name": "visit_soon", "language": "en", "parameters": {}}
        make_message(conversation, direction="out", kind="template", state="scheduled", content=content)

        assert authoring.used_by(read(draft)) == ["1 scheduled message"]
