"""Saved replies: who gets which, in which language, how their variables are filled, and how they are looked after."""

import pytest

from clinics.models import AuditEntry, Role
from clinics.refusal import Refused
from inbox import languages, saved_replies, variables
from inbox.models import SavedReply, SavedReplyUse
from inbox.operations import replies
from inbox.operations.replies import Wording
from tests.factories import make_contact, make_conversation, make_identity, make_member, make_team

from .api_client import Machine
from .screens import queries_of, signed_in

NORA = {"contact.name": "Nora Example", "contact.first_name": "Nora"}


def make_reply(title="Way", text="By bus", by=None, **fields) -> SavedReply:
    wording = Wording(title, fields.pop("bodies", {"en": text}), **{"is_shared": True} | fields)
    return replies.create_reply(wording, by=by)


def conversation_with(name="Nora Example", language=""):
    return make_conversation(make_identity(make_contact(name, language=language)))


def titles(found) -> list[str]:
    return [each.title for each in found]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello {{contact.first_name}},", "Hello Nora,"),
        ("Hello {{ contact.name | there }},", "Hello Nora Example,"),
        ("Hello {{contact.age}},", "Hello {{contact.age}},"),
        ("Hello {{contact.age|you}},", "Hello {{contact.age|you}},"),
        ("{{1}} and {single}", "{{1}} and {single}"),
    ],
)
def test_variables_say_what_is_known_and_stay_where_nothing_is(text, filled):
    assert variables.fill(text, NORA) == filled


def test_without_a_name_the_fallback_stands_and_never_nothing():
    nobody = {"contact.first_name": ""}

    assert variables.fill("Hello {{contact.first_name|there}},", nobody) == "Hello there,"
    assert variables.fill("Hello {{contact.first_name}},", nobody) == "Hello {{contact.first_name}},"
    assert variables.fill("Hello {{contact.first_name|}},", nobody) == "Hello {{contact.first_name|}},"


def test_a_name_that_looks_like_a_variable_stays_a_name():
    values = {"contact.name": "{{clinic.name}}", "clinic.name": "Clinic Example"}

    assert variables.fill("{{contact.name}}", values) == "{{clinic.name}}"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Dr. Ana Pérez", "Ana"),
        ("Mrs Smith", "Smith"),
        ("Nora", "Nora"),
        ("陈示例", "陈示例"),
        ("Dr.", "Dr."),
        ("", ""),
    ],
)
def test_the_first_name_is_no_title(name, first):
    assert variables.first_name(name) == first


def test_a_number_is_nobodys_name(member):
    conversation = conversation_with("+44 7700 900555")

    assert variables.values_for(conversation, member)["contact.first_name"] == ""


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (["pt", "en"], "pt"),
        (["es-MX", "en"], "es"),
        (["", "en"], "en"),
        (["fr", "de"], "ar"),
        (["PT_br"], "pt"),
    ],
)
def test_the_language_is_the_patients_else_the_clinics_else_any(wanted, code):
    assert languages.choose(["en", "ar", "es", "pt"], *wanted) == code


def test_a_reply_is_offered_filled_in_and_in_the_patients_language(member):
    make_reply(bodies={"en": "Hello {{contact.first_name}}", "es": "Hola {{contact.first_name}}"})

    spanish = saved_replies.choices(conversation_with(language="es_MX"), member)
    unknown = saved_replies.choices(conversation_with(language=""), member)
    french = saved_replies.choices(conversation_with(language="fr"), member)

    told = [(each.text, each.is_theirs) for (each,) in (spanish, unknown, french)]
    assert told == [("Hola Nora", True), ("Hello Nora", True), ("Hello Nora", False)]


def test_everybody_gets_the_clinics_a_team_its_own_and_nobody_anothers(member, admin):
    colleague, team = make_member("Ben Agent"), make_team("Billing", [member])
    make_reply("Everybody's")
    make_reply("Billing's", teams=[team])
    make_reply("Ada's", by=member, is_shared=False)

    assert titles(saved_replies.usable_replies(member)) == ["Ada's", "Billing's", "Everybody's"]
    assert titles(saved_replies.usable_replies(colleague)) == ["Everybody's"]
    assert titles(saved_replies.listed_replies(admin)) == ["Billing's", "Everybody's"]


def test_a_reply_of_a_team_that_is_no_more_does_not_become_everybodys(member):
    team = make_team("Billing")
    make_reply("Billing's", teams=[team])

    team.delete()

    assert titles(saved_replies.usable_replies(member)) == []


def test_those_i_use_most_come_first(member):
    colleague, conversation = make_member("Ben Agent"), conversation_with()
    one, two, three = make_reply("One"), make_reply("Two"), make_reply("Three")
    for reply, by in [(two, member), (two, member), (three, member), (one, colleague)]:
        replies.count_use(reply, by=by)

    mine = [each.reply.title for each in saved_replies.choices(conversation, member)]

    assert mine == ["Two", "Three", "One"]


def test_one_shortcut_stands_for_one_reply(member, admin):
    make_reply("Way", shortcut="way")

    for is_shared in (True, False):
        with pytest.raises(Refused, match="/way"):
            make_reply("Another way", shortcut="WAY", is_shared=is_shared, by=member)
    assert titles(SavedReply.objects.all()) == ["Way"]


def test_a_deleted_reply_is_gone_and_comes_back(member, admin):
    reply = make_reply()

    replies.delete_reply(reply, by=admin)
    assert titles(saved_replies.usable_replies(member)) == []

    replies.restore_reply(reply, by=admin)
    assert titles(saved_replies.usable_replies(member)) == ["Way"]
    told = AuditEntry.objects.filter(action__startswith="saved_reply.").order_by("created_at")
    expected = ["saved_reply.created", "saved_reply.deleted", "saved_reply.restored"]
    assert list(told.values_list("action", flat=True)) == expected


def test_the_composer_is_offered_what_would_be_inserted(member):
    conversation = conversation_with()
    reply = make_reply("Way", "Hello {{contact.first_name}}, by {{bus}}", shortcut="way")
    browser = signed_in(member)

    page = browser.get(f"/conversations/{conversation.pk}/replies/").content.decode()
    used = browser.post(f"/conversations/{conversation.pk}/replies/", {"reply": reply.pk})

    assert 'data-insert="Hello Nora, by {{bus}}"' in page
    assert (used.status_code, used.json()) == (200, {"files": []})
    assert list(SavedReplyUse.objects.values_list("member", "count")) == [(member.pk, 1)]


def test_the_list_costs_the_same_with_one_and_with_three(member, django_assert_max_num_queries):
    conversation = conversation_with()
    counted = []
    for title in ("One", "Two", "Three"):
        make_reply(title)
        url = f"/conversations/{conversation.pk}/replies/"
        counted.append(queries_of(signed_in(member), url, django_assert_max_num_queries))

    assert counted[0] == counted[2]


def test_a_reply_that_is_not_mine_to_use_is_not_found(member):
    conversation = conversation_with()
    others = make_reply("Ben's", by=make_member("Ben Agent"), is_shared=False)
    url, browser = f"/conversations/{conversation.pk}/replies/", signed_in(member)

    answers = [browser.post(url, {"reply": pk}).status_code for pk in (others.pk, "x", "")]

    assert (answers, SavedReplyUse.objects.count()) == ([404, 404, 404], 0)


def test_an_agent_writes_their_own_and_changes_no_shared_one(member, admin):
    shared, browser = make_reply("Way"), signed_in(member)

    browser.post("/settings/replies/new/", {"title": "Mine", "is_shared": "on", "body-en": "Hi"})
    refused = [
        browser.post(f"/settings/replies/{shared.pk}/{what}").status_code
        for what in ("", "delete/", "restore/")
    ]

    assert refused == [404, 404, 404]
    assert list(SavedReply.objects.values_list("title", "owner")) == [("Mine", member.pk), ("Way", None)]


def test_an_admin_writes_for_the_clinic_in_several_languages(admin):
    team = make_team("Billing")
    told = {"title": "Way", "shortcut": "/Way", "is_shared": "on", "teams": [team.pk]}

    page = signed_in(admin).post(
        "/settings/replies/new/", told | {"body-en": "By bus", "body-es": " En bus ", "body-xx": "?"}
    )

    reply = SavedReply.objects.get()
    assert (reply.shortcut, reply.owner, reply.is_for_teams) == ("way", None, True)
    assert reply.bodies == {"en": "By bus", "es": "En bus"}
    assert "Billing" in page.content.decode()


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"body-en": "Hello {{patient}}"}, "“{{patient}}” is no variable we know"),
        ({"body-en": "x" * 4097}, "longer than the 4096 letters"),
        ({"body-en": "  "}, "in one language at least"),
        ({"body-en": "Hi", "shortcut": "two words"}, "no spaces"),
    ],
)
def test_what_is_wrong_with_a_reply_is_said_and_nothing_is_lost(member, told, sentence):
    page = signed_in(member).post("/settings/replies/new/", {"title": "Way"} | told).content.decode()

    assert sentence in page
    assert told["body-en"].strip() in page
    assert not SavedReply.objects.exists()


def test_a_deletion_can_be_taken_back_from_the_page(admin):
    reply, browser = make_reply(), signed_in(admin)

    page = browser.post(f"/settings/replies/{reply.pk}/delete/").content.decode()
    assert f"/settings/replies/{reply.pk}/restore/" in page

    page = browser.post(f"/settings/replies/{reply.pk}/restore/").content.decode()
    assert "It is back" in page


def test_machines_read_the_clinics_replies_and_nobodys_own(clinic, member):
    team = make_team("Billing")
    reply = make_reply(teams=[team], bodies={"en": "Hello {{contact.name}}"})
    make_reply("Ada's", by=member, is_shared=False)

    told = Machine(clinic).get("saved-replies/").json()["results"]

    assert [(each["id"], each["bodies"], each["teams"]) for each in told] == [
        (str(reply.pk), {"en": "Hello {{contact.name}}"}, [str(team.pk)])
    ]


def test_an_owner_sees_no_agents_own(member):
    make_reply("Ada's", by=member, is_shared=False)

    assert saved_replies.listed_replies(make_member("Olga", Role.OWNER)) == []


def test_there_is_an_end_to_saved_replies_of_a_clinic_and_of_a_member(member, monkeypatch):
    monkeypatch.setattr(replies, "MOST_SHARED", 1)
    monkeypatch.setattr(replies, "MOST_OWN", 1)
    shared, own = make_reply("One"), make_reply("Mine", by=member, is_shared=False)

    for refused in ({}, {"by": member, "is_shared": False}):
        with pytest.raises(Refused, match="Delete one first"):
            make_reply("Two", **refused)
    with pytest.raises(Refused, match="Delete one first"):
        replies.change_reply(own, Wording("Mine", {"en": "Ours"}, is_shared=True), by=member)
    replies.delete_reply(shared, by=member)
    make_reply("Two")
    with pytest.raises(Refused, match="Delete one first"):
        replies.restore_reply(shared, by=member)
