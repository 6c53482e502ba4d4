"""When the clinic is open is settled by its admins."""

from datetime import date

from django.utils import timezone

from .. import audit
from ..models import BusinessHours, Member, SpecialDay


def set_week(week: list[list], *, by: Member) -> bool:
    """The usual week from now on: seven lists of (opens, closes). False when it was so already."""
    told = [[list(span) for span in day] for day in week]
    row = BusinessHours.objects.select_for_update().first()
    if row and row.week == told:
        return False
    BusinessHours.objects.update_or_create(defaults={"week": told, "changed_at": timezone.now()})
    audit.record("hours.changed", member=by, detail={"before": row and row.week, "after": told})
    return True


def forget_week(*, by: Member) -> None:
    """Open day and night again, but for special days."""
    before = BusinessHours.objects.values_list("week", flat=True).first()
    if before is not None:
        BusinessHours.objects.all().delete()
        audit.record("hours.changed", member=by, detail={"before": before, "after": None})


def set_day(day: date, name: str, spans: list, *, by: Member) -> SpecialDay:
    """This one day has hours of its own; none at all is a holiday."""
    values = {"name": name, "spans": [list(span) for span in spans]}
    special, _made = SpecialDay.objects.update_or_create(day=day, defaults=values)
    audit.record("hours.day_set", member=by, target=special, detail={"day": day.isoformat(), **values})
    return special


def forget_day(special: SpecialDay, *, by: Member) -> None:
    """The day is like any other of its weekday again."""
    detail = {"day": special.day.isoformat(), "name": special.name}
    audit.record("hours.day_forgotten", member=by, target=special, detail=detail)
    special.delete()
