from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clinics.management.provisioning import print_json
from inbox.erasure import ledger, repeating


class Command(BaseCommand):
    help = (
        "Erase again whom a restored backup brought back. FILE is a list of erasures: erasures.jsonl of the data"
        " folder, or the one beside a later backup. Safe to repeat; ends with an error when something waits."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")

    def handle(self, *, files, **options):
        try:
            entries = {entry for file in files for entry in ledger.read(file)}
        except (OSError, ledger.Unreadable) as problem:
            raise CommandError(str(problem)) from None
        outcomes = [repeating.repeat(entry) for entry in sorted(entries, key=lambda each: each.erased_at)]
        counts = {name: outcomes.count(name) for name in repeating.OUTCOMES}
        if counts[repeating.UNDER_WAY]:
            raise CommandError(f"{counts[repeating.UNDER_WAY]} are not finished: run it again in a minute")
        print_json(self, **counts)
