"""A backup of a clinic is made, encrypted, restored into a throw-away server and compared; what is wrong is found."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from clinic_inbox.backup import archive, database, proof
from clinic_inbox.local import commands, throwaway
from clinic_inbox.tenancy import clinic_scope
from clinics import audit_chain, queries
from clinics.models import Clinic
from tests.backup.test_sealed import KEY, OTHER
from tests.clinics.signing_in import give_app
from tests.factories import make_team
from tests.isolation.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "Kanarienvogel"


@pytest.fixture
def world(settings, tmp_path):
    """A clinic with a row of everything, its audit log sealed, and a place for backups."""
    settings.BACKUP_KEY, settings.DATA_DIR = KEY, tmp_path / "data"
    settings.MEDIA_ROOT = settings.DATA_DIR / "media"
    settings.MEDIA_ROOT.mkdir(parents=True)
    (tmp_path / "backups").mkdir()
    world = World(CANARY)
    with clinic_scope(world.clinic.pk):
        audit_chain.seal(world.clinic.pk)
    return world


@pytest.fixture
def backup(world, tmp_path):
    return make_backup(tmp_path / "backups")


@pytest.fixture
def temporary(monkeypatch, tmp_path):
    """The folder for temporary files, of this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(proof.tempfile, "tempdir", str(folder))
    return folder


def make_backup(folder: Path) -> Path:
    call_command("backup", "--to", str(folder))
    (made,) = folder.glob("*.backup")
    return made


def test_a_backup_of_a_clinic_at_work_is_restored_and_found_equal(
    world, monkeypatch, temporary, tmp_path, capsys, settings
):
    def and_meanwhile_somebody_writes(session):
        facts = facts_of(session)
        with clinic_scope(world.clinic.pk):
            make_team("Made after the snapshot")
        return facts

    def with_a_look_at_the_disk(*args):
        size = add_file(*args)
        kept = [path.read_bytes() for path in (*(tmp_path / "backups").iterdir(), *temporary.iterdir())]
        assert [CANARY.encode() in content for content in kept] == [False]
        return size

    facts_of, add_file = database.facts_of, archive._add_file
    with monkeypatch.context() as patch:
        patch.setattr(database, "facts_of", and_meanwhile_somebody_writes)
        patch.setattr(archive, "_add_file", with_a_look_at_the_disk)
        backup = make_backup(tmp_path / "backups")
    capsys.readouterr()

    call_command("restore_check", str(backup))

    said = capsys.readouterr().out
    assert " 2 inbox_attachment\n" in said
    files = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    chains = Clinic.objects.count()
    assert f"{chains} audit chains whole, {len(files)} files of " in said
    assert CANARY.encode() not in backup.read_bytes()
    assert oct(backup.stat().st_mode)[-3:] == "600"
    assert list(temporary.iterdir()) == []
    assert datetime.now(UTC) - queries.last_backup_at() < timedelta(minutes=5)


def test_whatever_differs_is_named(world, monkeypatch, settings, superuser_connection, tmp_path, capsys):
    give_app(world.owner.user)
    superuser_connection.execute("UPDATE clinics_auditentry SET actor = 'nobody'")
    facts = database.facts_of(superuser_connection)
    held = facts["rows"]["inbox_message"]
    facts["rows"]["inbox_message"] += 1
    facts["audit"][str(world.clinic.pk)][0] += 1
    with monkeypatch.context() as patch:
        patch.setattr(database, "facts_of", lambda session: facts)
        backup = make_backup(tmp_path / "backups")
    settings.KEY_RING = "new:bmV3LXRlc3Qta2V5LW5vdC1hLXNlY3JldC0wMDAwMDA="

    with pytest.raises(CommandError) as error:
        call_command("restore_check", str(backup))

    said = str(error.value)
    assert f"inbox_message: {held + 1} rows in the backup, {held} restored" in said
    assert f"the audit chain of clinic {world.clinic.pk} ends elsewhere" in said
    assert "does not open integrations_channel.access_token_sealed: it needs the key test" in said
    assert "does not open mfa_authenticator.data: it needs the key test" in said
    assert "the entry or a link here was changed" in said


@pytest.mark.parametrize("harm", ["flip", "cut", "key"])
def test_a_damaged_file_is_refused(backup, settings, harm):
    whole = backup.read_bytes()
    if harm == "key":
        settings.BACKUP_KEY = OTHER
    else:
        backup.write_bytes(
            whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :]
            if harm == "flip"
            else whole[:-1]
        )

    with backup.open("rb") as file, pytest.raises(archive.Damaged):
        archive.check(file, settings.BACKUP_KEY)
    with pytest.raises(CommandError):
        call_command("restore_check", str(backup))


def test_a_file_that_is_not_what_its_digest_says_is_found(world, tmp_path, monkeypatch, settings):
    monkeypatch.setattr(archive, "DIGEST", "CLINIC.other")
    backup = make_backup(tmp_path / "backups")
    monkeypatch.undo()
    settings.BACKUP_KEY = KEY

    with backup.open("rb") as file:
        contents = archive.Contents(file, KEY)
        list(contents.dump())
        with pytest.raises(archive.Damaged, match="digest"):
            contents.files()


def test_a_backup_is_put_into_an_empty_database(backup, world, settings, tmp_path, capsys):
    with proof.throw_away_server("clinic_owner", "clinic_app") as server:
        settings.DATABASE_ADMIN_URL, settings.DATABASE_URL = server.admin, server.app
        settings.MEDIA_ROOT = tmp_path / "other" / "media"

        call_command("restore", str(backup))

        names = {path.read_text() for path in settings.MEDIA_ROOT.rglob("*.txt")}
        with psycopg.connect(server.app) as app:
            app.execute("SELECT set_config('app.clinic_id', %s, true)", [str(world.clinic.pk)])
            told = app.execute("SELECT text FROM inbox_message WHERE direction = 'in'").fetchall()
            hidden = app.execute(
                "UPDATE clinics_team SET name = name WHERE clinic_id <> %s", [world.clinic.pk]
            )
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("DELETE FROM clinics_auditentry")
        with pytest.raises(CommandError, match="has tables"):
            call_command("restore", str(backup))

    # A patient's file, and those of saved replies.
    assert (told, names, hidden.rowcount) == ([(f"{CANARY} text",)], {f"{CANARY} file", CANARY}, 0)
    restored = [path.stat() for path in settings.MEDIA_ROOT.rglob("*")]
    assert {oct(each.st_mode)[-3:] for each in restored} == {"600", "700"}


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "must name a superuser"),
        ("DATABASE_OWNER_URL", "bound by row-level security"),
        ("DATABASE_URL", "bound by row-level security"),
    ],
)
def test_a_dump_that_would_be_empty_is_refused(world, settings, tmp_path, url, sentence):
    settings.DATABASE_ADMIN_URL = os.environ.get(url, "")

    with pytest.raises(CommandError, match=sentence):
        call_command("backup", "--to", str(tmp_path / "backups"))

    assert list((tmp_path / "backups").iterdir()) == []
    assert queries.last_backup_at() is None


def test_without_a_key_there_is_no_backup(world, settings, tmp_path):
    settings.BACKUP_KEY = ""

    with pytest.raises(CommandError, match="BACKUP_KEY must be set"):
        call_command("backup", "--to", str(tmp_path / "backups"))


def test_a_dump_that_fails_leaves_no_file(world, monkeypatch, tmp_path):
    monkeypatch.setattr(database, "TABLES", "SELECT 'clinics_team'")
    monkeypatch.setattr(database, "_check_version", lambda server: None)
    monkeypatch.setattr(database, "PART", 1)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_dump").write_text("#!/bin/sh\nprintf half\necho 'no space' >&2\nexit 1\n")
    (programs / "pg_dump").chmod(0o700)
    monkeypatch.setattr(database, "postgres_programs", lambda name: programs)

    with pytest.raises(CommandError, match="pg_dump failed: no space"):
        call_command("backup", "--to", str(tmp_path / "backups"))

    assert list((tmp_path / "backups").iterdir()) == []


def test_what_a_killed_run_left_goes_after_a_day_and_is_never_written_into(world, tmp_path):
    folder, elsewhere = tmp_path / "backups", tmp_path / "elsewhere"
    left = [folder / f"clinic-{name}.backup.ab{name}.unfinished" for name in ("old", "new")]
    for path in left:
        path.write_bytes(b"half")
    os.utime(left[0], (0, 0))
    (folder / "hourly.unfinished").symlink_to(elsewhere)

    call_command("backup", "--to", str(folder / "hourly"))

    assert sorted(path.name for path in folder.iterdir()) == [
        left[1].name,
        "hourly",
        "hourly.erasures",
        "hourly.unfinished",
    ]
    assert not elsewhere.exists()


def test_postgres_programs_are_told_all_of_the_address_but_its_password(monkeypatch, tmp_path):
    (tmp_path / "pg_restore").write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/said\necho "$PGPASSWORD" >> {tmp_path}/said\n'
    )
    (tmp_path / "pg_restore").chmod(0o700)
    monkeypatch.setattr(database, "postgres_programs", lambda name: tmp_path)

    database.restore("postgresql://me:p%40ss@db.example:6000/clinic?sslmode=verify-full", [])

    arguments, password = (tmp_path / "said").read_text().splitlines()
    told = "--dbname=user=me dbname=clinic host=db.example port=6000 sslmode=verify-full"
    assert sorted(arguments.split()) == sorted(f"--no-password {told} --exit-on-error".split())
    assert password == "p@ss"


def test_a_program_that_complains_at_length_is_heard_while_it_works(monkeypatch, tmp_path):
    complains = (
        "i=0; while [ $i -lt 5000 ]; do echo 'a warning of forty letters, more or less' >&2; i=$((i+1)); done"
    )
    (tmp_path / "pg_dump").write_text(f"#!/bin/sh\n{complains}\nprintf dumped\nexit 0\n")
    (tmp_path / "pg_dump").chmod(0o700)
    monkeypatch.setattr(database, "postgres_programs", lambda name: tmp_path)
    monkeypatch.setattr(database, "_check_version", lambda server: None)

    begun, start = [], subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *told, **more: begun.append(start(*told, **more)) or begun[0]
    )
    with ThreadPoolExecutor(1) as pool:
        dumped = pool.submit(list, database.dump("postgresql://me@db.example/clinic", "none", 18))
        try:
            assert dumped.result(15) == [b"dumped"]
        finally:
            begun[0].kill()


def test_older_programs_than_the_server_are_refused(monkeypatch, tmp_path):
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 16.4'\n")
    (tmp_path / "pg_dump").chmod(0o700)
    monkeypatch.setattr(database, "postgres_programs", lambda name: tmp_path)

    with pytest.raises(database.Refused, match="set PG_BIN"):
        list(database.dump(throwaway.superuser_url(), "none", 18))


def test_only_the_commands_that_need_it_get_the_superuser(tmp_path):
    environment = {"DATABASE_URL": "postgresql://clinic_app:secret@127.0.0.1:5433/clinic"}

    for command in (["migrate"], ["shell"], ["restore_check", "x"], []):
        assert commands._with_superuser(tmp_path, environment, command) == environment
    given = commands._with_superuser(tmp_path, environment, ["backup", "--to", "x"])

    password = json.loads((tmp_path / "secrets.json").read_text())["superuser"]
    assert given["DATABASE_ADMIN_URL"] == f"postgresql://postgres:{password}@127.0.0.1:5433/postgres"
