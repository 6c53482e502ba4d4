"""What the rest may know about channels, routes and hooks."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection

from .events import Arrival
from .models import Channel, Template


@dataclass(frozen=True, slots=True)
class Routes:
    """The addresses one hook may speak for: phone number ids and business account ids."""

    numbers: dict[str, tuple[UUID, UUID]]
    businesses: dict[str, tuple[UUID, UUID | None]]
    # Of a hook that several clinics share: since when the address is its present owner's; (kind, address).
    since: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def find(self, arrival: Arrival) -> tuple[UUID | None, UUID | None]:
        """Clinic and channel of an arrival; (None, None) when the hook does not own the address it names."""
        if arrival.number_id:
            return self.numbers.get(arrival.number_id, (None, None))
        return self.businesses.get(arrival.business_id, (None, None))

    def is_older(self, arrival: Arrival, received_at: datetime) -> bool:
        """It came before the address was its present owner's: it may have been told to another clinic."""
        number = arrival.number_id
        since = self.since.get(("number", number) if number else ("business", arrival.business_id))
        return since is not None and received_at < since


def find_routes(hook_id: UUID) -> Routes:
    """All addresses of one hook: the one look-up across clinics (see find_routes() in the first migration)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, external_id, clinic_id, channel_id, since FROM find_routes(%s)", [hook_id]
        )
        rows = cursor.fetchall()
    by_kind, since = {"number": {}, "business": {}}, {}
    for kind, external_id, clinic_id, channel_id, begun in rows:
        by_kind[kind][external_id] = (clinic_id, channel_id)
        if begun is not None:
            since[kind, external_id] = begun
    return Routes(by_kind["number"], by_kind["business"], since)


def channels():
    """The active clinic's channels, by name, without those that were disconnected."""
    return Channel.objects.exclude(state=Channel.State.OFF)


def templates(business_id: str):
    """The active clinic's templates of one business account that it has, or had, by name and language."""
    return Template.objects.filter(business_id=business_id).exclude(status=Template.DRAFT)
