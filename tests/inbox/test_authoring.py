"""Templates written here: what Meta would refuse is said first, drafts lose nothing, Meta gets each one once."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from django.conf import settings as configured
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from clinic_inbox import vault
from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry, Role
from inbox import authoring, template_sync
from inbox.authoring import Parts
from inbox.intake.drain import drain_batch
from integrations.events import ErrorClass, Invalid, ProviderError
from integrations.models import Template, TemplateDecision, WebhookEvent, webhook_context
from integrations.queries import templates
from integrations.whatsapp import authoring as meta
from tests.factories import make_channel, make_clinic, make_member
from tests.inbox.files import jpeg
from tests.inbox.payloads import webhook
from tests.inbox.test_authoring_checks import GOOD

SECRETS = {"app_secret": "sim-app-secret", "verify_token": "sim-verify", "access_token": "access-token"}


@pytest.fixture(scope="module")
def simulator():
    command = [sys.executable, "-m", "simulator", "--port", "0"]
    process = subprocess.Popen(command, cwd=configured.BASE_DIR, stdout=subprocess.PIPE, text=True)
    address = process.stdout.readline().split("ready: ")[1].strip().removesuffix("/simulator/")
    with httpx2.Client(base_url=address, trust_env=False, timeout=20) as client:
        yield client
    process.terminate()
    process.wait(10)
    process.stdout.close()


@pytest.fixture
def account(simulator, transactional_db):
    """An admin of a clinic whose business account is at the simulator; no scope is open."""
    simulator.post("/simulator/api/reset", json={"apps": True})
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        channel = make_channel(api_url=f"{str(simulator.base_url).rstrip('/')}/graph")
        number = {"phone_number_id": channel.external_id, "display_phone_number": "+1 202 555 0100"}
        told = SECRETS | {"waba_id": channel.business_id, "business_id": "7001", "numbers": [number]}
        told |= {"callback_url": "http://127.0.0.1:9/nobody"}
        assert simulator.post("/simulator/api/apps", json=told).status_code < 300
        member = make_member("Olga Owner", Role.OWNER)
    member.channel = channel
    return member


def begin(member, parts=GOOD, name="visit_soon", **fields) -> Template:
    told = {"business_id": member.channel.business_id, "name": name, "category": "UTILITY", "language": "en"}
    with clinic_scope(member.clinic_id):
        return authoring.write(member, authoring.begin(member, **told | fields), parts)


def at_meta(member, simulator) -> list[dict]:
    told = simulator.get("/simulator/api/templates", params={"waba_id": member.channel.business_id}).json()
    return [each for each in told["templates"] if each["name"].startswith("visit_soon")]


def decide(simulator, template, status, **more) -> None:
    path = f"/simulator/api/templates/{template.external_id}/status"
    assert simulator.post(path, json={"status": status} | more).status_code == 200


def read(template) -> Template:
    with clinic_scope(template.clinic_id):
        return Template.objects.get(pk=template.pk)


def test_a_template_is_handed_in_decided_and_can_be_sent(account, simulator, arrive_for):
    draft = begin(account)
    with clinic_scope(account.clinic_id):
        assert (
            not templates(account.channel.business_id).filter(pk=draft.pk).exists()
        )  # nobody can send it yet

    sent = authoring.submit(account, draft.pk)

    (told,) = at_meta(account, simulator)
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


@pytest.fixture
def arrive_for():
    """Meta's word about a template, through the door's rows and a worker."""

    def arrive(channel, value):
        body = json.loads(webhook(channel, {"field": "message_template_status_update", "value": value}))
        hook = channel.hook_id
        sealed = vault.seal(json.dumps(body).encode(), webhook_context(hook))
        WebhookEvent.objects.create(hook_id=hook, body=sealed, state="waiting")
        drain_batch(0)

    return arrive


def test_where_the_answer_was_lost_there_is_one_template_all_the_same(account, simulator, monkeypatch):
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

    assert [each["id"] for each in at_meta(account, simulator)] == [read(draft).external_id]


def test_another_template_of_that_name_is_not_taken_for_ours(account, simulator):
    draft = begin(account)
    authoring.submit(account, draft.pk)
    with clinic_scope(account.clinic_id):
        Template.objects.filter(pk=draft.pk).delete()
    other = begin(
        account, replace(GOOD, body="Hello {{first_name}}, other words about {{date}} for you, see you.")
    )

    with pytest.raises(Invalid, match="another template of this name"):
        authoring.submit(account, other.pk)


def test_an_approved_template_is_sent_as_it_was_until_meta_took_the_change(account, simulator):
    draft = begin(account)
    authoring.submit(account, draft.pk)
    decide(simulator, read(draft), "APPROVED")
    template_sync.sync_templates(account.channel)
    before = read(draft).components
    with clinic_scope(account.clinic_id):
        changed = authoring.write(account, read(draft), replace(GOOD, category="MARKETING", footer="Harbour"))
        assert (changed.components, authoring.parts_of(changed).category) == (before, "UTILITY")

    authoring.submit(account, draft.pk)

    (told,) = at_meta(account, simulator)
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


def test_a_picture_for_the_header_is_shown_to_meta_and_then_forgotten(account, simulator):
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

    (told,) = at_meta(account, simulator)
    (header,) = [each for each in told["components"] if each["type"] == "HEADER"]
    assert header["example"]["header_handle"][0].startswith("4::")
    assert not default_storage.exists(name)


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


def test_a_template_is_deleted_in_one_language_or_in_all(account, simulator):
    english, spanish, arabic = (begin(account, language=code) for code in ("en", "es", "ar"))
    for each in (english, spanish, arabic):
        authoring.submit(account, each.pk)

    authoring.delete(account, spanish.pk)
    assert [each["language"] for each in at_meta(account, simulator)] == ["en", "ar"]

    authoring.delete(account, english.pk, all_languages=True)
    assert at_meta(account, simulator) == []
    assert {read(each).status for each in (english, spanish, arabic)} == {"DELETED"}


def test_a_draft_that_meta_never_had_is_thrown_away_whole(account):
    draft = begin(account)
    with clinic_scope(account.clinic_id):
        authoring.discard(account, draft)
        assert not Template.objects.exists()
