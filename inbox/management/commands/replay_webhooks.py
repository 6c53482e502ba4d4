from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from clinics.management.provisioning import print_json
from inbox.operations.replaying import replay
from integrations.models import WebhookEvent

State = WebhookEvent.State


class Command(BaseCommand):
    help = "Let stored webhooks be read again, after a fault was repaired. What had its effect has no second one."

    def add_arguments(self, parser):
        choices = [State.DEAD, State.QUARANTINED, State.DONE]
        parser.add_argument("--state", choices=choices, help="dead and quarantined, unless told otherwise")
        parser.add_argument("--id", type=int, nargs="+", dest="ids", help="only these")
        parser.add_argument(
            "--since", help="only those that came at or after this time, e.g. 2026-11-23T09:00Z"
        )

    @transaction.atomic
    def handle(self, *, state, ids, since, **options):
        states = [state] if state else [State.DEAD, State.QUARANTINED]
        events = WebhookEvent.objects.filter(state__in=states)
        if ids:
            events = events.filter(pk__in=ids)
        if since:
            events = events.filter(received_at__gte=_time(since))
        count = replay(events)
        print_json(self, replayed=count)


def _time(text: str):
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text!r} is not a time; write it like 2026-11-23T09:00Z")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
