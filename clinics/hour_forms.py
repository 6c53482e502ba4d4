"""The week as a form of plain fields, and days that are different."""

from datetime import date, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from .hours import DAY
from .models import SpecialDay

SPANS = 3  # a day
NEVER_CROSS = _(
    "A span ends after it begins, and the next begins later. A night is two: until 00:00, and from 00:00."
)
HALF_FILLED = _("Give both times, or neither.")
FURTHEST = timedelta(days=366 * 3)


def clock(required=False) -> forms.TimeField:
    """A field for a time of day."""
    return forms.TimeField(
        required=required, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "input"})
    )


class SpansForm(forms.Form):
    """The spans of one day: fields `from-0`, `to-0`, … An end at 00:00 is the end of the day."""

    def __init__(self, *args, spans=(), **kwargs):
        initial = {}
        for place, (opens, closes) in enumerate(spans):
            initial |= {f"from_{place}": _time(opens), f"to_{place}": _time(closes)}
        super().__init__(*args, initial=initial, **kwargs)
        for place in range(SPANS):
            self.fields[f"from_{place}"], self.fields[f"to_{place}"] = clock(), clock()

    def clean(self) -> dict:
        spans, last = [], 0
        for place in range(SPANS):
            opens, closes = self.cleaned_data.get(f"from_{place}"), self.cleaned_data.get(f"to_{place}")
            if (opens is None) != (closes is None):
                raise self._wrong(f"from_{place}" if opens is None else f"to_{place}", HALF_FILLED)
            if opens is None:
                continue
            start, end = _minutes(opens), _minutes(closes) or DAY
            if start >= end or start < last:
                raise self._wrong(f"from_{place}", NEVER_CROSS)
            spans.append((start, end))
            last = end
        return self.cleaned_data | {"spans": spans}

    def _wrong(self, name: str, sentence: str) -> forms.ValidationError:
        """The day's error, with the time marked that it is about."""
        self.fields[name].widget.attrs |= {
            "aria-invalid": "true",
            "aria-describedby": f"{self[name].auto_id}_day",
        }
        return forms.ValidationError(sentence)

    @property
    def wrong_id(self) -> str:
        """The id of the day's error, which the marked time names."""
        marked = [
            self[name].auto_id for name, field in self.fields.items() if "aria-invalid" in field.widget.attrs
        ]
        return f"{marked[0]}_day" if marked else ""

    def pairs(self) -> list[tuple]:
        """The two fields of each span that is filled in, and of one more; two at least."""
        pairs = [(self[f"from_{place}"], self[f"to_{place}"]) for place in range(SPANS)]
        filled = sum(bool(opens.value() or closes.value()) for opens, closes in pairs)
        return pairs[: max(2, filled + 1)]


class DayForm(SpansForm):
    """A holiday, or a day with hours of its own."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    name = forms.CharField(label=_("What for"), max_length=SpecialDay._meta.get_field("name").max_length)

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if not timedelta(0) <= day - timezone.localdate() <= FURTHEST:
            raise forms.ValidationError(_("Choose a day from today on, within three years."))
        return day


def week_forms(week, data=None) -> list[tuple[str, SpansForm]]:
    """The name of each weekday and its form, Monday first."""
    return [(WEEKDAYS[at], SpansForm(data, prefix=f"d{at}", spans=week[at])) for at in range(7)]


def _time(minutes: int) -> time:
    hour, minute = divmod(minutes % DAY, 60)
    return time(hour, minute)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
