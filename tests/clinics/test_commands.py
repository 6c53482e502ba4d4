import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clinic_inbox.tenancy import clinic_scope
from clinics.models import ApiToken, AuditEntry, Clinic, Member, Role, User
from clinics.operations.tokens import digest
from integrations.models import Channel, Hook
from tests.factories import make_clinic

ROOT = Path(__file__).resolve().parents[2]
CHANNEL = {
    "phone_number_id": "100001",
    "waba_id": "200001",
    "app_secret": "secret",
    "verify_token": "verify",
    "access_token": "access",
}


@pytest.fixture
def run(capsys):
    """Run a command as the shell does, and read the one JSON object it prints."""

    def run(command: str, /, **options) -> dict:
        words = [
            word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", str(value))
        ]
        call_command(command, *words)
        return json.loads(capsys.readouterr().out)

    return run


def test_a_clinic_is_made(db, run):
    told = run("create_clinic", name="Harbour Clinic", slug="harbour", time_zone="Europe/London")

    clinic = Clinic.objects.get(slug="harbour")
    assert told == {
        "id": str(clinic.pk),
        "slug": "harbour",
        "name": "Harbour Clinic",
        "time_zone": "Europe/London",
    }


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"slug": "taken"}, "taken already"),
        ({"slug": "not a slug"}, "slug"),
        ({"slug": "free", "time_zone": "London"}, "not a time zone"),
    ],
)
def test_a_clinic_that_cannot_be_made_is_an_error(db, run, options, error):
    make_clinic(slug="taken")

    with pytest.raises(CommandError, match=error):
        run("create_clinic", name="Clinic", **options)

    assert Clinic.objects.count() == 1


def test_a_new_person_gets_a_password_that_is_told_once(db, run):
    clinic = make_clinic(slug="harbour")

    told = run("create_member", clinic="harbour", email="Ada@Clinic.example", name="Ada", role="owner")

    assert User.objects.get(email="ada@clinic.example").check_password(told["password"])
    with clinic_scope(clinic.pk):
        assert Member.objects.get().role == Role.OWNER
        assert told["password"] not in str(AuditEntry.objects.values_list("detail", flat=True))


def test_a_known_persons_password_is_neither_changed_nor_told(db, run):
    User.objects.create_user("ada@clinic.example", "correct horse battery")
    make_clinic(slug="harbour")

    told = run("create_member", clinic="harbour", email="ada@clinic.example", name="Ada")

    assert told["password"] is None
    assert User.objects.get().check_password("correct horse battery")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"clinic": "nowhere"}, "no clinic"),
        ({"password": "short"}, "too short"),
        ({"email": "not an address"}, "valid email"),
    ],
)
def test_a_member_that_cannot_be_made_is_an_error_and_nobody_is_left(db, run, options, error):
    make_clinic(slug="harbour")

    with pytest.raises(CommandError, match=error):
        run("create_member", **{"clinic": "harbour", "email": "ada@clinic.example", "name": "Ada"} | options)

    assert User.objects.count() == 0


def test_a_key_is_told_and_only_its_digest_kept(db, run):
    clinic = make_clinic(slug="harbour")

    told = run("create_api_token", clinic="harbour", name="Booking system")

    with clinic_scope(clinic.pk):
        assert ApiToken.objects.get().token_hash == digest(told["token"])
    assert told["token"].startswith(f"ci_{clinic.pk.hex}_")
    assert len(told["token"]) == 3 + 32 + 1 + 43


def test_a_channel_tells_where_its_webhooks_go(db, run, settings):
    settings.PUBLIC_URL = "https://inbox.example"
    clinic = make_clinic(slug="harbour")

    told = run(
        "add_whatsapp_channel", clinic="harbour", name="Main", graph_url="http://127.0.0.1:1/graph", **CHANNEL
    )

    with clinic_scope(clinic.pk):
        channel = Channel.objects.get()
    assert told["webhook_url"] == f"https://inbox.example/webhooks/whatsapp/{channel.hook_id}/"
    assert (channel.name, channel.api_url) == ("Main", "http://127.0.0.1:1/graph")


def test_a_second_number_joins_a_hook(db, run):
    make_clinic(slug="harbour")
    first = run("add_whatsapp_channel", clinic="harbour", **CHANNEL)

    second = run(
        "add_whatsapp_channel",
        clinic="harbour",
        phone_number_id="100002",
        waba_id="200001",
        access_token="access",
        hook=first["hook"],
    )

    assert second["hook"] == first["hook"]
    assert Hook.objects.count() == 1


def test_a_number_that_is_connected_is_an_error(db, run):
    make_clinic(slug="harbour")
    run("add_whatsapp_channel", clinic="harbour", **CHANNEL)

    with pytest.raises(CommandError, match="connected already"):
        run("add_whatsapp_channel", clinic="harbour", **CHANNEL)


def test_an_error_goes_to_stderr_with_a_code(server_env):
    command = [sys.executable, "manage.py", "create_api_token", "--clinic", "nowhere", "--name", "x"]
    done = subprocess.run(command, cwd=ROOT, env=server_env, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no clinic with the short name 'nowhere'" in done.stderr
