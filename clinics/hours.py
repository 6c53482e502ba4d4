"""When a clinic is open: weekly spans, days that are different, and the clock of its own time zone.

Spans are minutes of the wall clock, (opens, closes), within one day: 0 to 1440. A night is two of them. Nothing here
asks the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

DAY = 24 * 60
LOOKED_AHEAD = 400  # days; who opens on none of them does not open

Span = tuple[int, int]
WHOLE_DAY = ((0, DAY),)


@dataclass(frozen=True)
class Hours:
    """A clinic's hours as they are today, Monday first."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    days: dict[date, tuple[Span, ...]] = field(
        default_factory=dict
    )  # holidays and days with hours of their own

    def spans_of(self, day: date) -> tuple[Span, ...]:
        """What is open on this day of the calendar, in minutes."""
        return self.days.get(day, self.week[day.weekday()])

    def stretches(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches that end after `since`, in order; what opens as another closes is one stretch with it."""
        first = since.astimezone(self.zone).date() - timedelta(days=1)
        begun = None
        for day in self._days(first):
            for opens, closes in self.spans_of(day):
                start, end = self._moment(day, opens, 0), self._moment(day, closes, 1)
                if end <= start or end <= since:
                    continue  # an hour that the clock skipped, or long over
                if begun and begun[1] >= start:
                    begun = (begun[0], max(begun[1], end))
                    continue
                if begun:
                    yield begun
                begun = (start, end)
        if begun:
            yield (begun[0], self._end_of(begun, first))

    def is_open(self, at: datetime) -> bool:
        """Somebody is meant to answer at this moment."""
        return self.closing(at) is not None

    def closing(self, at: datetime) -> datetime | None:
        """When the stretch that is open at this moment ends; None when it is closed."""
        start, end = next(self.stretches(at), (None, None))
        return end if start and start <= at else None

    def next_opening(self, at: datetime) -> datetime | None:
        """When it opens next, after this moment; None when it never does."""
        return next((start for start, _end in self.stretches(at) if start > at), None)

    def after(self, since: datetime, wait: timedelta) -> datetime | None:
        """The moment by which it will have been open for `wait`; None when it never will."""
        for start, end in self.stretches(since):
            here = max(start, since)
            if end - here >= wait:
                return here + wait
            wait -= end - here
        return None

    @property
    def _is_without_end(self) -> bool:
        """Open day and night, or never, but for the days that are different: no week tells anything new."""
        return all(spans in ((), WHOLE_DAY) and spans == self.week[0] for spans in self.week)

    def _days(self, first: date) -> Iterator[date]:
        """The days of the calendar to look at, from `first` on."""
        count = LOOKED_AHEAD
        if self._is_without_end:
            last = max((day for day in self.days if (day - first).days < LOOKED_AHEAD), default=first)
            count = max((last - first).days, 1) + 2  # today, and one after the last that is different
        return (first + timedelta(days=at) for at in range(count))

    def _end_of(self, last: tuple[datetime, datetime], first: date) -> datetime:
        """When the last stretch that was found ends: open day and night, not with the last day that was looked at."""
        if not (self._is_without_end and self.week[0]):
            return last[1]
        return max(last[1], self._moment(first + timedelta(days=LOOKED_AHEAD), 0, 1))

    def _moment(self, day: date, minutes: int, fold: int) -> datetime:
        """That time of the wall clock. Of an hour that comes twice all is open; one that is skipped is no time."""
        day += timedelta(days=minutes // DAY)
        hour, minute = divmod(minutes % DAY, 60)
        return datetime.combine(day, time(hour, minute, fold=fold), tzinfo=self.zone).astimezone(UTC)


def always(zone: ZoneInfo) -> Hours:
    """Of a clinic that has told no hours: open day and night."""
    return Hours(zone, (WHOLE_DAY,) * 7)


def sentence(hours: Hours, at: datetime) -> str:
    """Whether it is open, and what comes next, for people."""
    if closing := hours.closing(at):
        if closing - at > timedelta(days=7):
            return _("Open day and night")
        return _("Open now, until %(time)s") % {"time": _clock(closing, at, hours.zone)}
    opening = hours.next_opening(at)
    if opening is None:
        return _("Closed, and no opening is planned")
    return _("Closed now, opens %(time)s") % {"time": _clock(opening, at, hours.zone)}


def _clock(moment: datetime, at: datetime, zone: ZoneInfo) -> str:
    """The hour; with its weekday, or its date beyond a week, when that is not today."""
    local, today = moment.astimezone(zone), at.astimezone(zone).date()
    if local.date() == today:
        return date_format(local, "H:i")
    return date_format(
        local, "LONG_WEEKDAY_TIME" if local.date() - today < timedelta(days=7) else "FULL_MOMENT"
    )
