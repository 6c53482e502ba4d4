import os
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic_inbox.backup import archive, database, sealed
from clinic_inbox.local.folder import write_private
from clinics.queries import BACKUP_STAMP


class Command(BaseCommand):
    help = "Write the database and the files into one encrypted file, as they are at this moment."

    def add_arguments(self, parser):
        parser.add_argument(
            "--to", type=Path, required=True, help="a folder, or a file that is not there yet"
        )

    def handle(self, *, to, **options):
        started, at = time.monotonic(), datetime.now(UTC)
        target = to / f"clinic-{at:%Y%m%dT%H%M%SZ}.backup" if to.is_dir() else to
        if target.exists():
            raise CommandError(f"{target} is there already")
        try:
            told, facts = _write(target, at)
        except (database.Refused, sealed.NoKey, OSError) as problem:
            raise CommandError(str(problem)) from None
        write_private(settings.DATA_DIR / BACKUP_STAMP, {"at": at.isoformat()})
        self.stdout.write(
            f"{target}: {sum(facts['rows'].values())} rows, {told['files']} files of {told['bytes']} bytes,"
            f" {target.stat().st_size} bytes in {time.monotonic() - started:.1f} s"
        )


def _app_role() -> str:
    return unquote(urlsplit(settings.DATABASE_URL).username or "")


def _write(target: Path, at: datetime) -> tuple[dict, dict]:
    """Beside the target first: a file with its name is a whole one."""
    sealed.keys(settings.BACKUP_KEY)
    url = database.url_as(settings.DATABASE_ADMIN_URL, settings.DATABASE_URL)
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        with (
            os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
            database.snapshot_of(url) as (session, snapshot),
        ):
            facts = database.facts_of(session) | {"at": at.isoformat(), "app": _app_role()}
            told = archive.write(
                file, settings.BACKUP_KEY, facts=database.as_json(facts),
                dump=database.dump(url, snapshot, facts["server"]), media=settings.MEDIA_ROOT,
            )  # fmt: skip
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return told, facts
