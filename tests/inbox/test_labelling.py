"""Priority and tags: set by members and machines, told live, kept in the thread; the clinic's tags in the settings."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.models import AuditEntry
from clinics.refusal import Refused
from inbox.models import Change, GlassBreak, Tag, Tagging
from inbox.operations import labelling
from inbox.operations.tags import create_tag
from tests.factories import make_conversation, make_member

from .api_client import Machine
from .screens import signed_in


def events(conversation) -> list[tuple[str, dict]]:
    told = conversation.messages.filter(direction="event").order_by("sent_at")
    return [(event.kind, event.content) for event in told]


def press(by, conversation, button, **fields):
    return signed_in(by).post(f"/conversations/{conversation.pk}/{button}/", fields)


def names_on(conversation) -> list[str]:
    return sorted(Tagging.objects.filter(conversation=conversation).values_list("tag__name", flat=True))


def test_a_member_says_how_urgent_it_is(member):
    conversation = make_conversation()

    head = press(member, conversation, "priority", priority="urgent").content.decode()
    press(member, conversation, "priority", priority="urgent")

    conversation.refresh_from_db()
    assert (conversation.priority, "Urgent" in head) == (2, True)
    assert events(conversation) == [("prioritised", {"by": "Ada Agent", "priority": "urgent"})]
    assert [change.topics for change in Change.objects.all()] == [[f"conversation-{conversation.pk}"]]


def test_tags_are_put_on_and_taken_off_and_the_thread_says_so(member):
    conversation, tag = make_conversation(), Tag.objects.create(name="Invoice", tint=3)

    head = press(member, conversation, "tags", tag=tag.pk).content.decode()
    press(member, conversation, "tags", tag=tag.pk)
    on = names_on(conversation)
    press(member, conversation, "tags", tag=tag.pk, off=1)

    assert ("Invoice" in head, on, names_on(conversation)) == (True, ["Invoice"], [])
    told = {"by": "Ada Agent", "names": ["Invoice"]}
    assert events(conversation) == [("tagged", told), ("untagged", told)]


def test_only_admins_make_a_tag_on_the_way(member, admin):
    conversation = make_conversation()

    refused = press(member, conversation, "tags", name="New patient")
    press(admin, conversation, "tags", name="New patient")
    press(member, conversation, "tags", name="new PATIENT")

    assert "Admins make and change tags." in refused["HX-Trigger"]
    assert (names_on(conversation), Tag.objects.count()) == (["New patient"], 1)
    assert AuditEntry.objects.get(action="tag.created").member == admin


def test_the_choice_of_tags_leaves_out_archived_ones_that_it_does_not_have(member):
    conversation = make_conversation()
    for name, is_archived in (("Now", False), ("Once", True), ("Never", True)):
        tag = Tag.objects.create(name=name, is_archived=is_archived)
        if name == "Once":
            Tagging.objects.create(conversation=conversation, tag=tag)

    page = signed_in(member).get(f"/conversations/{conversation.pk}/tags/").content.decode()

    assert [word in page for word in ("Now", "Once", "Never")] == [True, True, False]


@pytest.mark.parametrize("change", ["priority", "tag", "untag"])
def test_whoever_reads_it_in_an_emergency_changes_neither(clinic, change):
    uma, conversation = make_member("Uma Agent", visibility="own"), make_conversation()
    tag = Tag.objects.create(name="Invoice")
    Tagging.objects.create(conversation=conversation, tag=Tag.objects.create(name="Kept"))
    until = timezone.now() + timedelta(hours=1)
    GlassBreak.objects.create(member=uma, conversation=conversation, reason="Fits", ends_at=until)
    acts = {
        "priority": lambda: labelling.set_priority(conversation, 2, by=uma),
        "tag": lambda: labelling.tag(conversation, [tag], by=uma),
        "untag": lambda: labelling.untag(conversation, Tag.objects.filter(name="Kept"), by=uma),
    }

    with pytest.raises(Refused):
        acts[change]()

    conversation.refresh_from_db()
    assert (conversation.priority, names_on(conversation)) == (0, ["Kept"])


def test_admins_look_after_the_tags_and_agents_do_not(admin, member):
    browser = signed_in(admin)
    browser.post("/settings/tags/create/", {"name": "Invoice"})
    tag = Tag.objects.get()
    Tagging.objects.create(conversation=make_conversation(), tag=tag)

    page = browser.get("/settings/tags/").content.decode()
    again = browser.post("/settings/tags/create/", {"name": "INVOICE"}).content.decode()
    browser.post(f"/settings/tags/{tag.pk}/", {"name": "Bills", "tint": 5, "is_archived": "on"})

    assert ("1 conversation" in page, "There is a tag called" in again) == (True, True)
    assert Tag.objects.values_list("name", "tint", "is_archived").get() == ("Bills", 5, True)
    assert Change.objects.last().topics == ["sight-all"]  # rows everywhere may show it
    assert signed_in(member).get("/settings/tags/").status_code == 403
    with pytest.raises(Refused):
        create_tag("Mine", by=member)
    browser.post(f"/settings/tags/{tag.pk}/delete/")
    assert (Tag.objects.count(), Tagging.objects.count()) == (0, 0)
    assert list(AuditEntry.objects.filter(action__startswith="tag.").values_list("action", flat=True)) == [
        "tag.created", "tag.changed", "tag.deleted",
    ]  # fmt: skip


def test_machines_read_and_set_both(clinic):
    conversation, tag = make_conversation(), Tag.objects.create(name="Invoice")
    make_conversation()
    machine, path = Machine(clinic), f"conversations/{conversation.pk}/"

    set_ = machine.patch(path, {"priority": "high", "tags": [str(tag.pk)]}).json()
    listed = machine.get(f"conversations/?tag={tag.pk}&priority=high").json()["results"]
    tags = machine.get("tags/").json()["results"]
    emptied = machine.patch(path, {"tags": []}).json()

    assert (set_["priority"], set_["tags"]) == ("high", [str(tag.pk)])
    assert [each["id"] for each in listed] == [str(conversation.pk)]
    assert [(each["name"], each["is_archived"]) for each in tags] == [("Invoice", False)]
    assert emptied["tags"] == []
    assert machine.patch(path, {"tags": [str(conversation.pk)]}).status_code == 400
    assert [content["by"] for _kind, content in events(conversation)] == ["API"] * 3
