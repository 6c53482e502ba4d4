"""The page that asks before a patient is erased, and the one that tells how far it is and what went."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.models import AuditEntry, Role
from contacts.models import Contact
from inbox import bells
from inbox.erasure import running
from inbox.models import Conversation, Erasure, GlassBreak
from tests.factories import make_contact, make_conversation, make_identity, make_member, make_message

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def patient(clinic, settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    contact = make_contact("Nora  Example")
    make_message(make_conversation(make_identity(contact)))
    return contact


@pytest.fixture
def rung(monkeypatch):
    told = []
    monkeypatch.setattr(bells, "ring_now", lambda *call: told.append(call))
    return told


def path(contact) -> str:
    return f"/settings/erasures/{contact.pk}/"


def ask(client, contact, typed="nora example", reason="asked"):
    return client.post(path(contact), {"typed": typed, "reason": reason})


def test_the_page_says_what_goes_and_what_stays_and_is_on_record(client, admin, patient):
    client.force_login(admin.user, BACKEND)

    page = client.get(path(patient)).content.decode()

    for words in ("What is deleted, for good", "What stays", "Nora  Example", "Erase for good"):
        assert words in page
    assert 'value="restored"' not in page
    assert AuditEntry.objects.filter(action="contact.opened", target_id=str(patient.pk)).exists()


def test_with_name_and_reason_the_patient_is_out_of_sight(
    client, admin, patient, rung, django_capture_on_commit_callbacks
):
    client.force_login(admin.user, BACKEND)
    conversation = Conversation.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(client, patient)

    assert (answer.status_code, answer["Location"]) == (302, "/settings/erasures/")
    assert client.get(f"/conversations/{conversation.pk}/").status_code == 404
    assert client.get(path(patient)).status_code == 404
    erasure = Erasure.objects.get()
    assert (bells.ERASE, erasure.clinic_id, erasure.pk) in rung
    assert (erasure.contact_id, erasure.requested_by_id, erasure.reason) == (patient.pk, admin.pk, "asked")


@pytest.mark.parametrize("told", [{"typed": "Nora"}, {"reason": ""}, {"reason": "restored"}, {"typed": ""}])
def test_without_either_nothing_happens(client, admin, patient, told):
    client.force_login(admin.user, BACKEND)

    answer = ask(client, patient, **told)

    assert (answer.status_code, Erasure.objects.count()) == (200, 0)


def test_a_patient_without_a_name_is_named_by_their_number(client, admin, clinic, patient):
    Contact.objects.update(name="")
    client.force_login(admin.user, BACKEND)
    number = patient.identities.get().phone

    assert number in client.get(path(patient)).content.decode()
    assert ask(client, patient, typed=f"{number[:2]} {number[2:]}").status_code == 302


def test_whoever_does_not_see_all_is_told_so_and_offered_nothing(client, admin, member, patient):
    make_conversation(make_identity(patient), is_sensitive=True, assignee=member, preview="Secret")
    client.force_login(admin.user, BACKEND)

    page = client.get(path(patient)).content.decode()
    answer = ask(client, patient)

    assert "that you do not see" in page
    assert "Erase for good" not in page
    assert "Secret" not in page
    assert "settings-facts" not in page  # how much there is
    assert (answer.status_code, Erasure.objects.count()) == (200, 0)


def test_emergency_access_opens_neither_page_nor_button(client, admin, member, patient):
    conversation = Conversation.objects.get()
    Conversation.objects.update(is_sensitive=True, assignee=member)
    opened = {"member": admin, "conversation": conversation, "reason": "urgent"}
    GlassBreak.objects.create(**opened, ends_at=timezone.now() + timedelta(hours=1))
    client.force_login(admin.user, BACKEND)

    assert client.get(f"/conversations/{conversation.pk}/").status_code == 200
    assert path(patient) not in client.get(f"/conversations/{conversation.pk}/").content.decode()
    assert client.get(path(patient)).status_code == 404


def test_admins_find_it_in_the_patient_panel_and_agents_do_not(client, admin, member, patient):
    page = f"/conversations/{Conversation.objects.get().pk}/"

    shown = []
    for each in (admin, member):
        client.force_login(each.user, BACKEND)
        shown.append(path(patient) in client.get(page).content.decode())

    assert shown == [True, False]
    assert ask(client, patient).status_code == 403


def test_the_list_tells_how_far_it_is_and_then_what_went(client, admin, patient, clinic):
    client.force_login(admin.user, BACKEND)
    empty = client.get("/settings/erasures/").content.decode()
    ask(client, patient)

    under_way = client.get("/settings/erasures/").content.decode()
    running.run(clinic.pk, Erasure.objects.get().pk)
    done = client.get("/settings/erasures/").content.decode()

    assert "Nobody was erased" in empty
    assert "Being erased" in under_way
    assert 'hx-trigger="every 3s"' in under_way
    assert "Messages: 1" in done
    assert "Conversations: 1" in done
    assert "every 3s" not in done
    assert "Nora" not in done
    assert Contact.objects.count() == 0


def test_another_owner_sees_who_asked(client, admin, patient, clinic):
    client.force_login(admin.user, BACKEND)
    ask(client, patient)
    client.force_login(make_member("Otto Other", Role.OWNER).user, BACKEND)

    page = client.get("/settings/erasures/").content.decode()

    assert "Olga Owner" in page
    assert "The patient asked for it" in page


@pytest.mark.parametrize("typed", ["+1 (202) 555-0177", "@no.thread", "NO.THREAD"])
def test_who_never_wrote_is_found_by_their_address(client, admin, patient, typed):
    known = make_contact("From the phone")
    make_identity(known, wa_id="12025550177", username="no.thread")
    client.force_login(admin.user, BACKEND)

    answer = client.post("/settings/erasures/", {"address": typed})

    assert (answer.status_code, answer["Location"]) == (302, path(known))
    assert ask(client, known, typed="From the phone").status_code == 302
    assert client.get(path(known)).status_code == 404
    assert client.post("/settings/erasures/", {"address": typed}).status_code == 200


@pytest.mark.parametrize("typed", ["", "\0", "+", "12025550999"])
def test_nobody_is_found_by_what_is_no_address_of_theirs(client, admin, member, patient, typed):
    hidden = make_identity(make_contact("Hidden"), wa_id="12025550999")
    make_conversation(hidden, is_sensitive=True, assignee=member)
    client.force_login(admin.user, BACKEND)

    page = client.post("/settings/erasures/", {"address": typed})

    assert page.status_code == 200
    assert "Nobody whom you may erase" in page.content.decode()
