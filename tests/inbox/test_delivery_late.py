"""Answers that come when others know better already: they undo nothing."""

import pytest

from clinic_inbox.tenancy import clinic_scope
from inbox.delivery.claim import claim
from inbox.delivery.job import Result
from inbox.delivery.record import record
from inbox.models import Message, Reaction
from integrations.credentials import credentials_of
from integrations.events import ErrorClass, ProviderError, Receipt
from integrations.models import Channel

REFUSED = ProviderError(ErrorClass.NEVER, "100")
REVOKED = ProviderError(ErrorClass.REAUTHORISE, "190")


@pytest.fixture
def answer(outbound):
    """Record what became of a claimed job, sent with the token of before any test."""
    credentials = credentials_of(outbound.channel)

    def answer(job, error=None):
        receipt = None if error else Receipt("wamid.late")
        record(outbound.clinic_id, outbound.channel.pk, [Result(job, receipt, error)], credentials)

    return answer


def channel_now(outbound) -> Channel:
    with clinic_scope(outbound.clinic_id):
        return Channel.objects.get()


def test_a_refusal_of_the_token_of_before_does_not_break_the_channel_connected_anew(outbound, answer):
    message = outbound.queue()
    (job,) = claim(outbound.clinic_id, outbound.channel.pk)
    with clinic_scope(outbound.clinic_id):
        channel = Channel.objects.get()
        channel.access_token = "the-new-one"
        channel.save()

    answer(job, REVOKED)

    assert (channel_now(outbound).state, outbound.read(message).state) == ("connected", "queued")


def test_a_refusal_of_the_token_of_now_breaks_the_channel(outbound, answer):
    outbound.queue()
    (job,) = claim(outbound.clinic_id, outbound.channel.pk)

    answer(job, REVOKED)

    assert channel_now(outbound).state == "broken"


@pytest.mark.parametrize(("state", "shown"), [("delivered", "👍"), ("claimed", "")])
def test_a_refusal_takes_a_reaction_back_only_when_nothing_better_is_known(outbound, answer, state, shown):
    message = outbound.queue()
    (job,) = claim(outbound.clinic_id, outbound.channel.pk)
    with clinic_scope(outbound.clinic_id):
        content = {"target": "wamid.theirs", "emoji": "👍"}
        Message.objects.update(kind="reaction", content=content, state=state)
        Reaction.objects.create(
            channel=outbound.channel, target_external_id="wamid.theirs", author="clinic", emoji="👍",
            reacted_at=message.sent_at,
        )  # fmt: skip
        job.message.kind, job.message.content = "reaction", content

    answer(job, REFUSED)

    with clinic_scope(outbound.clinic_id):
        assert Reaction.objects.get().emoji == shown


@pytest.mark.parametrize("state", ["sent", "delivered", "read", "failed"])
@pytest.mark.parametrize(
    "error", [None, REFUSED, ProviderError(ErrorClass.UNCERTAIN, "x"), ProviderError(ErrorClass.RETRY, "4")]
)
def test_no_answer_moves_a_message_back_from_what_its_statuses_told(outbound, answer, state, error):
    message = outbound.queue()
    (job,) = claim(outbound.clinic_id, outbound.channel.pk)
    with clinic_scope(outbound.clinic_id):
        Message.objects.update(state=state)

    answer(job, error)

    assert outbound.read(message).state == state
    assert claim(outbound.clinic_id, outbound.channel.pk) == []


@pytest.mark.parametrize(
    "error", [REFUSED, ProviderError(ErrorClass.UNCERTAIN, "x"), ProviderError(ErrorClass.RETRY, "4")]
)
def test_a_late_answer_to_an_earlier_try_says_nothing_of_the_one_under_way(outbound, answer, error):
    message = outbound.queue()
    (job,) = claim(outbound.clinic_id, outbound.channel.pk)
    with clinic_scope(outbound.clinic_id):
        Message.objects.update(attempts=2)

    answer(job, error)

    assert outbound.read(message).state == "claimed"
