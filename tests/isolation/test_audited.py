"""Whoever sees something of a patient or changes a setting is in the audit log: every route is asked."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from clinics import audit, audit_log
from clinics.models import AuditEntry
from contacts.models import Contact, ContactNote
from inbox.models import Attachment, Conversation, Message
from integrations.models import Hook
from tests.isolation.audited import IN_THREAD, RECORDED, UNRECORDED
from tests.isolation.routes import BY_SECRET, Route, all_routes
from tests.isolation.world import World

pytestmark = pytest.mark.django_db(transaction=True)

PATIENT = "Papageno"
# Whose id stands in a path, by the words around it; the first that fits.
PLACES = {
    "messages/<uuid:pk>/retry/": "failed",
    "messages/<uuid:pk>/pin/": "note",
    "replies/files/": "reply_file",
    "replies/<uuid:pk>/": "reply",
    "conversations/filters/": "filter",
    "settings/tags/": "tag",
    "conversations/": "conversation",
    "api/v1/attachments/": "attachment",
    "media/": "attachment",
    "attachments/": "attachment",
    "contacts/": "contact",
    "messages/": "message",
    "erasures/": "contact",
    "members/": "member",
    "days/": "day",
    "reasons/": "close_reason",
    "invitations/": "invitation",
    "teams/": "team",
    "answering/targets/": "team",
    "tokens/": "token",
    "connect/meta/": "onboarding",
    "settings/links/": "link",
    "settings/templates/": "template",
    "channels/": "channel",
    "patient-fields/": "field",
    "browsers/": "browser",
}
# And whose stands in a second place, by its name.
SECOND = {"<uuid:template_pk>": "template", "<uuid:field_pk>": "filled", "<uuid:note_pk>": "remark"}


@pytest.fixture
def world():
    """A clinic in which only what a patient said, sent or is called holds the word."""
    world = World("Alpha")
    hook = Hook.objects.get()
    hook.clinic, hook.app_secret, hook.verify_token = (
        world.clinic,
        "secret",
        "token",
    )  # its own, sealed as such
    hook.save()
    with clinic_scope(world.clinic.pk):
        Contact.objects.update(name=f"{PATIENT} Example", note=f"{PATIENT} comes by bus")
        ContactNote.objects.update(text=f"{PATIENT} was here")
        Conversation.objects.update(preview=f"{PATIENT} asks")
        Message.objects.update(text=f"{PATIENT} asks")
        file = Attachment.objects.get(pk=world.ids["attachment"])
        file.filename = f"{PATIENT}.txt"
        file.file.save(f"{world.clinic.pk}/patient.txt", ContentFile(PATIENT.encode()))
        file.thumbnail.save(f"{world.clinic.pk}/patient.webp", ContentFile(PATIENT.encode()))
    return world


@pytest.fixture
def log(superuser_connection):
    """Empties the log (as nobody else can), and the memory of who read what lately."""

    def empty():
        superuser_connection.execute("SET session_replication_role = replica")
        superuser_connection.execute("DELETE FROM clinics_auditentry")
        cache.clear()

    return empty


def entries(world: World) -> list[tuple[str, str]]:
    with clinic_scope(world.clinic.pk):
        return list(AuditEntry.objects.order_by("created_at").values_list("action", "actor"))


def path_of(world: World, route: Route) -> str:
    name = next((row for words, row in PLACES.items() if words in route.template), "conversation")
    path = route.template
    for place in route.places:
        path = path.replace(place, str(world.ids[SECOND.get(place, name)]))
    return "/" + path


def client_for(world: World, route: Route) -> Client:
    if route.template.startswith("api/"):
        headers = {"authorization": f"Bearer {world.token}", "idempotency-key": str(uuid4())}
        return Client(headers=headers, raise_request_exception=False)
    client = Client(raise_request_exception=False)
    if route.template != "accounts/login/":
        client.force_login(world.owner.user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def ask(client: Client, method: str, path: str, body: dict) -> tuple[int, str]:
    is_json = path.startswith("/api/") and method != "get"
    response = getattr(client, method)(
        path, body, **({"content_type": "application/json"} if is_json else {})
    )
    said = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return response.status_code, said.decode("utf-8", "replace")


def filled(world: World, body: dict) -> dict:
    ids = {name: str(pk) for name, pk in world.ids.items()} | {"email": world.owner.user.email}
    return {key: value.format(**ids) if isinstance(value, str) else value for key, value in body.items()}


def test_every_route_says_what_it_leaves_in_the_log():
    templates = {route.template for route in all_routes()}

    assert RECORDED.keys() & UNRECORDED.keys() == set()
    assert templates == RECORDED.keys() | UNRECORDED.keys()


def test_what_is_to_be_recorded_is(world, log):
    routes = {route.template: route for route in all_routes()}
    missing = {}

    for template, (method, body, action) in RECORDED.items():
        client = client_for(world, routes[template])
        log()
        status, _said = ask(client, method, path_of(world, routes[template]), filled(world, body))
        if action not in [each for each, _actor in entries(world)]:
            missing[template] = (status, entries(world))

    assert missing == {}


def test_nothing_of_a_patient_is_shown_without_an_entry(world, log):
    unnoticed, seen = set(), set()

    for route in all_routes():
        if route.template in BY_SECRET:
            continue
        for method in ("get", "post"):
            client = client_for(world, route)
            log()
            status, said = ask(client, method, path_of(world, route), {})
            assert status < 500, route
            if PATIENT in said:
                seen.add(route.template)
                who = {actor for _action, actor in entries(world)}
                if not who & {"Alpha owner", "Alpha token"} and UNRECORDED.get(route.template) != IN_THREAD:
                    unnoticed.add((method, route.template))

    assert unnoticed == set()
    assert len(seen) > 12  # the word is really there to be seen


def test_the_words_searched_for_are_not_recorded(world, log):
    client = client_for(world, Route("", ()))
    log()

    client.post("/conversations/", {"q": PATIENT})

    with clinic_scope(world.clinic.pk):
        entry = AuditEntry.objects.get(action="conversations.searched")
    assert list(entry.detail) == ["found"]


def test_a_list_left_open_is_recorded_once_and_again_when_the_memory_is_gone(world, log):
    client = client_for(world, Route("", ()))
    log()

    for _ in range(3):
        client.get("/conversations/rows/", {"ids": str(world.ids["conversation"])})
    once = entries(world)
    cache.clear()
    client.get("/")

    assert once == [("conversations.listed", "Alpha owner")]
    assert entries(world) == once * 2


def test_every_action_has_words_for_the_audit_page():
    code = "".join(
        file.read_text()
        for folder in ("clinics", "integrations", "contacts", "inbox")
        for file in Path(audit.__file__).parents[1].joinpath(folder).rglob("*.py")
    )
    recorded = set(
        re.findall(r'(?:audit\.|\b)record(?:_\w+)?\(\s*(?:user, |request\.user, )?"([\w.]+)"', code)
    )

    assert len(recorded) > 30
    assert recorded - audit_log.ACTIONS.keys() == set()
