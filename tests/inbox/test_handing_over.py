"""A team ends: what only it saw is handed over on purpose, or the team stays."""

import pytest

from clinics.models import AuditEntry, Team
from inbox import queries
from tests.factories import make_conversation, make_member, make_message, make_team

from .screens import signed_in


@pytest.fixture
def nurse(clinic):
    return make_member("Nina Nurse")


@pytest.fixture
def team(nurse):
    return make_team("Nurses", [nurse])


def delete(admin, team, **told) -> str:
    return signed_in(admin).post(f"/settings/teams/{team.pk}/delete/", told).content.decode()


def test_a_team_that_alone_sees_a_sensitive_conversation_does_not_end_without_an_heir(admin, nurse, team):
    conversation = make_conversation(team=team, is_sensitive=True)
    make_conversation(team=team, is_sensitive=True, assignee=make_member("Gone Agent", is_active=False))

    page = delete(admin, team)

    assert "Choose who takes them over" in page
    assert Team.objects.get() == team
    assert queries.visible_conversations(nurse).filter(pk=conversation.pk).exists()


@pytest.mark.parametrize("kind", ["team", "member"])
def test_its_heir_sees_them_and_it_is_on_record(admin, team, kind):
    doctor = make_member("Dora Doctor")
    heir = make_team("Doctors", [doctor]) if kind == "team" else doctor
    conversation = make_conversation(team=team, is_sensitive=True, status="closed")
    make_message(conversation)

    delete(admin, team, heir=heir.pk)

    assert not Team.objects.filter(pk=team.pk).exists()
    assert queries.visible_conversations(doctor).filter(pk=conversation.pk).exists()
    assert not queries.visible_conversations(admin).filter(pk=conversation.pk).exists()
    entry = AuditEntry.objects.get(action="team.deleted")
    assert entry.detail == {"name": "Nurses", "heir": str(heir), "handed_over": 1}
    assert conversation.messages.get(kind="assigned").content == {"to": str(heir), "by": admin.name}


def test_a_team_that_nobody_sees_through_is_no_heir(admin, team):
    make_conversation(team=team, is_sensitive=True)
    empty = make_team("Nobody", [make_member("Olga Own", visibility="own")])

    assert "would see them" in delete(admin, team, heir=empty.pk)
    assert Team.objects.filter(pk=team.pk).exists()


def test_what_others_see_needs_no_heir(admin, nurse, team):
    make_conversation(team=team)
    make_conversation(team=team, is_sensitive=True, assignee=nurse)

    delete(admin, team)

    assert not Team.objects.exists()
    assert AuditEntry.objects.get(action="team.deleted").detail == {"name": "Nurses"}


@pytest.mark.parametrize("heir", ["itself", "unknown"])
def test_only_who_is_there_can_be_an_heir(admin, team, heir):
    page = delete(admin, team, heir=team.pk if heir == "itself" else "00000000-0000-0000-0000-000000000000")

    assert "not there any more" in page
    assert Team.objects.exists()
