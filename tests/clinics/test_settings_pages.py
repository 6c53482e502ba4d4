from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client

from clinic_inbox.tenancy import ClinicManager, ClinicModel, clinic_scope, uuid7
from clinics.middleware import idle_limit
from clinics.models import ApiToken, AuditEntry, Clinic, Member, Role, Team
from clinics.operations.invitations import invite
from clinics.operations.teams import create_team, set_team_members
from clinics.operations.tokens import create_api_token
from tests.factories import make_channel, make_clinic, make_member, make_team

PAGES = [
    "details",
    "hours",
    "members",
    "teams",
    "tokens",
    "audit",
    "channels",
    "channels/connect",
    "templates",
]
PAGES += ["health", "retention"]
# Each step, with `{}` where the row's id goes, and the row it is about.
STEPS = {
    "members/{}/role/": "member",
    "members/{}/deactivate/": "member",
    "members/{}/reactivate/": "member",
    "invitations/{}/withdraw/": "invitation",
    "teams/{}/": "team",
    "teams/{}/delete/": "team",
    "tokens/{}/revoke/": "token",
    "channels/{}/check/": "channel",
    "channels/{}/access-token/": "channel",
    "channels/{}/app-secret/": "channel",
    "channels/{}/app-secret/forget/": "channel",
    "channels/{}/pause/": "channel",
    "channels/{}/resume/": "channel",
}
NEW = [
    "members/invite/",
    "teams/create/",
    "tokens/create/",
    "audit/export/",
    "templates/sync/",
    "health/replay/",
]


def make_rows() -> dict:
    return {
        "member": make_member("Somebody"),
        "invitation": invite("nia@clinic.example", Role.AGENT)[0],
        "team": make_team(),
        "token": create_api_token("Booking system")[0],
        "channel": make_channel(),
    }


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_of_the_clinic_are_for_admins(clinic, page):
    seen = {}

    for role in Role.values:
        browser = Client()
        browser.force_login(make_member("Somebody", role).user)
        seen[role] = browser.get(f"/settings/{page}/").status_code

    assert seen == {"owner": 200, "admin": 200, "agent": 403}


@pytest.mark.parametrize("page", [*PAGES, "profile"])
def test_the_pages_ask_strangers_to_sign_in(db, client, page):
    response = client.get(f"/settings/{page}/")

    assert (response.status_code, response.url) == (302, f"/accounts/login/?next=/settings/{page}/")


@pytest.mark.parametrize("step", [*STEPS, *NEW])
def test_an_agent_takes_none_of_the_steps(clinic, member, client, step):
    rows = make_rows()
    client.force_login(member.user)

    row = rows.get(STEPS.get(step))

    assert client.post(f"/settings/{step.format(row and row.pk)}").status_code == 403


@pytest.fixture(params=["both walls", "the database alone", "the ORM alone"])
def walls(request, monkeypatch, owner_connection):
    """Each wall by itself must hold: run the test with both, and with either taken down."""
    tables = [model._meta.db_table for model in apps.get_models() if issubclass(model, ClinicModel)]
    if request.param == "the database alone":
        monkeypatch.setattr(ClinicManager, "get_queryset", models.Manager.get_queryset)
    if request.param != "the ORM alone":
        yield
        return
    for table in tables:
        owner_connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    yield
    connection.close()
    for table in tables:
        owner_connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


@pytest.mark.parametrize("step", STEPS)
def test_another_clinics_rows_are_not_found(walls, client, step):
    ours, theirs = make_clinic(), make_clinic()
    with clinic_scope(ours.pk):
        client.force_login(make_member("Olga Owner", Role.OWNER).user)
    with clinic_scope(theirs.pk):
        row = make_rows()[STEPS[step]]
        before = type(row).objects.filter(pk=row.pk).values().get()

    response = client.post(
        f"/settings/{step.format(row.pk)}", {"role": "owner", "name": "x", "token": "x", "secret": "x"}
    )

    assert response.status_code == 404
    with clinic_scope(theirs.pk):
        assert type(row).objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("step", [*STEPS, *NEW])
def test_the_steps_are_taken_by_post_only(admin, client, step):
    client.force_login(admin.user)

    assert client.get(f"/settings/{step.format(uuid7())}").status_code in (404, 405)


def test_a_step_needs_the_pages_own_token(admin):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin.user)

    assert browser.post("/settings/teams/create/", {"name": "Front desk"}).status_code == 403
    assert Team.objects.count() == 0


def test_a_member_changes_their_own_settings(member, client):
    client.force_login(member.user)

    values = {"name": "Ada Renamed", "language": "es", "density": "roomy", "role": "owner"}
    client.post("/settings/profile/", values)

    after = Member.objects.get(pk=member.pk)
    assert (after.name, after.language, after.density) == ("Ada Renamed", "es", "roomy")
    assert after.role == Role.AGENT


def test_the_pane_alone_answers_htmx(member, client):
    client.force_login(member.user)

    response = client.get("/settings/profile/", headers={"HX-Request": "true"})

    assert response.text.lstrip().startswith('<div id="pane"')


def test_an_admin_changes_the_clinic(clinic, admin, client):
    client.force_login(admin.user)

    values = {
        "name": "New Name",
        "time_zone": "America/Sao_Paulo",
        "language": "pt",
        "idle_timeout_minutes": 15,
    }
    client.post("/settings/details/", values)

    after = Clinic.objects.get(pk=clinic.pk)
    assert (after.name, after.time_zone, after.idle_timeout_minutes) == ("New Name", "America/Sao_Paulo", 15)


def test_an_invented_time_zone_is_refused(clinic, admin, client):
    client.force_login(admin.user)
    values = {"name": "New Name", "time_zone": "Mars/Olympus", "language": "en", "idle_timeout_minutes": 15}

    response = client.post("/settings/details/", values)

    assert response.context["form"].errors.keys() == {"time_zone"}


def test_a_left_screen_stays_signed_in_for_an_hour_at_most(clinic, admin, client):
    client.force_login(admin.user)
    values = {"name": "New Name", "time_zone": "UTC", "language": "en", "idle_timeout_minutes": 61}

    response = client.post("/settings/details/", values)

    assert response.context["form"].errors.keys() == {"idle_timeout_minutes"}
    assert idle_limit(Clinic(idle_timeout_minutes=720)) == timedelta(hours=1)


def test_a_team_is_renamed_and_gets_exactly_the_members_chosen(admin, client):
    ada, bo = make_member("Ada"), make_member("Bo")
    team = set_team_members(create_team("Front desk"), [ada])
    client.force_login(admin.user)

    client.post(f"/settings/teams/{team.pk}/", {"name": "Reception", "members": [bo.pk]})

    team.refresh_from_db()
    assert (team.name, [each.name for each in team.members.all()]) == ("Reception", ["Bo"])


def test_another_clinics_member_does_not_get_into_a_team(db, client):
    ours, theirs = make_clinic(), make_clinic()
    with clinic_scope(theirs.pk):
        stranger = make_member("Stranger")
    with clinic_scope(ours.pk):
        client.force_login(make_member("Olga Owner", Role.OWNER).user)
        team = make_team()

    client.post(f"/settings/teams/{team.pk}/", {"name": "Front desk", "members": [stranger.pk]})

    with clinic_scope(ours.pk):
        assert team.members.count() == 0


def test_two_teams_do_not_share_a_name(admin, client):
    create_team("Front desk")
    client.force_login(admin.user)

    response = client.post("/settings/teams/create/", {"name": "front DESK"})

    assert "There is a team called front DESK already." in response.text
    assert Team.objects.count() == 1


def test_a_key_is_shown_once(admin, client):
    client.force_login(admin.user)

    text = client.post("/settings/tokens/create/", {"name": "Booking system"}).context["text"]

    token = ApiToken.objects.get()
    assert text.startswith(f"ci_{admin.clinic_id.hex}_")
    assert token.hint == text[-4:]
    assert token.token_hash not in text
    assert text not in client.get("/settings/tokens/").text


def test_keys_made_by_somebody_who_leaves_end_with_them_and_are_named_before(admin, client):
    maker = make_member("Former Admin", Role.ADMIN)
    create_api_token("Booking system", by=maker)
    create_api_token("Accounting", by=admin)
    client.force_login(admin.user)
    question = client.get("/settings/members/").text

    client.post(f"/settings/members/{maker.pk}/deactivate/")

    assert "the systems that use them: Booking system." in question
    assert [token.name for token in ApiToken.objects.filter(revoked_at=None)] == ["Accounting"]
    assert AuditEntry.objects.filter(action="api_token.revoked", member=admin).count() == 1


@pytest.mark.parametrize("page", ["members", "teams", "tokens", "audit", "channels"])
def test_a_longer_list_takes_no_more_queries(admin, client, page, django_assert_max_num_queries):
    client.force_login(admin.user)
    counts = []

    for rows in (1, 2):
        make_rows()
        Team.objects.filter(name="Front desk").update(name=f"Team {rows}")
        invite(f"nia{rows}@clinic.example", Role.AGENT, by=admin)
        client.get(f"/settings/{page}/")
        with django_assert_max_num_queries(100) as queries:
            client.get(f"/settings/{page}/")
        counts.append(len(queries))

    assert counts[0] == counts[1]
