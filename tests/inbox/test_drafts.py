"""What a member has written and not sent: kept on every device, told to nobody else, never written over unseen."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from inbox import expiry
from inbox.models import KeptDraft
from inbox.operations.drafting import Overtaken, keep_draft
from tests.factories import make_clinic, make_conversation, make_member, make_message
from tests.inbox.screens import HTMX, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        yield clinic


def keep(conversation, member, text, revision=0, mode="reply", reply_to=None) -> int:
    return keep_draft(conversation, member=member, mode=mode, text=text, reply_to=reply_to, revision=revision)


def kept() -> list[str]:
    return list(KeptDraft.objects.order_by("pk").values_list("text", flat=True))


def test_each_save_has_a_greater_number_and_the_words_of_the_last(clinic):
    conversation, member = make_conversation(), make_member()

    first = keep(conversation, member, "Half a")
    second = keep(conversation, member, "Half a sentence", first)

    assert second > first > 0
    assert kept() == ["Half a sentence"]


def test_a_device_that_knows_an_older_draft_changes_nothing_and_is_shown_the_newer(clinic):
    conversation, member = make_conversation(), make_member()
    old = keep(conversation, member, "From the desk")
    new = keep(conversation, member, "From the phone", old)

    with pytest.raises(Overtaken) as overtaken:
        keep(conversation, member, "From the desk, longer", old)

    assert (overtaken.value.there.text, overtaken.value.there.revision) == ("From the phone", new)
    assert kept() == ["From the phone"]


def test_a_device_that_knows_of_none_does_not_write_over_one_either(clinic):
    conversation, member = make_conversation(), make_member()
    keep(conversation, member, "From the desk")

    with pytest.raises(Overtaken):
        keep(conversation, member, "", 0)

    assert kept() == ["From the desk"]


def test_the_same_words_twice_are_one_draft(clinic):
    conversation, member = make_conversation(), make_member()

    assert keep(conversation, member, "Yes", 0) == keep(conversation, member, "Yes", 0)


def test_a_number_is_never_given_out_again_at_the_same_place(clinic):
    conversation, member = make_conversation(), make_member()
    first = keep(conversation, member, "Thought better of it")
    for text in ("a", "b", "c"):
        first = keep(conversation, member, text, first)
    keep(conversation, member, "", first)

    assert keep(conversation, member, "Anew", first) >= first


def test_an_answer_and_a_note_wait_side_by_side_and_the_last_written_is_first(clinic):
    conversation, member = make_conversation(), make_member()
    quoted = make_message(conversation, "Which day?")
    keep(conversation, member, "Friday", reply_to=quoted)
    keep(conversation, member, "Sounds worried", mode="note")

    page = signed_in(member).get(f"/conversations/{conversation.pk}/draft/").content.decode()

    assert page.index("Sounds worried") < page.index("Friday")
    assert f'data-quotes="{quoted.pk}"' in page


def post(member, conversation, action, **fields):
    return signed_in(member).post(f"/conversations/{conversation.pk}/{action}/", fields)


def test_the_page_keeps_what_is_typed_and_is_told_what_another_device_left(clinic):
    conversation, member = make_conversation(), make_member()
    fields = {"mode": "reply", "text": " Half a\nsentence ", "revision": 0}
    revision = post(member, conversation, "draft", **fields).json()["revision"]

    answer = post(member, conversation, "draft", mode="reply", text="Other", revision=revision - 1)

    assert (answer.status_code, answer.json()) == (
        409,
        {"revision": revision, "text": " Half a\nsentence "},
    )


def send(member, conversation, text, **fields):
    asked = {"client_id": "0198c0de-0000-7000-8000-000000000001", "mode": "reply", "text": text}
    return post(member, conversation, "messages", **asked | fields)


def test_a_sent_draft_is_gone_and_what_was_written_on_meanwhile_is_not(clinic):
    conversation, member = make_conversation(), make_member()
    known = keep(conversation, member, "See you at te")
    keep(conversation, member, "A note", mode="note")

    assert send(member, conversation, "See you at ten", draft=known).status_code == 200
    assert kept() == ["A note"]

    keep(conversation, member, "Written on the phone")
    assert (
        send(
            member,
            conversation,
            "Anything else?",
            draft=known,
            client_id="0198c0de-0000-7000-8000-000000000002",
        ).status_code
        == 200
    )
    assert kept() == ["A note", "Written on the phone"]


def test_a_refused_message_leaves_its_draft(clinic):
    conversation, member = make_conversation(last_inbound_at=None), make_member()
    known = keep(conversation, member, "See you at ten")

    assert send(member, conversation, "See you at ten", draft=known).status_code == 422
    assert kept() == ["See you at ten"]


def test_only_its_author_reads_it_in_the_thread_and_in_the_list(clinic):
    conversation, author, colleague = make_conversation(), make_member(), make_member("Bea Agent")
    keep(conversation, author, "Half a sentence")

    def told(member):
        browser = signed_in(member)
        opened = browser.get(f"/conversations/{conversation.pk}/", headers=HTMX).content.decode()
        listed = browser.get("/conversations/").content.decode()
        changed = browser.get(f"/conversations/rows/?ids={conversation.pk}").content.decode()
        found = browser.post("/conversations/", {"q": "Nora"}).content.decode()
        return "Half a sentence" in opened, *(
            'data-draft="kept"' in each for each in (listed, changed, found)
        )

    assert told(author) == (True, True, True, True)
    assert told(colleague) == (False, False, False, False)


def test_who_no_longer_sees_the_conversation_gets_no_draft_and_no_hint_of_it(clinic):
    author = make_member()
    conversation = make_conversation(assignee=make_member("Tom Agent"))
    keep(conversation, author, "Half a sentence")
    Member.objects.filter(pk=author.pk).update(visibility="own")

    browser = signed_in(author)

    assert browser.get(f"/conversations/{conversation.pk}/draft/").status_code == 404
    assert post(author, conversation, "draft", mode="reply", text="x", revision=0).status_code == 404
    assert "data-draft" not in browser.get("/").content.decode()


def test_an_admin_who_sees_only_that_it_exists_is_not_reminded_of_a_draft(clinic):
    admin = make_member(role="admin")
    conversation = make_conversation(assignee=make_member("Tom Agent"))
    keep(conversation, admin, "Half a sentence")
    type(conversation).objects.filter(pk=conversation.pk).update(is_sensitive=True)

    assert "data-draft" not in signed_in(admin).get("/conversations/").content.decode()


def test_drafts_end_with_the_clinics_retention_of_messages_and_with_a_deleted_quote_goes_on(clinic):
    conversation, member = make_conversation(), make_member()
    quoted = make_message(conversation, "Which day?")
    keep(conversation, member, "Friday", reply_to=quoted)
    keep(conversation, member, "An old note", mode="note")
    long_ago = timezone.now() - timedelta(days=400)
    KeptDraft.objects.filter(mode="note").update(updated_at=long_ago)

    expiry.delete_messages(timezone.now() - timedelta(days=365))
    quoted.delete()

    assert list(KeptDraft.objects.values_list("text", "reply_to")) == [("Friday", None)]
