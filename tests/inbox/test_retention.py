"""What is kept for a time only."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Invitation
from inbox import media, realtime, retention
from inbox.models import Amendment, Attachment, Change
from integrations.models import WebhookEvent
from tests.factories import make_channel, make_clinic, make_hook, make_message


@pytest.fixture
def place(transactional_db, tmp_path, settings):
    """A clinic's id; commits are real, since files go only after one."""
    settings.MEDIA_ROOT, settings.INCOMING = tmp_path / "media", tmp_path / "incoming"
    return make_clinic().pk


def test_settled_webhooks_go_after_their_time_and_held_ones_stay(place, settings):
    hook, old = make_hook(), timezone.now() - settings.WEBHOOK_RETENTION - timedelta(hours=1)
    for state in ("done", "waiting", "quarantined", "dead"):
        WebhookEvent.objects.create(hook=hook, body=b"sealed", state=state, received_at=old)
    WebhookEvent.objects.create(hook=hook, body=b"sealed", state="done")

    retention.purge()

    left = sorted(WebhookEvent.objects.values_list("state", flat=True))
    assert left == ["dead", "done", "quarantined", "waiting"]


def test_sessions_go_when_they_are_over(place):
    now = timezone.now()
    for name, minutes in (("over", -1), ("open", 1)):
        Session.objects.create(
            session_key=name, session_data="", expire_date=now + timedelta(minutes=minutes)
        )

    retention.purge()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]


def test_changes_go_after_a_week(place):
    with clinic_scope(place):
        realtime.publish("templates")
        realtime.publish("templates")
        Change.objects.filter(seq=1).update(created_at=timezone.now() - timedelta(days=8))

    retention.purge()

    with clinic_scope(place):
        assert list(Change.objects.values_list("seq", flat=True)) == [2]


def upload(clinic_id, *, days_ago, message=None):
    with clinic_scope(clinic_id):
        file = default_storage.save("upload", ContentFile(b"x"))
        return Attachment.objects.create(
            channel=make_channel(),
            message=message and make_message(),
            file=file,
            state="stored",
            kind="image",
            created_at=timezone.now() - timedelta(days=days_ago),
        )


def test_uploads_that_nobody_sent_go_after_a_day_with_their_files(place):
    unsent, fresh, sent = (
        upload(place, days_ago=2),
        upload(place, days_ago=0),
        upload(place, days_ago=2, message=True),
    )

    retention.purge()

    with clinic_scope(place):
        assert set(Attachment.objects.values_list("pk", flat=True)) == {fresh.pk, sent.pk}
    assert [default_storage.exists(each.file.name) for each in (unsent, fresh, sent)] == [False, True, True]


def test_what_a_killed_process_left_goes_after_an_hour(place, monkeypatch):
    folder = media.incoming() / "left"
    folder.mkdir()
    (folder / "file").write_bytes(b"x")
    (media.incoming() / "upload").write_bytes(b"x")
    media.forget_left_files()
    assert len(list(media.incoming().iterdir())) == 2

    monkeypatch.setattr(media, "LEFT_SECONDS", -1)
    media.forget_left_files()

    assert list(media.incoming().iterdir()) == []


def test_edits_and_invitations_that_lead_nowhere_go_after_their_time(place):
    with clinic_scope(place):
        channel, now = make_channel(), timezone.now()
        for key, age in (("old", timedelta(days=120)), ("new", timedelta(days=1))):
            Amendment.objects.create(
                channel=channel, target_external_id=key, external_id=key, kind="edit", amended_at=now - age
            )
            Invitation.objects.create(email=f"{key}@clinic.example", token_hash=key, expires_at=now - age)

    retention.purge()

    with clinic_scope(place):
        assert list(Amendment.objects.values_list("external_id", flat=True)) == ["new"]
        assert list(Invitation.objects.values_list("token_hash", flat=True)) == ["new"]
