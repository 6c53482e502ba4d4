"""Targets met and missed, when the answer that met one is taken back before it leaves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox.models import AnswerRules, Conversation, Episode, Message
from inbox.operations import handling, later
from inbox.operations.sending import Plan
from tests.factories import make_member

MINUTE = timedelta(minutes=1)
UNDO = Plan(undo_seconds=10)


@pytest.fixture
def waiting(outbound):
    """A conversation whose patient waits for twenty minutes, with ten to go."""
    conversation = outbound.conversation()
    with clinic_scope(outbound.clinic_id):
        AnswerRules.objects.create(first_reply_minutes=30, next_reply_minutes=5)
        ask(conversation, 20 * MINUTE)
        Conversation.objects.update(reply_due_at=timezone.now() + 10 * MINUTE)
    return conversation


def ask(conversation, ago=timedelta()) -> None:
    at = timezone.now() - ago
    Message.objects.create(
        conversation=conversation, channel=conversation.channel, direction="in", text="When?", sent_at=at
    )
    Conversation.objects.filter(waiting_since=None).update(waiting_since=at)


def counted(outbound) -> tuple[int, int]:
    with clinic_scope(outbound.clinic_id):
        return Episode.objects.values_list("replies_met", "replies_missed").get()


def undo(outbound, message) -> None:
    with clinic_scope(outbound.clinic_id):
        later.take_back(message, by=None)


def test_an_answer_that_was_taken_back_met_no_target_and_the_same_one_runs_on(outbound, waiting):
    message = outbound.queue("Ten.", waiting, plan=UNDO)
    assert counted(outbound) == (1, 0)

    undo(outbound, message)

    assert counted(outbound) == (0, 0)
    with clinic_scope(outbound.clinic_id):
        waiting.refresh_from_db()
        assert waiting.reply_due_at == waiting.waiting_since + 30 * MINUTE
        assert waiting.reply_soon_at is not None
        assert Episode.objects.get().first_reply_at is None


def test_the_corrected_answer_right_after_it_counts_once(outbound, waiting):
    undo(outbound, outbound.queue("Tne.", waiting, plan=UNDO))

    outbound.queue("Ten.", waiting, plan=UNDO)

    assert counted(outbound) == (1, 0)


def test_a_target_that_was_missed_stays_missed_by_the_answer_that_goes(outbound, waiting):
    with clinic_scope(outbound.clinic_id):
        AnswerRules.objects.update(first_reply_minutes=15)
        Conversation.objects.update(reply_due_at=timezone.now() - 5 * MINUTE)
    message = outbound.queue("Tne.", waiting, plan=UNDO)
    assert counted(outbound) == (0, 1)
    undo(outbound, message)
    assert counted(outbound) == (0, 0)

    outbound.queue("Ten.", waiting, plan=UNDO)

    assert counted(outbound) == (0, 1)


def test_of_two_answers_the_second_is_the_one_when_the_first_is_taken_back(outbound, waiting):
    first = outbound.queue("Tne.", waiting, plan=UNDO)
    second = outbound.queue("Ten.", waiting, plan=UNDO)

    undo(outbound, first)

    assert counted(outbound) == (1, 0)
    with clinic_scope(outbound.clinic_id):
        assert Episode.objects.get().first_reply_at == second.sent_at
    undo(outbound, second)
    assert counted(outbound) == (0, 0)


def test_what_the_patient_added_meanwhile_does_not_move_what_was_due(outbound, waiting):
    message = outbound.queue("Ten.", waiting, plan=UNDO)
    with clinic_scope(outbound.clinic_id):
        ask(waiting)
        Conversation.objects.update(reply_due_at=timezone.now() + 5 * MINUTE)

    undo(outbound, message)

    with clinic_scope(outbound.clinic_id):
        waiting.refresh_from_db()
        assert waiting.reply_due_at == waiting.waiting_since + 30 * MINUTE
        assert waiting.waiting_since < timezone.now() - 19 * MINUTE


def test_sent_closed_and_undone_it_counts_no_answer_in_the_episode_that_goes_on(outbound, waiting):
    with clinic_scope(outbound.clinic_id):
        member = make_member()
    message = outbound.queue("Ten.", waiting, plan=UNDO, author=member)
    with clinic_scope(outbound.clinic_id):
        handling.close(waiting, by=member)

    undo(outbound, message)

    assert counted(outbound) == (0, 0)
    with clinic_scope(outbound.clinic_id):
        waiting.refresh_from_db()
        assert waiting.reply_due_at == waiting.waiting_since + 30 * MINUTE
