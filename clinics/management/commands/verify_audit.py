import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics import audit_check
from clinics.models import Clinic

MOST_SHOWN = 50
EVENTS = ("audit_sealed", "audit_root")


class Command(BaseCommand):
    help = (
        "Read each clinic's audit log from the first entry to the last and say what was changed, deleted, slipped in or"
        " cut off. Ends with an error when something was."
    )

    def add_arguments(self, parser):
        parser.add_argument("--clinic", metavar="SLUG", help="this clinic only")
        parser.add_argument(
            "--log",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="the product's log lines: compare with what they were told at the time",
        )
        parser.add_argument(
            "--as-of",
            type=datetime.fromisoformat,
            metavar="TIME",
            help="of a restored copy: when it was made",
        )

    def handle(self, *, clinic, log, as_of, **options):
        clinics = Clinic.objects.filter(slug=clinic) if clinic else Clinic.objects.order_by("slug")
        if clinic and not clinics:
            raise CommandError(f"there is no clinic {clinic}")
        told = _told(log)
        found = sum([self._check(each, as_of or timezone.now(), told[str(each.pk)]) for each in clinics])
        if found:
            raise CommandError(f"the audit log is not whole: {found} problems")

    def _check(self, clinic: Clinic, as_of: datetime, told: dict[int, str]) -> int:
        with clinic_scope(clinic.pk):
            report = audit_check.check(clinic, as_of=as_of, told=told)
        for problem in report.problems[:MOST_SHOWN]:
            self.stderr.write(f"{clinic.slug}: {problem}")
        self.stdout.write(
            f"{clinic.slug}: {report.entries} entries, {report.roots} roots, {report.unsealed} not yet sealed,"
            f" {len(report.problems)} problems; link {report.head.seq} is {report.head.digest.hex()}"
        )
        return len(report.problems)


def _told(files: list[Path]) -> defaultdict[str, dict[int, str]]:
    """By clinic: the digest of each link that the log names. Lines of anything else are passed over."""
    told = defaultdict(dict)
    for file in files:
        with file.open(errors="replace") as lines:
            for line in lines:
                if any(event in line for event in EVENTS):
                    _hear(line, told)
    return told


def _hear(line: str, told: defaultdict[str, dict[int, str]]) -> None:
    try:
        facts = json.loads(line[line.index("{") :])  # some collectors write a time before it
        if facts["event"] in EVENTS:
            told[facts["clinic_id"]][int(facts["seq"])] = facts["digest"]
    except (ValueError, KeyError, TypeError):
        return
