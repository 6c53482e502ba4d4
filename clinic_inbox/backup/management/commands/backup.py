import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic_inbox.backup import archive, database, sealed
from clinic_inbox.local.folder import write_private
from clinics.queries import BACKUP_STAMP

UNFINISHED = ".unfinished"
UNFINISHED_SECONDS = 24 * 3600


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
            told, facts, erasures = _write(target, at)
            if erasures:  # in no backup of before: kept beside this one, where the next restore finds it
                _write_list(target.with_name(f"{target.name}.erasures"), erasures)
        except (database.Refused, sealed.NoKey, OSError) as problem:
            raise CommandError(str(problem)) from None
        write_private(settings.DATA_DIR / BACKUP_STAMP, {"at": at.isoformat()})
        self.stdout.write(
            f"{target}: {sum(facts['rows'].values())} rows, {told['files']} files of {told['bytes']} bytes,"
            f" {target.stat().st_size} bytes in {time.monotonic() - started:.1f} s"
        )


def _write(target: Path, at: datetime) -> tuple[dict, dict, list[str]]:
    """Beside the target first: a file with its name is a whole one, on the disk, and readable by us only."""
    sealed.keys(settings.BACKUP_KEY)
    url = database.url_as(settings.DATABASE_ADMIN_URL, settings.DATABASE_URL)
    _forget_unfinished(target)
    # A new file of our own: one that lies there might be open to others, or a link, or another run's.
    unfinished = target.with_name(f"{target.name}.{secrets.token_hex(4)}{UNFINISHED}")
    file = os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    try:
        with file, database.snapshot_of(url) as (session, snapshot):
            facts = database.facts_of(session) | {
                "at": at.isoformat(),
                "app": database.role_of(settings.DATABASE_URL),
            }
            erasures = database.erasures_of(session)
            told = archive.write(
                file, settings.BACKUP_KEY, facts=database.as_json(facts),
                dump=database.dump(url, snapshot, facts["server"]), media=settings.MEDIA_ROOT,
            )  # fmt: skip
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
        _sync(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return told, facts, erasures


def _write_list(path: Path, lines: list[str]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def _forget_unfinished(target: Path) -> None:
    """What backups that were killed left beside it, a day ago: by then none is still being made."""
    for left in target.parent.glob(f"*{UNFINISHED}"):
        is_ours = left.name.startswith(("clinic-", f"{target.name}."))
        if is_ours and left.lstat().st_mtime < time.time() - UNFINISHED_SECONDS:
            left.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Put the new name on the disk too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
