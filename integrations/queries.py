"""What the rest may know about channels, routes and hooks."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from .events import Arrival
from .models import Channel, Hook, Template


@dataclass(frozen=True, slots=True)
class Routes:
    """The addresses one hook may speak for: phone number ids and business account ids."""

    numbers: dict[str, tuple[UUID, UUID]]
    businesses: dict[str, tuple[UUID, UUID | None]]

    def find(self, arrival: Arrival) -> tuple[UUID | None, UUID | None]:
        """Clinic and channel of an arrival; (None, None) when the hook does not own the address it names."""
        if arrival.number_id:
            return self.numbers.get(arrival.number_id, (None, None))
        return self.businesses.get(arrival.business_id, (None, None))


def find_routes(hook_id: UUID) -> Routes:
    """All addresses of one hook: the one look-up across clinics (see find_routes() in the first migration)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, external_id, clinic_id, channel_id FROM find_routes(%s)", [hook_id])
        rows = cursor.fetchall()
    by_kind = {"number": {}, "business": {}}
    for kind, external_id, clinic_id, channel_id in rows:
        by_kind[kind][external_id] = (clinic_id, channel_id)
    return Routes(by_kind["number"], by_kind["business"])


def find_hook(hook_id: UUID) -> Hook | None:
    """One provider app by the id in its webhook address."""
    return Hook.objects.filter(pk=hook_id).first()


def channels():
    """The active clinic's channels, by name, without those that were disconnected."""
    return Channel.objects.exclude(state=Channel.State.OFF)


def templates(business_id: str):
    """The active clinic's templates of one business account, by name and language."""
    return Template.objects.filter(business_id=business_id)
