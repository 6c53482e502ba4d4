"""Files that go along with a saved reply: checked once, copied at each use, gone with the reply."""

from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from inbox import retention
from inbox.models import Attachment, SavedReply, SavedReplyFile
from inbox.operations import replies
from inbox.operations.replies import Wording
from tests.factories import make_conversation

from .files import jpeg
from .screens import signed_in


def make_reply(title="Way") -> SavedReply:
    return replies.create_reply(Wording(title, {"en": "By bus"}, is_shared=True), by=None)


def test_a_file_goes_along_as_a_new_upload_each_time(admin, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    reply, conversation, browser = make_reply(), make_conversation(), signed_in(admin)
    file = SimpleUploadedFile("map.jpg", jpeg(), "image/jpeg")

    page = browser.post(f"/settings/replies/{reply.pk}/files/", {"file": file}).content.decode()
    url, told = f"/conversations/{conversation.pk}/replies/", {"reply": reply.pk, "with_files": "1"}
    taken = [browser.post(url, told).json()["files"][0] for _use in range(2)]

    assert "map.jpg" in page
    uploads = list(Attachment.objects.order_by("created_at"))
    assert [str(each.pk) for each in uploads] == [each["id"] for each in taken]
    assert {(each.uploaded_by_id, each.uploaded_for_id) for each in uploads} == {(admin.pk, conversation.pk)}
    kept = SavedReplyFile.objects.get()
    files = [*uploads, kept]
    assert len({each.file.name for each in files}) == len({each.thumbnail.name for each in files}) == 3
    assert len({Path(each.file.path).read_bytes() for each in files}) == 1

    browser.post(f"/settings/replies/files/{kept.pk}/remove/")
    assert (SavedReplyFile.objects.count(), uploads[0].file.storage.exists(kept.file.name)) == (0, False)
    assert uploads[0].file.storage.exists(uploads[0].file.name)


def test_a_file_that_lies_is_refused_and_said(admin):
    reply = make_reply()
    file = SimpleUploadedFile("map.png", b"MZ not a picture", "image/png")

    page = signed_in(admin).post(f"/settings/replies/{reply.pk}/files/", {"file": file}).content.decode()

    assert "notice-red" in page
    assert not SavedReplyFile.objects.exists()


def test_a_reply_deleted_long_ago_goes_with_its_files(admin, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    old, young = make_reply("Old"), make_reply("Young")
    kept = SavedReplyFile(reply=old, kind="document", content_type="text/plain", filename="a.txt", size=1)
    kept.file.save("a.txt", ContentFile(b"a"))
    for reply in (old, young):
        replies.delete_reply(reply, by=admin)

    SavedReply.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    retention._forget_leftovers()

    assert [each.title for each in SavedReply.objects.all()] == ["Young"]
    assert not kept.file.storage.exists(kept.file.name)
