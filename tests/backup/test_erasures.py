"""Whoever was erased after a backup comes back with it, and is erased again from the list that lay elsewhere."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.core.management import call_command

from clinic_inbox.backup import proof
from clinic_inbox.local.folder import HOME
from clinic_inbox.tenancy import clinic_scope
from contacts import joining
from inbox.erasure import ledger, running
from inbox.operations import erasing
from tests.backup.test_sealed import KEY
from tests.factories import make_contact
from tests.isolation.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "Kanarienvogel"
LEFT = """
SELECT (SELECT count(*) FROM contacts_contact), (SELECT count(*) FROM inbox_conversation),
    (SELECT count(*) FROM inbox_message), (SELECT count(*) FROM inbox_tombstone) > 0
"""


@pytest.fixture
def world(settings, tmp_path):
    settings.BACKUP_KEY, settings.DATA_DIR = KEY, tmp_path / "data"
    settings.MEDIA_ROOT = settings.DATA_DIR / "media"
    settings.MEDIA_ROOT.mkdir(parents=True)
    return World(CANARY)


def erase(world) -> None:
    with clinic_scope(world.clinic.pk):
        erasure = erasing.erase(world.rows["contact"], "asked", by=world.owner)
    running.run(world.clinic.pk, erasure.pk)


def test_who_was_erased_after_a_backup_stays_erased_after_its_restore(world, tmp_path, settings, capsys):
    call_command("backup", "--to", str(tmp_path / "before.backup"))
    erase(world)
    kept = settings.DATA_DIR / ledger.NAME
    with proof.throw_away_server("clinic_owner", "clinic_app") as server:
        settings.DATABASE_ADMIN_URL, settings.DATABASE_URL = server.admin, server.app
        settings.DATA_DIR = tmp_path / "other"
        settings.MEDIA_ROOT = settings.DATA_DIR / "media"
        call_command("restore", str(tmp_path / "before.backup"))
        files = {path.read_text() for path in settings.MEDIA_ROOT.rglob("*.txt")}
        came_back = left(server, world)

        subprocess.run(
            [sys.executable, HOME / "manage.py", "reapply_erasures", kept], cwd=HOME, check=True,
            env=os.environ | {"DATABASE_URL": server.app, "DATA_DIR": str(settings.DATA_DIR)},
        )  # fmt: skip

        assert (came_back[0], left(server, world)) == (1, (0, 0, 0, True))
    assert "reapply_erasures" in capsys.readouterr().out
    now = {path.read_text() for path in settings.MEDIA_ROOT.rglob("*.txt")}
    assert (f"{CANARY} file" in files, f"{CANARY} file" in now) == (True, False)


def left(server, world) -> tuple:
    with psycopg.connect(server.app) as app:
        app.execute("SELECT set_config('app.clinic_id', %s, true)", [str(world.clinic.pk)])
        return app.execute(LEFT).fetchone()


def test_each_backup_has_the_list_of_all_erasures_beside_it(world, tmp_path):
    with clinic_scope(world.clinic.pk):
        former = make_contact().pk
        joining.absorb(former, world.rows["contact"].pk)
    erase(world)

    call_command("backup", "--to", str(tmp_path / "after.backup"))

    listed = tmp_path / "after.backup.erasures"
    assert {world.rows["contact"].pk, former} <= {entry.contact_id for entry in ledger.read(listed)[0]}
    assert oct(listed.stat().st_mode)[-3:] == "600"
