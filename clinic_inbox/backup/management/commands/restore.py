import time
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic_inbox.backup import archive, database, proof, sealed


class Command(BaseCommand):
    help = "Put a backup into the empty database of DATABASE_URL and the empty folder for files."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        started = time.monotonic()
        try:
            url = database.url_as(settings.DATABASE_ADMIN_URL, settings.DATABASE_URL)
            _refuse_what_is_not_empty(url)
            with file.open("rb") as whole:
                archive.check(whole, settings.BACKUP_KEY)
            found, told = _restore(file, url)
        except (database.Refused, sealed.NoKey, sealed.Damaged, OSError) as problem:
            raise CommandError(str(problem)) from None
        if found:
            raise CommandError("restored, but:\n" + "\n".join(found))
        self.stdout.write(
            f"restored with {told['files']} files in {time.monotonic() - started:.1f} s\n"
            "next: migrate, then reapply_erasures with the newest list, before anybody works here"
        )


def _refuse_what_is_not_empty(url: str) -> None:
    with psycopg.connect(url) as session:
        if session.execute(database.TABLES).fetchall():
            raise database.Refused("the database has tables: restore into an empty one")
    if settings.MEDIA_ROOT.exists() and any(settings.MEDIA_ROOT.iterdir()):
        raise database.Refused(f"{settings.MEDIA_ROOT} is not empty")


def _restore(file: Path, url: str) -> tuple[list[str], dict]:
    with file.open("rb") as opened:
        contents = archive.Contents(opened, settings.BACKUP_KEY)
        app = database.role_of(settings.DATABASE_URL)
        if app != contents.facts["app"]:
            raise database.Refused(
                f"the backup is of the role {contents.facts['app']}, DATABASE_URL of {app}"
            )
        database.restore(url, contents.dump())
        told = contents.files(settings.MEDIA_ROOT)
    with psycopg.connect(url) as session:
        found = proof.differences(session, contents.facts) + proof.keys_that_open_nothing(session)
    return found, told
