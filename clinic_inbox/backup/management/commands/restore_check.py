import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic_inbox.backup import archive, database, proof, sealed


class Command(BaseCommand):
    help = (
        "Restore a backup into a throw-away server and compare: rows per table, the audit chain, sealed values, files."
        " Ends with an error when anything differs. What is unpacked lies in the temporary folder meanwhile."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        started = time.monotonic()
        try:
            with file.open("rb") as opened:
                contents = archive.Contents(opened, settings.BACKUP_KEY)
                found, told = _restore_and_compare(contents)
        except (database.Refused, sealed.NoKey, sealed.Damaged, OSError) as problem:
            raise CommandError(str(problem)) from None
        if found:
            raise CommandError("the backup is not whole:\n" + "\n".join(found))
        self._tell(contents.facts, told, time.monotonic() - started)

    def _tell(self, facts: dict, told: dict, seconds: float) -> None:
        for table, count in facts["rows"].items():
            self.stdout.write(f"{count:>10} {table}")
        age = datetime.now(UTC) - datetime.fromisoformat(facts["at"])
        self.stdout.write(
            f"{len(facts['audit'])} audit chains whole, {told['files']} files of {told['bytes']} bytes\n"
            f"restored and compared in {seconds:.1f} s (a restore takes less)\n"
            f"the backup is {age.total_seconds() / 3600:.1f} h old, its newest row of {facts['newest_row']}"
        )


def _restore_and_compare(contents: archive.Contents) -> tuple[list[str], dict]:
    facts = contents.facts
    with proof.throw_away_server(facts["owner"], facts["app"]) as server:
        database.restore(server.admin, contents.dump())
        told = contents.files()
        with psycopg.connect(server.admin) as session:
            found = proof.differences(session, facts) + proof.keys_that_open_nothing(session)
        return found + proof.audit_problems(server, facts["at"]), told
