"""Every route and every list asked by everybody about a conversation that they may, or may not, see."""

from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import transaction

from clinic_inbox.tenancy import clinic_scope
from inbox import listed, notes, telling
from inbox.models import Conversation, Message, Pin
from tests.isolation.routes import with_ids, without_ids
from tests.isolation.visibility_scene import CANARY, MACHINES, MEMBERS, NUMBER, SEES, Scene

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Entry:
    """How a route is asked about the conversation: with which row's id, how, and with what."""

    row: str = "conversation"
    method: str = "post"
    data: dict = field(default_factory=dict)

    def address(self, scene: Scene, path: str) -> str:
        for place, row in (("pk", self.row), ("field_pk", "field"), ("note_pk", "remark")):
            path = path.replace(f"<uuid:{place}>", str(getattr(scene, row).pk))
        return "/" + path


THREAD = "conversations/<uuid:pk>/"
ENTRIES = {
    THREAD: Entry(method="get"),
    THREAD + "older/": Entry(method="get"),
    THREAD + "news/": Entry(method="get"),
    THREAD + "find/": Entry(data={"q": CANARY}),
    THREAD + "newer/": Entry(method="get"),
    THREAD + "panel/": Entry(method="get"),
    THREAD + "messages/": Entry(data={"client_id": str(uuid4()), "mode": "note", "text": "Note"}),
    THREAD + "read/": Entry(),
    THREAD + "typing/": Entry(),
    THREAD + "draft/": Entry(data={"mode": "reply", "text": "Half an ans", "revision": 0}),
    THREAD + "assign/": Entry(data={"member": ""}),
    THREAD + "close/": Entry(),
    THREAD + "reopen/": Entry(),
    THREAD + "snooze/": Entry(data={"until": "hours"}),
    THREAD + "sensitive/": Entry(data={"off": "1"}),
    THREAD + "emergency/": Entry(),
    THREAD + "unread/": Entry(),
    THREAD + "priority/": Entry(data={"priority": "urgent"}),
    THREAD + "tags/": Entry(method="get"),
    THREAD + "later/": Entry(method="get"),
    THREAD + "templates/": Entry(method="get"),
    THREAD + "attachments/": Entry(),
    "media/<uuid:pk>/": Entry("file", "get"),
    "media/<uuid:pk>/thumbnail/": Entry("file", "get"),
    "media/<uuid:pk>/playable/": Entry("file", "get"),
    "messages/<uuid:pk>/retry/": Entry("failed", data={"client_id": str(uuid4())}),
    THREAD + "replies/": Entry(method="get"),
    THREAD + "people/": Entry(method="get"),
    "messages/<uuid:pk>/pin/": Entry("note", data={"off": "1"}),
    "messages/<uuid:pk>/schedule/": Entry("failed"),
    "messages/<uuid:pk>/send-now/": Entry("failed"),
    "messages/<uuid:pk>/take-back/": Entry("failed"),
    "messages/<uuid:pk>/reaction/": Entry("message", data={"emoji": "👍"}),
    "messages/<uuid:pk>/forward/": Entry("message"),
    "messages/<uuid:pk>/why/": Entry("failed", "get"),
    "contacts/<uuid:pk>/fields/<uuid:field_pk>/": Entry("contact", data={"value": "Changed"}),
    "contacts/<uuid:pk>/notes/": Entry("contact", data={"text": "New"}),
    "contacts/<uuid:pk>/notes/<uuid:note_pk>/": Entry("contact", data={"text": "Changed"}),
    "contacts/<uuid:pk>/": Entry("contact", data={"note": "Changed"}),
    "api/v1/contacts/<uuid:pk>/": Entry("contact", "get"),
    "api/v1/conversations/<uuid:pk>/": Entry(method="get"),
    "api/v1/conversations/<uuid:pk>/messages/": Entry(method="get"),
    "api/v1/conversations/<uuid:pk>/scheduled/": Entry(method="get"),
    "api/v1/messages/<uuid:pk>/": Entry("message", "get"),
    "api/v1/messages/<uuid:pk>/cancel/": Entry("failed"),
    "api/v1/attachments/<uuid:pk>/": Entry("file", "get"),
    "api/v1/attachments/<uuid:pk>/file/": Entry("file", "get"),
}
# These take ids of other things; what they say of conversations is asked by other tests.
NOT_OF_CONVERSATIONS = (
    "settings/",
    "conversations/filters/",
    "api/v1/channels/",
    THREAD + "templates/<uuid:template_pk>/",
)

# Every address without an id, and what it is asked; `ids` stands for the conversation's.
LISTS = {
    "": [{}],
    "conversations/": [
        {"view": "all"},
        {"view": "mine"},
        {"view": "mentions"},
        {"q": CANARY},
        {"q": NUMBER[2:]},
    ],
    "conversations/views/": [{}],
    "conversations/chosen/": [{"view": "all"}],
    "conversations/rows/": [{"view": "all", "ids": ""}],
    "emergency/": [{}],
    "api/v1/conversations/": [{}],
    "api/v1/contacts/": [{}],
    "api/v1/contacts/find/": [{"phone": NUMBER}],
}
NO_LISTS = ("accounts/", "settings/", "invitation/", "styleguide/", "api/v1/channels/", "api/v1/templates/")
NO_LISTS += ("api/v1/attachments/", "api/v1/schema/", "api/v1/saved-replies/", "api/v1/patient-fields/")
NO_LISTS += (
    "conversations/choices/",
    "conversations/jump/",
    "conversations/times/",
    "conversations/bulk/",
    "conversations/filter/",
    "conversations/filters/",
)
NO_LISTS += ("api/v1/tags/", "manifest.webmanifest", "worker.js", "offline/", "sign-up/", "first-steps/")
WORDS = ("name", "note", "profile", "channel", "preview", "text", "reply", "file", "reason")


def routes(kind: str) -> list[tuple[str, Entry]]:
    """The routes a browser, or a machine, asks."""
    is_machine = kind in MACHINES
    return [(path, entry) for path, entry in ENTRIES.items() if path.startswith("api/") == is_machine]


def ask(scene: Scene, kind: str, path: str, entry: Entry) -> tuple[int, str]:
    """The status and everything the answer says; what it did is undone."""
    cache.clear()
    client = scene.client(kind)
    with transaction.atomic():
        response = getattr(client, entry.method)(entry.address(scene, path), entry.data)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    return response.status_code, body.decode("utf-8", "replace")


def state(scene: Scene) -> tuple:
    with clinic_scope(scene.clinic.pk):
        row = Conversation.objects.values().get(pk=scene.conversation.pk)
        pins = Pin.objects.filter(conversation=scene.conversation).count()
        return row, Message.objects.filter(conversation=scene.conversation).count(), pins


def test_every_route_has_an_entry():
    with_id = {route.template for route in with_ids()} - set(ENTRIES)
    without_id = {route.template for route in without_ids()} - set(LISTS)

    assert {path for path in with_id if not path.startswith(NOT_OF_CONVERSATIONS)} == set()
    assert {path for path in without_id if not path.startswith(NO_LISTS)} == set()


@pytest.mark.parametrize("is_sensitive", [False, True])
def test_routes_know_the_conversation_for_those_who_see_it_only(is_sensitive):
    scene = Scene(is_sensitive=is_sensitive)
    before = state(scene)

    for kind in SEES:
        for path, entry in routes(kind):
            status, text = ask(scene, kind, path, entry)
            if SEES[kind][is_sensitive]:
                assert status not in (403, 404, 405), (kind, path, status)
            else:
                is_way_in = path in (THREAD, THREAD + "emergency/")
                assert status == (403 if is_way_in else 404), (kind, path, status)
                assert CANARY not in text, (kind, path)
                assert NUMBER[-6:] not in text.replace(" ", ""), (kind, path)

    assert state(scene) == before


def test_nothing_is_done_to_what_one_does_not_see():
    """As above, but what a request does is kept: the conversation must be as it was."""
    scene = Scene(is_sensitive=True)
    before = state(scene)

    for kind in ("owner", "agent_all", "own_other"):
        client = scene.client(kind)
        for path, entry in routes(kind):
            client.post(entry.address(scene, path), entry.data)

    assert state(scene) == before


@pytest.mark.parametrize("is_sensitive", [False, True])
def test_lists_and_searches_show_it_to_those_who_see_it_only(is_sensitive):
    scene = Scene(is_sensitive=is_sensitive)
    pk = str(scene.conversation.pk)

    for kind in SEES:
        sees, is_admin = SEES[kind][is_sensitive], kind in ("owner", "admin")
        listed, searched = pages(scene, kind, "view", "ids"), pages(scene, kind, "q", "phone")
        told = {word for word in WORDS if CANARY + word in listed + searched}
        expected = {"name", "note"} if kind in MACHINES else {"name", "preview", "text", "reply"}
        assert told == (expected if sees else set()), kind
        assert NUMBER in (listed + searched).replace(" ", "") or not sees, kind
        assert (pk in listed) == (sees or is_admin), kind
        assert (pk in searched) == (sees and kind in MEMBERS), kind
        assert ("Sensitive conversation" in listed) == (is_admin and not sees), kind


def pages(scene: Scene, kind: str, *names: str) -> str:
    """What all lists answer to the questions of these names, without the marks on what was searched for."""
    said, client = "", scene.client(kind)
    for path, questions in LISTS.items():
        for question in questions if path.startswith("api/") == (kind in MACHINES) else []:
            if set(question) & set(names) or ("view" in names and not question):
                asked = question | ({"ids": scene.conversation.pk} if "ids" in question else {})
                cache.clear()
                form = {"content_type": "application/json"} if "phone" in asked else {}
                is_posted = form or "q" in asked
                response = (client.post if is_posted else client.get)("/" + path, asked, **form)
                assert response.status_code == 200, (kind, path, asked)
                said += response.content.decode().replace("<mark>", "").replace("</mark>", "")
    return said


@pytest.mark.parametrize("is_sensitive", [False, True])
def test_counts_and_hints_follow_the_same_rule(is_sensitive):
    scene = Scene(is_sensitive=is_sensitive)
    topics = [f"conversation-{scene.conversation.pk}", f"contact-{scene.contact.pk}", "templates"]

    with clinic_scope(scene.clinic.pk):
        look = telling.look(topics, [member.pk for member in scene.members.values()])
        for kind in MEMBERS:
            member, sees = scene.members[kind], SEES[kind][is_sensitive]
            assert listed.counts(member)["all"] == int(sees or member.is_admin), kind
            assert len(notes.unseen_mentions(member)) == int(sees), kind
            assert len(notes.pins_about(scene.contact, member)) == int(sees), kind
            assert look.told(member.pk, topics) == (sorted(topics) if sees else ["templates"]), kind
