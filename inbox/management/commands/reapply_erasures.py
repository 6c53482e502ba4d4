from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clinics.management.provisioning import print_json
from inbox.erasure import ledger, repeating


class Command(BaseCommand):
    help = (
        "Erase again whom a restored backup brought back. FILE is a list of erasures: erasures.jsonl of the data"
        " folder, or the one beside a later backup. Safe to repeat; ends with an error when something waits,"
        " or for a line that is no erasure, which keeps none of the others from being done."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")

    def handle(self, *, files, **options):
        try:
            lists = {file: ledger.read(file) for file in files}
        except OSError as problem:
            raise CommandError(str(problem)) from None
        entries = set().union(*(found for found, _ in lists.values()))
        outcomes = [repeating.repeat(entry) for entry in sorted(entries, key=lambda each: each.erased_at)]
        counts = {name: outcomes.count(name) for name in repeating.OUTCOMES}
        print_json(self, **counts)
        problems = [
            f"{file}: line {number} is no erasure" for file, (_, torn) in lists.items() for number in torn
        ]
        if counts[repeating.UNDER_WAY]:
            problems.append(f"{counts[repeating.UNDER_WAY]} are not finished: run it again in a minute")
        if problems:
            raise CommandError("\n".join(problems))
