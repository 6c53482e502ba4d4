"""Messages with files, and the small things around a conversation: read receipts."""

import threading
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox.delivery import line, receipts
from inbox.models import Attachment, Conversation, Message
from inbox.operations.sending import Draft, retry_message, send_message, show_read_and_typing
from integrations.events import Kind
from integrations.models import Template
from tests.factories import make_message
from tests.inbox.templates import BODY, FILLED, PICTURE, make_template


@pytest.fixture
def picture(outbound):
    """A stored picture that belongs to no message yet."""
    name = default_storage.save(
        f"{outbound.clinic_id}/picture.jpg", ContentFile(b"\xff\xd8 bytes of a picture")
    )
    with clinic_scope(outbound.clinic_id):
        yield Attachment.objects.create(
            channel=outbound.channel,
            kind="image",
            file=name,
            content_type="image/jpeg",
            filename="picture.jpg",
        )
    default_storage.delete(name)


def queue(outbound, draft: Draft) -> Message:
    conversation = outbound.conversation()
    with clinic_scope(outbound.clinic_id):
        return send_message(conversation, draft, client_id="c-1")


def test_a_file_is_uploaded_before_its_message(outbound, picture):
    message = queue(outbound, Draft(Kind.IMAGE, "Your X-ray", attachment=picture))

    outbound.deliver()

    assert b"bytes of a picture" in outbound.provider.uploads[0]
    assert outbound.provider.accepted[0]["image"] == {"id": "media-1", "caption": "Your X-ray"}
    assert outbound.read(message).state == "sent"


def test_slow_uploads_take_no_thread_from_the_messages_without_a_file(outbound, picture, monkeypatch):
    threads = []

    def upload(*_arguments):
        threads.append(threading.current_thread().name)
        return "media-1"

    monkeypatch.setattr(line, "_upload", upload)
    queue(outbound, Draft(Kind.IMAGE, attachment=picture))
    outbound.deliver()

    assert [name.split("_")[0] for name in threads] == ["upload"]


def test_two_sends_of_one_upload_each_have_the_file(outbound, picture):
    conversation = outbound.conversation()
    with clinic_scope(outbound.clinic_id):
        loaded = [Attachment.objects.get(pk=picture.pk) for _sender in range(2)]
        sent = [
            send_message(conversation, Draft(Kind.IMAGE, attachment=file), client_id=f"c-{number}")
            for number, file in enumerate(loaded)
        ]

        assert [message.attachments.count() for message in sent] == [1, 1]


@pytest.mark.parametrize("step", ["reset_before", (500, 131016), (400, 4)])
def test_a_failed_upload_is_tried_again_because_nothing_was_sent(outbound, picture, step):
    message = queue(outbound, Draft(Kind.IMAGE, attachment=picture))
    outbound.provider.behave("media", step)

    outbound.deliver()
    waiting = outbound.read(message).state
    outbound.make_due()
    outbound.deliver()

    assert (waiting, outbound.read(message).state) == ("queued", "sent")
    assert len(outbound.provider.accepted) == 1


def test_an_uploaded_file_is_not_uploaded_twice(outbound, picture):
    message = queue(outbound, Draft(Kind.IMAGE, attachment=picture))
    outbound.provider.behave(message.conversation.identity.wa_id, (400, 131026))
    outbound.deliver()

    with clinic_scope(outbound.clinic_id):
        retry_message(outbound.read(message), client_id="c-2", author=None)
    outbound.deliver()

    assert len(outbound.provider.uploads) == 1
    assert outbound.provider.accepted[0]["image"] == {"id": "media-1"}


def test_a_file_the_provider_has_dropped_is_uploaded_anew(outbound, picture):
    queue(outbound, Draft(Kind.IMAGE, attachment=picture))
    with clinic_scope(outbound.clinic_id):
        long_ago = timezone.now() - timedelta(days=30)
        Attachment.objects.update(external_id="media-old", created_at=long_ago)

    outbound.deliver()

    assert outbound.provider.accepted[0]["image"] == {"id": "media-1"}


def test_a_file_that_is_gone_fails_its_message(outbound, picture):
    message = queue(outbound, Draft(Kind.IMAGE, attachment=picture))
    default_storage.delete(picture.file.name)

    outbound.deliver()

    assert (outbound.read(message).state, outbound.read(message).error_code) == ("failed", "file_missing")


def test_the_picture_above_a_template_goes_with_it(outbound, picture):
    with clinic_scope(outbound.clinic_id):
        template = make_template(outbound.channel, PICTURE, BODY)
    queue(outbound, Draft(template=template, values=FILLED, attachment=picture))

    outbound.deliver()

    header, body = outbound.provider.accepted[0]["template"]["components"]
    assert header == {"type": "header", "parameters": [{"type": "image", "image": {"id": "media-1"}}]}
    assert [parameter["text"] for parameter in body["parameters"]] == ["Nora", "3 May"]


def test_a_template_withdrawn_meanwhile_is_not_sent(outbound):
    message = outbound.queue_reminder()
    with clinic_scope(outbound.clinic_id):
        Template.objects.update(status="PAUSED")

    outbound.deliver()

    assert (outbound.read(message).state, outbound.read(message).error_code) == (
        "failed",
        "template_unapproved",
    )
    assert outbound.provider.asked == []


def test_the_patient_sees_that_their_newest_message_was_read(outbound):
    conversation = outbound.conversation()
    with clinic_scope(outbound.clinic_id):
        make_message(conversation, sent_at=timezone.now() - timedelta(minutes=9))
        newest = make_message(conversation)
        show_read_and_typing(conversation, typing=True)

    receipts.show_read(outbound.clinic_id, conversation.pk, typing=True)

    (asked,) = outbound.provider.asked
    assert (asked["status"], asked["message_id"]) == ("read", newest.external_id)
    assert asked["typing_indicator"] == {"type": "text"}
    with clinic_scope(outbound.clinic_id):
        assert Conversation.objects.get().receipt_due_at is None


def test_a_read_receipt_that_breaks_our_own_code_is_not_rung_for_ever(outbound, monkeypatch):
    conversation = outbound.conversation()
    with clinic_scope(outbound.clinic_id):
        make_message(conversation)
        show_read_and_typing(conversation, typing=False)

    def break_down(_channel):
        raise ValueError

    monkeypatch.setattr(receipts, "credentials_of", break_down)
    receipts.show_read(outbound.clinic_id, conversation.pk, typing=False)

    with clinic_scope(outbound.clinic_id):
        assert Conversation.objects.get().receipt_due_at is None
