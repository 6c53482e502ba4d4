"""A clinic's own rules: what is past its time goes, with its files; everything else stays."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from clinic_inbox import failpoints
from clinic_inbox.tenancy import clinic_scope, uuid7
from clinics.models import AuditEntry
from inbox import expiry
from inbox.models import Attachment, Attempt, Message, NoteAnswer, Reaction, RetentionRule, StatusEvent
from integrations.models import ChannelEvent
from tests.factories import make_channel, make_clinic, make_conversation, make_message

DAY = timedelta(days=1)
YEAR = 365 * DAY


@pytest.fixture
def place(transactional_db, tmp_path, settings):
    """A clinic's id; commits are real, since files go only after one."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_clinic().pk


def rule(clinic_id, **months):
    with clinic_scope(clinic_id):
        for subject, count in months.items():
            RetentionRule.objects.create(subject=subject, months=count)


def message_of(age: timedelta, conversation=None, **fields) -> Message:
    """A message that came so long ago, with one of everything that can hang on it."""
    with time_machine.travel(timezone.now() - age, tick=False):
        now = timezone.now()
        conversation = conversation or make_conversation(preview="Is it open?")
        message = make_message(conversation, pk=uuid7(), sent_at=now, created_at=now, **fields)
        file = Attachment(
            pk=uuid7(), message=message, channel=message.channel, kind="image", state="stored", created_at=now
        )
        file.file.save("photo", ContentFile(b"x"))
        file.thumbnail.save("small", ContentFile(b"x"))
        told = {"channel": message.channel, "message": message}
        StatusEvent.objects.create(
            **told, external_id=message.external_id or "x", status="read", occurred_at=now
        )
        Reaction.objects.create(
            **told, target_external_id=str(message.pk), author="contact", emoji="👍", reacted_at=now
        )
        Attempt.objects.create(message=message)
    return message


def left(model) -> int:
    return model.objects.count()


def test_an_answer_outlives_the_old_note_it_was_written_below(place):
    with clinic_scope(place):
        note = message_of(2 * YEAR, direction="note", kind="note", external_id="1")
        answer = message_of(DAY, note.conversation, direction="note", kind="note")
        NoteAnswer.objects.create(note=note, answer=answer)
    rule(place, messages=12)

    expiry.expire_clinic(place)

    with clinic_scope(place):
        assert (list(Message.objects.all()), left(NoteAnswer)) == ([answer], 0)


def test_old_messages_go_with_everything_that_hangs_on_them(place):
    with clinic_scope(place):
        old, new = message_of(2 * YEAR), message_of(DAY)
        paths = [attachment.file.path for attachment in Attachment.objects.order_by("created_at")]
    rule(place, messages=12)

    assert expiry.expire_clinic(place) == {"messages": 1}

    with clinic_scope(place):
        assert list(Message.objects.values_list("pk", flat=True)) == [new.pk]
        assert [left(model) for model in (Attachment, Attempt, StatusEvent, Reaction)] == [1, 1, 1, 1]
        old.conversation.refresh_from_db()
        new.conversation.refresh_from_db()
    assert (old.conversation.preview, new.conversation.preview) == ("", "Is it open?")
    assert [_exists(path) for path in paths] == [False, True]


def test_without_a_rule_nothing_goes(place):
    with clinic_scope(place):
        message_of(20 * YEAR)

    assert expiry.expire_clinic(place) == {}

    with clinic_scope(place):
        assert left(Message) == 1


@pytest.mark.parametrize("state", ["queued", "claimed", "uncertain"])
def test_what_is_not_settled_stays(place, state):
    with clinic_scope(place):
        message_of(2 * YEAR, direction="out", state=state)
    rule(place, messages=12, files=6)

    assert expiry.expire_clinic(place) == {"messages": 0, "files": 0}


def test_old_files_go_and_their_messages_say_so(place, client):
    with clinic_scope(place):
        message_of(YEAR, text="My scan")
        path = Attachment.objects.get().file.path
    rule(place, files=6)

    assert expiry.expire_clinic(place) == {"files": 1}

    with clinic_scope(place):
        file = Attachment.objects.get()
        assert (file.state, file.file.name, file.thumbnail.name) == ("expired", "", "")
        assert Message.objects.get().text == "My scan"
    assert not _exists(path)


def test_old_reports_of_providers_go(place):
    with clinic_scope(place):
        channel, now = make_channel(), timezone.now()
        for key, age in (("old", 2 * YEAR), ("new", DAY)):
            with time_machine.travel(now - age, tick=False):
                ChannelEvent.objects.create(
                    pk=uuid7(), channel=channel, field="calls", dedupe_key=key, occurred_at=now
                )
    rule(place, reports=12)

    assert expiry.expire_clinic(place) == {"reports": 1}

    with clinic_scope(place):
        assert list(ChannelEvent.objects.values_list("dedupe_key", flat=True)) == ["new"]


def test_the_audit_log_tells_how_much_went(place):
    with clinic_scope(place):
        message_of(2 * YEAR)
    rule(place, messages=12)

    expiry.expire()
    expiry.expire()

    with clinic_scope(place):
        entries = AuditEntry.objects.filter(action="retention.applied").values_list("actor", "detail")
        assert list(entries) == [("retention", {"messages": 1})]


def test_many_go_in_batches(place, monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 2)
    with clinic_scope(place):
        conversation = make_conversation()
        for days in range(5):
            message_of(2 * YEAR + days * DAY, conversation)
    rule(place, messages=12)

    assert expiry.expire_clinic(place) == {"messages": 5}


def test_another_clinics_messages_stay(place):
    other = make_clinic("Other Clinic").pk
    with clinic_scope(other):
        message_of(2 * YEAR)
    rule(place, messages=12)

    expiry.expire()

    with clinic_scope(other):
        assert left(Message) == 1


@pytest.mark.parametrize("rules", [{"messages": 12}, {"files": 12}])
@pytest.mark.parametrize("step", list(failpoints.KEEPING))
def test_a_run_that_dies_on_the_way_leaves_no_file_that_the_next_one_does_not_find(place, step, rules):
    with clinic_scope(place):
        message_of(2 * YEAR)
        paths = [Attachment.objects.get().file.path, Attachment.objects.get().thumbnail.path]
    rule(place, **rules)
    failpoints.arm(f"{step}=raise")

    with pytest.raises(failpoints.Broken):
        expiry.expire_clinic(place)
    failpoints.arm("")

    assert sum(expiry.expire_clinic(place).values()) == 1
    assert [_exists(path) for path in paths] == [False, False]


def test_what_a_fetch_wrote_and_did_not_record_goes_with_its_message(place):
    with clinic_scope(place):
        message_of(2 * YEAR)
        file = Attachment.objects.get()
        path = Path(default_storage.path(default_storage.save(f"{place}/{file.pk}/file", ContentFile(b"x"))))
        Attachment.objects.update(state="failed", file="", thumbnail="")
    rule(place, messages=12)

    expiry.expire_clinic(place)

    assert (path.exists(), path.parent.exists()) == (False, False)


def _exists(path: str) -> bool:
    return Path(path).exists()
