"""Nobody answers past something they have not seen: the server asks first."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope, uuid7_of
from inbox.models import Message
from inbox.operations import handling
from inbox.unseen import first_unseen, read_seen, up_to
from tests.factories import make_clinic, make_conversation, make_member, make_message
from tests.inbox.screens import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        yield clinic


def sent() -> list[str]:
    return list(Message.objects.filter(direction="out").order_by("pk").values_list("text", flat=True))


class Thread:
    """A conversation on somebody's page, and what they send from it."""

    def __init__(self):
        self.member = make_member()
        self.conversation = make_conversation()
        self.shown = [make_message(self.conversation, "Hello")]
        self.browser = signed_in(self.member)

    def send(self, text, client_id="", **fields):
        asked = {"client_id": client_id or str(uuid4()), "mode": "reply", "text": text}
        asked |= {"seen": ",".join(str(each.pk) for each in self.shown) or "-"} | fields
        return self.browser.post(f"/conversations/{self.conversation.pk}/messages/", asked)


@pytest.fixture
def thread(clinic):
    return Thread()


def test_what_one_has_seen_is_answered_without_a_question(thread):
    assert thread.send("Hello to you").status_code == 200
    assert thread.send("How can we help?").status_code == 200  # one's own message needs not have been shown


def test_a_patients_unseen_message_is_asked_about_and_nothing_is_sent(thread):
    news = make_message(thread.conversation, "Please do not come")

    answer = thread.send("I am coming")

    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert "The patient" in answer.json()["sentence"]
    assert sent() == []
    thread.shown.append(news)
    assert thread.send("I am not coming").status_code == 200


def test_a_colleagues_unseen_answer_is_asked_about_by_name(thread):
    make_message(thread.conversation, "At ten", "out", author=make_member("Bea Agent"))

    answer = thread.send("At eleven")

    assert (answer.status_code, answer.json()["sentence"]) == (
        409,
        "Bea Agent has written something you have not seen yet.",
    )
    assert sent() == ["At ten"]


def test_a_colleagues_unseen_note_is_asked_about(thread):
    handling.add_note(
        thread.conversation, "I am calling her", author=make_member("Bea Agent"), client_id="n1"
    )

    assert thread.send("At eleven").status_code == 409


def test_a_note_disturbs_nobody_and_is_kept_without_a_question(thread):
    make_message(thread.conversation, "One more thing")

    assert thread.send("Sounds worried", mode="note").status_code == 200


def test_what_machines_send_and_what_happened_is_not_asked_about(thread):
    make_message(thread.conversation, "Reminder", "out", source="system")
    handling.assign(thread.conversation, to=make_member("Bea Agent"), by=thread.member)

    assert thread.send("Hello to you").status_code == 200


def test_the_same_message_again_is_the_same_whatever_came_meanwhile(thread):
    """The answer was lost on the way; the patient wrote; the page tries again with the same id."""
    client_id = str(uuid4())
    assert thread.send("At ten", client_id).status_code == 200
    make_message(thread.conversation, "Thank you")

    assert thread.send("At ten", client_id).status_code == 200
    assert sent() == ["At ten"]


def test_a_page_that_showed_nothing_is_asked_when_something_is_there(thread):
    thread.shown = []

    assert thread.send("Hello").status_code == 409


def test_a_page_that_does_not_say_is_not_asked(thread):
    make_message(thread.conversation, "One more thing")

    assert thread.send("Hello", seen="").status_code == 200


def test_a_row_made_earlier_but_committed_later_counts_as_unseen(thread):
    """The intake makes a message's id, then a colleague's is made and committed, then the intake commits."""
    made = uuid7_of(timezone.now() - timedelta(seconds=2))
    make_message(thread.conversation, "Slow on its way", id=made, external_id="wamid.slow")

    assert thread.send("Hello").status_code == 409


def test_old_history_and_what_is_far_back_does_not_count(thread):
    long_ago = timezone.now() - timedelta(days=2)
    make_message(
        thread.conversation, "Long ago", id=uuid7_of(long_ago), external_id="wamid.old", sent_at=long_ago
    )

    assert thread.send("Hello").status_code == 200


def test_somebody_who_knows_a_message_knows_what_came_before_it(thread):
    newest = make_message(thread.conversation, "Second")

    assert first_unseen(thread.conversation, up_to(newest), by=None) is None
    assert first_unseen(thread.conversation, up_to(thread.shown[0]), by=None) == newest


@pytest.mark.parametrize("told", ["-", "", "nonsense", "9f1d7a52-4c1e-4b6e-9d3a-0123456789ab", "'; --"])
def test_what_is_no_id_of_ours_is_passed_over(told):
    assert read_seen(told) == set()
