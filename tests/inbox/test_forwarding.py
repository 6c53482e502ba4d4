"""Forwarding to another patient: a copy, through the gate, only between conversations that the member may see."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from clinics.models import AuditEntry, Visibility
from clinics.refusal import Refused
from inbox import bells, files, gate
from inbox.models import Attachment, Conversation, GlassBreak, Message
from inbox.operations.forwarding import forward
from tests.factories import (
    make_channel,
    make_contact,
    make_conversation,
    make_identity,
    make_member,
    make_message,
)

from .files import jpeg
from .screens import signed_in


@pytest.fixture(autouse=True)
def quiet(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(bells, "ring", lambda *_: None)


@pytest.fixture
def ada(clinic):
    return make_member("Ada Agent")


def talk(name, channel=None, **fields) -> Conversation:
    """A conversation whose patient wrote a moment ago."""
    fields = {"last_inbound_at": timezone.now()} | fields
    return make_conversation(make_identity(make_contact(name)), channel, **fields)


@pytest.fixture
def pair(clinic):
    channel = make_channel()
    return talk("Nora Example", channel), talk("Otto Sample", channel)


def test_a_text_is_sent_to_the_other_patient_as_forwarded_and_is_on_record(ada, pair):
    nora, otto = pair
    message, client_id = make_message(nora, "The clinic is in Main Street"), str(uuid4())

    new = forward(message, otto, by=ada, client_id=client_id)

    assert (new.conversation, new.text, new.state) == (otto, "The clinic is in Main Street", "queued")
    assert (new.author, new.content, new.reply_to_external_id) == (ada, {"is_forwarded": True}, "")
    assert forward(message, otto, by=ada, client_id=client_id) == new
    assert Message.objects.filter(conversation=otto).count() == 1
    entry = AuditEntry.objects.get(action="message.forwarded")
    assert (entry.member, entry.detail) == (ada, {"from": str(message.pk)})


def picture_of(conversation) -> Message:
    message = make_message(conversation, "My rash", kind="image")
    stored = Attachment(message=message, channel=conversation.channel, kind="image", state="stored",
                        content_type="image/jpeg", filename="rash.jpg", size=631)  # fmt: skip
    stored.file.name = default_storage.save(f"{stored.clinic_id}/{stored.pk}/file.jpg", ContentFile(jpeg()))
    stored.save(force_insert=True)
    return message


def test_a_file_goes_along_as_a_copy_that_outlives_the_first(ada, pair):
    nora, otto = pair
    message = picture_of(nora)

    new = forward(message, otto, by=ada, client_id=str(uuid4()))

    (first,), (second,) = message.attachments.all(), new.attachments.all()
    assert (second.kind, second.filename, second.channel_id) == ("image", "rash.jpg", otto.channel_id)
    assert first.file.name != second.file.name
    files.forget([first])
    with default_storage.open(second.file.name) as file:
        assert file.read() == jpeg()


def test_the_gate_decides_and_then_nothing_is_left_behind(ada, pair):
    nora, otto = pair
    Conversation.objects.filter(pk=otto.pk).update(last_inbound_at=timezone.now() - timedelta(days=2))
    otto.refresh_from_db()
    message = picture_of(nora)

    with pytest.raises(gate.Refused, match="window_closed"):
        forward(message, otto, by=ada, client_id=str(uuid4()))

    assert (Attachment.objects.count(), Message.objects.filter(conversation=otto).count()) == (1, 0)


def test_notes_what_was_taken_back_and_what_is_no_words_or_file_stay_where_they_are(ada, pair):
    nora, otto = pair
    left = [
        make_message(nora, "Private", direction="note"),
        make_message(nora, "Oh no", revoked_at=timezone.now()),
        make_message(nora, "", kind="location"),
        make_message(nora, "", kind="image"),
    ]

    for message in left:
        with pytest.raises(Refused, match="cannot be forwarded"):
            forward(message, otto, by=ada, client_id=str(uuid4()))


def with_file(conversation, kind, **fields) -> Message:
    message = make_message(conversation, "", kind=kind)
    told = {"state": "stored", "content_type": "image/jpeg", "size": 631} | fields
    Attachment.objects.create(message=message, channel=conversation.channel, kind=kind, **told)
    return message


def test_it_is_offered_exactly_where_it_can_be_done(ada, pair):
    nora, otto = pair
    good = [make_message(nora, "Main Street 1"), make_message(nora, "Of course", "out"), picture_of(nora)]
    refused = [
        make_message(nora, "Oh no", revoked_at=timezone.now()),
        make_message(nora, "", kind="location", content={"latitude": 1, "longitude": 2}),
        make_message(nora, "Yes", kind="button_reply"),
        make_message(nora, "", "out", kind="template", content={"rendered": {"body": "Friday at ten."}}),
        make_message(nora, "", kind="unsupported"),
        with_file(nora, "image", state="failed"),
        with_file(nora, "document", content_type="application/zip"),
        with_file(nora, "image", size=6 * 1024 * 1024),
    ]

    said = signed_in(ada).get(f"/conversations/{nora.pk}/").content.decode()

    for message in good:
        assert f'data-forward="/messages/{message.pk}/forward/"' in said
        forward(message, otto, by=ada, client_id=str(uuid4()))
    for message in refused:
        assert f'data-react="/messages/{message.pk}/reaction/"' in said or message.revoked_at
        assert f'data-forward="/messages/{message.pk}/forward/"' not in said
        with pytest.raises(Refused, match="cannot be forwarded"):
            forward(message, otto, by=ada, client_id=str(uuid4()))


def test_only_between_conversations_that_one_sees_and_not_by_an_emergency(clinic, pair):
    nora, otto = pair
    ben = make_member("Ben Agent", visibility=Visibility.OWN)
    Conversation.objects.filter(pk=nora.pk).update(assignee=ben)
    message, other = make_message(nora, "Hello"), make_message(otto, "Secret")
    browser = signed_in(ben)

    def ask(message, to) -> int:
        told = {"conversation": str(to.pk), "client_id": str(uuid4())}
        return browser.post(f"/messages/{message.pk}/forward/", told).status_code

    assert (ask(message, otto), ask(other, nora)) == (404, 404)
    ends = timezone.now() + timedelta(hours=1)
    GlassBreak.objects.create(conversation=otto, member=ben, reason="Chest pain", ends_at=ends)
    assert (ask(message, otto), ask(other, nora)) == (422, 422)
    assert not Message.objects.filter(direction="out").exists()


def test_the_screen_is_told_whom_it_went_to(ada, pair):
    nora, otto = pair
    message = make_message(nora, "Main Street 1")

    answer = signed_in(ada).post(
        f"/messages/{message.pk}/forward/", {"conversation": str(otto.pk), "client_id": str(uuid4())}
    )

    assert answer.json() == {"sentence": "Forwarded to Otto Sample.", "url": f"/conversations/{otto.pk}/"}
    assert "Forwarded" in signed_in(ada).get(f"/conversations/{otto.pk}/").content.decode()
    nothing = signed_in(ada).post(f"/messages/{message.pk}/forward/", {"conversation": "x"})
    assert nothing.status_code == 422
