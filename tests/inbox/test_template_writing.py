"""Templates written in the settings: what an admin sees and what is kept; Meta's side is in test_authoring*.py."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics.models import Role
from inbox import authoring
from integrations.events import ErrorClass, ProviderError
from integrations.models import Template, TemplateDecision
from tests.factories import make_channel, make_member
from tests.inbox.screens import HTMX, signed_in
from tests.inbox.template_pages import NAMED, PAGE, WRITTEN, begun, page_of
from tests.inbox.templates import make_template


@pytest.fixture
def channel(clinic):
    return make_channel()


@pytest.fixture
def browser(channel):
    return signed_in(make_member("Ana Admin", Role.ADMIN))


def test_a_template_is_begun_with_a_name_and_opens_to_be_written(browser, channel):
    answer = browser.post(PAGE + "new/", NAMED, headers=HTMX)

    template = Template.objects.get()
    assert answer.headers["HX-Push-Url"] == f"{PAGE}{template.pk}/"
    assert (template.business_id, template.language, template.status) == (
        channel.business_id,
        "en",
        Template.DRAFT,
    )
    assert "Submit to Meta" in answer.content.decode()


@pytest.mark.parametrize("name", ["visit_reminder", "Visit reminder", "", "__"])
def test_a_name_that_is_taken_or_wrong_comes_back_with_what_was_chosen(browser, channel, name):
    make_template(channel)

    answer = browser.post(PAGE + "new/", NAMED | {"name": name, "category": "MARKETING"}, headers=HTMX)

    said = answer.content.decode()
    assert "errorlist" in said
    assert 'value="MARKETING" checked' in said
    assert Template.objects.count() == 1


def test_without_a_number_the_pages_say_what_comes_first(clinic):
    browser = signed_in(make_member("Ana Admin", Role.ADMIN))

    for path in (PAGE, PAGE + "new/"):
        assert "First connect a number" in browser.get(path, headers=HTMX).content.decode()
    assert browser.post(PAGE + "new/", NAMED, headers=HTMX).status_code == 200
    assert not Template.objects.exists()


def test_what_is_typed_is_kept_word_for_word_and_problems_come_back_beside_their_field(browser):
    template = begun(browser)

    told = browser.post(f"{PAGE}{template.pk}/save/", WRITTEN | {"example-body.first_name": ""}).json()

    parts = authoring.parts_of(Template.objects.get())
    assert parts.body == "Hello {{first_name}}, we see you on Friday.\nBring your papers, please."
    assert (parts.header, parts.header_text, parts.footer) == ("TEXT", "Your visit", "Clinic Example")
    assert [(each.kind, each.text, each.value, each.example) for each in parts.buttons] == [
        ("QUICK_REPLY", "I will come", "", ""),
        ("URL", "Map", "https://clinic.example/{{1}}", "map"),
    ]
    assert [each["field"] for each in told["problems"]] == ["examples.body.first_name"]


def test_an_unfinished_draft_is_kept_and_stands_there_again(browser):
    template = begun(browser)

    browser.post(f"{PAGE}{template.pk}/save/", {"body": "Hello {{", "header": "<b>", "category": "x"})

    assert "Hello {{" in page_of(browser, template)
    assert authoring.parts_of(Template.objects.get()).header == ""


def test_what_is_wrong_is_said_instead_of_submitted(browser, monkeypatch):
    template = begun(browser)
    monkeypatch.setattr(authoring, "submit", lambda *_args: pytest.fail("it was submitted"))

    said = browser.post(f"{PAGE}{template.pk}/submit/", WRITTEN | {"body": ""}, headers=HTMX).content.decode()

    assert "data-checked" in said
    assert "Your visit" in said


def test_submitting_keeps_what_was_typed_last_and_shows_the_state(browser, monkeypatch):
    template = begun(browser)

    def submit(member, pk, *, mark):
        Template.objects.filter(pk=pk).update(status="PENDING", external_id="7")

    monkeypatch.setattr(authoring, "submit", submit)
    said = browser.post(f"{PAGE}{template.pk}/submit/", WRITTEN, headers=HTMX).content.decode()

    assert "Submitted: Meta is looking at it" in said
    assert authoring.parts_of(Template.objects.get()).footer == "Clinic Example"
    assert f"{PAGE}{template.pk}/status/" in said  # asked again by itself


def test_when_meta_does_not_take_it_the_page_says_why_and_the_draft_stays(browser, monkeypatch):
    template = begun(browser)

    def submit(member, pk, *, mark):
        raise ProviderError(ErrorClass.NEVER, "2388040", "")

    monkeypatch.setattr(authoring, "submit", submit)
    said = browser.post(f"{PAGE}{template.pk}/submit/", WRITTEN, headers=HTMX).content.decode()

    assert "breaks one of WhatsApp" in said
    assert "Bring your papers" in said


def test_a_template_in_review_can_be_read_but_not_written_in(browser, channel):
    template = make_template(channel, status="PENDING", external_id="7")

    answer = browser.post(f"{PAGE}{template.pk}/save/", WRITTEN)

    assert answer.status_code == 422
    assert answer.json()["sentence"]
    said = page_of(browser, template)
    assert '<fieldset class="template-all" disabled' in said
    assert "data-template-submit" not in said


@pytest.mark.parametrize("path", ["", "submit/"])
def test_saved_is_not_said_of_what_may_not_be_kept(browser, channel, path):
    template = make_template(channel, status="PENDING", external_id="7")

    said = browser.post(f"{PAGE}{template.pk}/{path}", WRITTEN, headers=HTMX).content.decode()

    assert "Saved" not in said
    assert said.count("Meta is looking at it. It can be changed once Meta has decided.") == 2  # and as ever
    assert Template.objects.get().draft is None


def test_another_language_is_begun_from_the_words_of_the_first(browser):
    template = begun(browser)
    browser.post(f"{PAGE}{template.pk}/save/", WRITTEN)

    browser.post(f"{PAGE}{template.pk}/languages/", {"language": "es", "copies": "1"}, headers=HTMX)

    spanish = Template.objects.get(language="es")
    assert (spanish.name, authoring.parts_of(spanish).footer) == ("visit_reminder", "Clinic Example")
    assert "Spanish" in page_of(browser, template)


def test_a_language_there_is_or_that_nobody_knows_is_refused_in_a_sentence(browser):
    template = begun(browser)

    for code in ("en", "xx", ""):
        answer = browser.post(f"{PAGE}{template.pk}/languages/", {"language": code}, headers=HTMX)
        assert "notice-red" in answer.content.decode()
    assert Template.objects.count() == 1


def test_the_languages_of_a_template_are_read_once_for_its_page(browser):
    template = begun(browser)

    with CaptureQueriesContext(connection) as asked:
        page_of(browser, template)

    assert len([each for each in asked if 'ORDER BY "integrations_template"."language"' in each["sql"]]) == 1


def test_a_copy_has_the_words_under_another_name(browser):
    template = begun(browser)
    browser.post(f"{PAGE}{template.pk}/save/", WRITTEN)

    browser.post(f"{PAGE}{template.pk}/copy/", {"name": "visit_reminder_2"}, headers=HTMX)

    copy = Template.objects.get(name="visit_reminder_2")
    assert (copy.status, authoring.parts_of(copy).footer) == (Template.DRAFT, "Clinic Example")


def test_a_draft_meta_never_had_is_thrown_away_whole(browser):
    template = begun(browser)

    said = browser.post(f"{PAGE}{template.pk}/discard/", headers=HTMX).content.decode()

    assert "No templates yet" in said
    assert not Template.objects.exists()


def test_changes_of_an_approved_template_are_shown_in_the_list_and_thrown_away(browser, channel):
    template = make_template(channel, external_id="7")
    browser.post(f"{PAGE}{template.pk}/save/", WRITTEN)
    assert "changes not submitted" in browser.get(PAGE, headers=HTMX).content.decode()

    said = browser.post(f"{PAGE}{template.pk}/discard/", headers=HTMX).content.decode()

    assert "your visit is on" in said
    assert "changes not submitted" not in browser.get(PAGE, headers=HTMX).content.decode()


def test_before_it_is_deleted_the_page_says_what_that_stops(browser, channel, monkeypatch):
    template = make_template(channel, external_id="7")
    monkeypatch.setattr(authoring, "used_by", lambda _template: ["Nora Example, tomorrow 9:00"])

    assert "Nora Example, tomorrow 9:00" in page_of(browser, template)


def test_one_is_deleted_in_one_language_or_in_all(browser, channel, monkeypatch):
    template, asked = make_template(channel, external_id="7"), []

    def delete(member, pk, *, all_languages):
        asked.append(all_languages)

    monkeypatch.setattr(authoring, "delete", delete)
    browser.post(f"{PAGE}{template.pk}/delete/", headers=HTMX)
    said = browser.post(f"{PAGE}{template.pk}/delete/", {"all": "1"}, headers=HTMX).content.decode()

    assert asked == [False, True]
    assert "visit_reminder is deleted" in said


def test_an_agent_writes_no_templates(channel):
    template, agent = make_template(channel), signed_in(make_member("Ada Agent", Role.AGENT))

    assert agent.get(f"{PAGE}{template.pk}/").status_code == 403
    assert agent.post(f"{PAGE}{template.pk}/save/", WRITTEN).status_code == 403


def test_the_page_is_shown_anew_once_meta_has_decided(browser, channel):
    template = make_template(channel, status="PENDING", external_id="7")
    waits = browser.get(f"{PAGE}{template.pk}/status/", headers=HTMX)
    Template.objects.update(status="APPROVED")

    decided = browser.get(f"{PAGE}{template.pk}/status/", headers=HTMX)

    assert "hx-trigger" in waits.content.decode()
    assert decided.headers["HX-Refresh"] == "true"


def test_what_meta_stopped_is_counted_in_the_navigation_until_it_is_put_right(browser, channel):
    template = make_template(channel, status="REJECTED", external_id="7", reason="PROMOTIONAL")
    TemplateDecision.objects.create(template=template, kind="REJECTED", told="PROMOTIONAL")

    page = browser.get(f"{PAGE}{template.pk}/").content.decode()

    assert "stopped by Meta" in page
    assert "It offers something, which only marketing may do." in page
    Template.objects.update(status="APPROVED")
    assert "stopped by Meta" not in browser.get(PAGE).content.decode()


def test_where_two_accounts_have_a_template_of_one_name_the_list_says_which_is_whose(browser, channel):
    make_template(channel)
    alone = browser.get(PAGE, headers=HTMX).text
    make_template(make_channel(name="Second branch"))

    both = browser.get(PAGE, headers=HTMX).text

    names = [
        f"<bdi>{name}</bdi>" in page for page in (alone, both) for name in (channel.name, "Second branch")
    ]
    assert names == [False, False, True, True]
