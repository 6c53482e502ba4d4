"""An open conversation: each kind of message drawn, put on record, in pages and in a fixed number of queries."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox import queries
from inbox.models import Attachment, Reaction
from inbox.templatetags.icons import _drawings
from inbox.templatetags.inbox_text import linked
from inbox.views.bubbles import bubbles
from inbox.views.rows import KIND_ICONS
from integrations.events import Kind
from tests.factories import make_clinic, make_conversation, make_member, make_message

from .screens import HTMX, queries_of, signed_in

EVENTS = ["assigned", "unassigned", "closed", "reopened", "snoozed", "opted_out", "opted_in", "woken"]


def open_page(member, conversation, **options) -> str:
    return signed_in(member).get(f"/conversations/{conversation.pk}/", **options).content.decode()


def bubble_in(page: str) -> str:
    return page.split("<article")[1].split("</li>")[0]


def react(message):
    Reaction.objects.create(
        channel=message.channel,
        message=message,
        target_external_id=message.external_id,
        author="contact",
        emoji="👍",
        reacted_at=timezone.now(),
    )


def furnish(conversation, author):
    """A message with everything that costs a query: an author, a quote, a file, a reaction."""
    asked = make_message(conversation)
    answer = make_message(
        conversation, "Yes", direction="out", author=author, reply_to_external_id=asked.external_id
    )
    Attachment.objects.create(message=answer, channel=answer.channel, kind="image", state="waiting")
    react(answer)


def test_opening_is_on_record(member):
    conversation = make_conversation()

    open_page(member, conversation, headers=HTMX)

    entry = AuditEntry.objects.get(action="conversation.opened")
    assert (entry.member, entry.target_id) == (member, str(conversation.pk))


@pytest.mark.parametrize("part", ["news", "older"])
def test_reading_a_part_is_on_record_once_per_quarter_of_an_hour(member, part):
    conversation = make_conversation()
    url, browser = f"/conversations/{conversation.pk}/{part}/", signed_in(member)

    for _hint in range(2):
        assert browser.get(url).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert signed_in(member).get(url).status_code == 200

    entries = AuditEntry.objects.filter(action="conversation.opened").values_list("member", "target_id")
    assert list(entries) == [(member.pk, str(conversation.pk))] * 2


def test_a_colleagues_reading_does_not_stand_for_ones_own(member):
    conversation, colleague = make_conversation(), make_member("Ines Agent")

    for reader in (member, colleague):
        signed_in(reader).get(f"/conversations/{conversation.pk}/news/")

    assert set(AuditEntry.objects.values_list("member", flat=True)) == {member.pk, colleague.pk}


@pytest.mark.parametrize("seconds", ["9" * 20, "9" * 400, "-1", "1.9999999", "x"])
def test_a_made_up_place_in_a_thread_is_a_bad_request(member, seconds):
    url = f"/conversations/{make_conversation().pk}/older/?before={seconds}_{uuid4().hex}"

    assert signed_in(member).get(url).status_code in (200, 400)


@pytest.mark.parametrize("emoji", ["a\0", "x" * 200])
def test_what_is_no_emoji_is_refused_in_words(member, emoji):
    message = make_message()

    answer = signed_in(member).post(f"/messages/{message.pk}/reaction/", {"emoji": emoji})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_htmx_gets_the_thread_alone_and_everybody_else_the_whole_page(member):
    conversation = make_conversation()

    assert "<html" not in open_page(member, conversation, headers=HTMX)
    assert "<html" in open_page(member, conversation)
    assert "<html" in open_page(member, conversation, headers=HTMX | {"HX-History-Restore-Request": "true"})


def test_a_thread_takes_the_same_queries_for_one_message_and_for_three(member, django_assert_max_num_queries):
    conversation = make_conversation()
    url, browser = f"/conversations/{conversation.pk}/", signed_in(member)
    furnish(conversation, member)
    one = queries_of(browser, url, django_assert_max_num_queries)
    furnish(conversation, make_member("Ines Agent"))
    furnish(conversation, make_member("Tom Agent"))

    assert queries_of(browser, url, django_assert_max_num_queries) == one


@pytest.mark.parametrize("kind", [*sorted(set(Kind) - {Kind.REACTION}), "not_known_yet"])
@pytest.mark.parametrize("direction", ["in", "out"])
def test_every_kind_is_drawn_even_with_nothing_in_it(member, kind, direction):
    conversation = make_conversation()
    message = make_message(conversation, "", direction=direction, kind=kind, content={})

    assert f'id="message-{message.pk}"' in open_page(member, conversation, headers=HTMX)


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_is_told_in_words(member, kind):
    conversation = make_conversation()
    until = timezone.now().isoformat()
    make_message(
        conversation, "", direction="event", kind=kind, content={"by": "Ines", "to": "Tom", "until": until}
    )

    page = open_page(member, conversation, headers=HTMX)

    assert f">{kind}<" not in page
    assert 'class="event' in page


@pytest.mark.parametrize(
    ("state", "code", "said", "has_button"),
    [
        ("failed", "131056", "Not sent.", True),
        ("failed", "131047", "Not sent.", False),
        ("uncertain", "", "This may not have been sent.", True),
        ("retried", "", "Sent again as a new message", False),
    ],
)
def test_what_was_not_sent_says_so_and_what_to_do(member, state, code, said, has_button):
    conversation = make_conversation()
    make_message(conversation, direction="out", state=state, error_code=code)

    page = open_page(member, conversation, headers=HTMX)

    assert (said in page, "data-retry" in page) == (True, has_button)


def test_a_patients_words_are_text_and_only_web_addresses_become_links():
    words = linked('<script>alert("1")</script> see https://clinic.example/a?b=1&c="x, javascript:alert(1)')

    assert words == (
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; see "
        '<a href="https://clinic.example/a?b=1&amp;c=" target="_blank" rel="noopener noreferrer nofollow">'
        "https://clinic.example/a?b=1&amp;c=</a>&quot;x, javascript:alert(1)"
    )


def test_messages_of_one_side_within_moments_belong_together(member):
    conversation, moment = make_conversation(), timezone.now()
    times = [timedelta(days=1), timedelta(minutes=3), timedelta(minutes=2), timedelta(seconds=5)]
    messages = [make_message(conversation, sent_at=moment - ago) for ago in times]

    drawn = bubbles(messages)

    assert [bubble.is_continued for bubble in drawn] == [False, False, True, True]
    assert drawn[1].new_day is not None


def test_older_pages_reach_the_beginning_without_a_gap(member):
    conversation, moment = make_conversation(), timezone.now()
    for number in range(queries.BUBBLES * 2 + 10):
        make_message(conversation, sent_at=moment - timedelta(minutes=number))

    seen, page = [], queries.thread_page(conversation)
    for _page in range(3):
        drawn = bubbles(*page)
        seen = [bubble.message.pk for bubble in drawn] + seen
        page = queries.thread_page(
            conversation, before=queries.cursor(drawn[0].message.sent_at, drawn[0].message.pk)
        )

    assert (len(seen), len(set(seen)), page) == (queries.BUBBLES * 2 + 10, len(seen), ([], False))


def test_a_jump_shows_the_old_message_with_some_before_it(member):
    conversation, moment = make_conversation(), timezone.now()
    messages = [make_message(conversation, sent_at=moment - timedelta(hours=number)) for number in range(90)]

    page = open_page(member, conversation, data={"message": messages[80].pk}, headers=HTMX)

    assert f'data-jump="{messages[80].pk}"' in page
    assert [f"message-{messages[number].pk}" in page for number in (80, 85, 89)] == [True, True, True]


@pytest.mark.django_db
def test_another_clinic_gets_404_for_everything_of_a_conversation():
    ours, theirs = make_clinic(), make_clinic("Other Clinic")
    with clinic_scope(theirs.pk):
        message = make_message()
    with clinic_scope(ours.pk):
        browser = signed_in(make_member().user)
    base = f"/conversations/{message.conversation_id}/"
    reads = ["", "older/", "news/", "templates/", f"templates/{uuid4()}/"]
    writes = [
        "messages/",
        "read/",
        "typing/",
        "assign/",
        "close/",
        "reopen/",
        "snooze/",
        "unread/",
        "attachments/",
    ]
    others = [f"/messages/{message.pk}/retry/", f"/messages/{message.pk}/reaction/"]
    others += [f"/contacts/{message.conversation.contact_id}/"]

    answers = [browser.get(base + path).status_code for path in reads]
    answers += [browser.post(base + path, {"client_id": uuid4()}).status_code for path in writes]
    answers += [browser.post(path, {"client_id": uuid4()}).status_code for path in others]

    assert answers == [404] * (len(reads) + len(writes) + len(others))


@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in_and_a_fragment_is_told_where():
    page, fragment = Client().get("/"), Client().get("/conversations/", headers=HTMX)

    assert (page.status_code, page["Location"]) == (302, "/accounts/login/")
    assert (fragment.status_code, fragment["HX-Redirect"]) == (401, "/accounts/login/")


def test_every_icon_there_is_a_kind_for_exists():
    assert {f"{name}.svg" for name in KIND_ICONS.values()} <= set(_drawings().namelist())


@pytest.mark.parametrize(
    "change",
    [{"state": "delivered"}, {"text": "Edited"}, {"revoked_at": timezone.now()}, {"error_code": "131026"}],
)
def test_a_message_drawn_before_is_drawn_anew_when_it_changed(member, change):
    conversation = make_conversation()
    message = make_message(
        conversation, direction="out", state="failed" if "error_code" in change else "sent"
    )
    before = open_page(member, conversation, headers=HTMX)

    type(message).objects.filter(pk=message.pk).update(**change)

    assert bubble_in(open_page(member, conversation, headers=HTMX)) != bubble_in(before)


def test_a_reaction_and_a_fetched_file_show_on_a_message_drawn_before(member):
    conversation = make_conversation()
    message = make_message(conversation, kind="document")
    file = Attachment.objects.create(
        message=message, channel=message.channel, kind="document", state="waiting"
    )
    pages = [open_page(member, conversation, headers=HTMX)]

    Attachment.objects.filter(pk=file.pk).update(state="stored", filename="letter.pdf")
    pages.append(open_page(member, conversation, headers=HTMX))
    react(message)
    pages.append(open_page(member, conversation, headers=HTMX))

    assert [("letter.pdf" in page, "👍" in page) for page in pages] == [
        (False, False),
        (True, False),
        (True, True),
    ]


def test_what_was_just_sent_is_drawn_as_its_thread_draws_it(member):
    conversation = make_conversation(last_inbound_at=timezone.now())
    url = f"/conversations/{conversation.pk}/messages/"

    first, second = (
        signed_in(member).post(url, {"client_id": uuid4(), "text": text, "mode": "reply"}).content.decode()
        for text in ("At ten", "Or at eleven")
    )

    assert ["is-continued" in drawn for drawn in (first, second)] == [False, True]
    page = open_page(member, conversation)
    assert second.strip() in page
