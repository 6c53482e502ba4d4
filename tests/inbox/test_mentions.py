"""Calling a colleague by @ in a note: who is meant, who may be called, what they see, and when it ends."""

from uuid import uuid4

import pytest

from clinics.refusal import Refused
from inbox import listed, mentions, notes
from inbox.listing import Listing
from inbox.models import Change, Mention, Message
from inbox.operations import handling
from inbox.templatetags.inbox_text import noted
from tests.factories import make_conversation, make_member, make_team

from .screens import HTMX, queries_of, signed_in


@pytest.fixture
def ben(clinic):
    return make_member("Ben Agent")


def note(conversation, text, author, client_id=""):
    return handling.add_note(conversation, text, author=author, client_id=client_id or str(uuid4()))


def called() -> list[str]:
    return sorted(Mention.objects.values_list("member__name", flat=True))


@pytest.mark.parametrize(
    "text",
    ["@Ben Agent please look", "Ask (@ben agent), he knows", "x\n@Ben Agent: can you?", "@Ben Agent"],
)
def test_a_colleague_is_called_by_name(member, ben, text):
    note(make_conversation(), text, member)

    assert called() == ["Ben Agent"]


@pytest.mark.parametrize(
    "text",
    ["Ben Agent knows", "mail ann@Ben Agent", "@Ben", "@Ben Agents of change", "@Ada Agent", "@Nobody here"],
)
def test_nobody_is_called_without_the_sign_the_whole_name_or_by_themselves(member, ben, text):
    note(make_conversation(), text, member)

    assert called() == []


def test_the_longest_name_that_fits_is_meant(member):
    make_member("Ana")
    make_member("Ana María")

    note(make_conversation(), "@Ana María, please", member)

    assert called() == ["Ana María"]


def test_a_team_is_everybody_of_it_who_sees_the_conversation(member, ben):
    blind = make_member("Uma Agent", visibility="own")
    make_team("Billing", [member, ben, blind])

    note(make_conversation(), "@Billing is this paid?", member)

    assert called() == ["Ben Agent"]


@pytest.mark.parametrize("name", ["Uma Agent", "Night shift"])
def test_who_does_not_see_the_conversation_is_not_called_and_the_note_not_kept(member, name):
    make_team("Night shift", [make_member("Uma Agent", visibility="own")])
    conversation = make_conversation()

    with pytest.raises(Refused, match=f"{name}.*Assign it"):
        note(conversation, f"@{name} look at this", member)

    assert (called(), Message.objects.exists()) == ([], False)


def test_the_refusal_reaches_the_one_who_wrote(member):
    make_member("Uma Agent", visibility="own")
    told = {"mode": "note", "text": "@Uma Agent look", "client_id": str(uuid4())}

    answer = signed_in(member).post(f"/conversations/{make_conversation().pk}/messages/", told)

    assert answer.status_code == 422
    assert answer.json()["sentence"].startswith("Uma Agent does not see this conversation.")


def test_who_left_is_not_called(member):
    make_member("Ben Agent", is_active=False)

    note(make_conversation(), "@Ben Agent was here", member)

    assert called() == []


def test_the_same_note_asked_twice_calls_once(member, ben):
    conversation, client_id = make_conversation(), str(uuid4())

    for _try in range(2):
        note(conversation, "@Ben Agent", member, client_id)

    assert called() == ["Ben Agent"]


def test_only_who_sees_it_is_offered(member, ben):
    blind = make_member("Uma Agent", visibility="own")
    make_team("Night shift", [blind])
    make_team("Day shift", [ben])

    page = signed_in(member).get(f"/conversations/{make_conversation().pk}/people/").content.decode()

    offered = {name for name in ("Ben", "Ada", "Uma", "Day shift", "Night shift") if f"@{name}" in page}
    assert offered == {"Ben", "Day shift"}


def test_the_called_have_it_in_their_mentions_until_they_see_it(member, ben):
    conversation = make_conversation(status="closed")
    note(conversation, "@Ben Agent", member)
    browser = signed_in(ben)

    before = browser.get("/conversations/?view=mentions").content.decode()
    browser.get(f"/conversations/{conversation.pk}/", headers=HTMX)
    still = notes.unseen_mentions(ben)
    browser.post(f"/conversations/{conversation.pk}/read/")
    after = browser.get("/conversations/?view=mentions").content.decode()

    assert ("note for you" in before, "note for you" in after) == (True, False)
    assert f"row-{conversation.pk}" in after
    assert (still, notes.unseen_mentions(ben)) == ({conversation.pk}, set())
    assert listed.page(member, Listing("mentions"))[0] == []


def test_seeing_is_told_to_the_other_tabs_once(member, ben):
    conversation = make_conversation()
    note(conversation, "@Ben Agent", member)
    told = Change.objects.count()

    for _again in range(2):
        signed_in(ben).post(f"/conversations/{conversation.pk}/read/")

    assert Change.objects.count() == told + 1


def test_a_mention_of_what_one_no_longer_sees_shows_nowhere(member, ben):
    conversation = make_conversation(assignee=member)
    note(conversation, "@Ben Agent", member)
    handling.mark_sensitive(conversation, by=member)

    page = signed_in(ben).get("/conversations/?view=mentions").content.decode()

    assert notes.unseen_mentions(ben) == set()
    assert str(conversation.pk) not in page


def test_rows_cost_the_same_with_one_and_three_mentions(member, ben, django_assert_max_num_queries):
    counted = []
    for _row in range(3):
        note(make_conversation(), "@Ben Agent", member)
        counted.append(
            queries_of(signed_in(ben), "/conversations/?view=mentions", django_assert_max_num_queries)
        )

    assert counted[0] == counted[2]


def test_a_called_name_is_marked_and_nothing_else_becomes_markup():
    drawn = noted("@Ben <b>Agent</b> @Ben, see *this*", {"mentions": ["Ben"]})

    assert drawn == (
        '<span class="mention">@Ben</span> &lt;b&gt;Agent&lt;/b&gt; <span class="mention">@Ben</span>, see <b>this</b>'
    )


def test_the_circle_takes_a_fixed_number_of_queries(member, django_assert_num_queries):
    conversation = make_conversation()
    for number in range(3):
        make_team(f"Team {number}", [make_member(f"Agent {number}")])

    with django_assert_num_queries(4):
        mentions.circle_of(conversation)
