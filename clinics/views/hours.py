"""The clinic's week and its holidays."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import queries
from ..hour_forms import DayForm, week_forms
from ..hours import sentence
from ..models import BusinessHours, Clinic, SpecialDay
from ..operations import opening
from ..settings_pages import admin_settings, show

OFFICE = [[(9 * 60, 17 * 60)]] * 5 + [[], []]  # what an empty editor begins with
WORKING_DAYS = range(5)


@admin_settings
def hours(request):
    """The week; posted, it holds from now on. With `copy` Monday is put on the other working days first."""
    if request.method != "POST":
        return _show(request)
    data = _with_monday_copied(request.POST) if "copy" in request.POST else request.POST
    forms = week_forms([()] * 7, data)
    if "copy" in request.POST:
        return _show(request, forms=forms)
    if not all(form.is_valid() for _name, form in forms):
        return _show(request, forms=forms, problem=_("Not saved. Look at the days marked below."))
    opening.set_week([form.cleaned_data["spans"] for _name, form in forms], by=request.member)
    return _show(request, saved=_("Saved"))


@require_POST
@admin_settings
def always(request):
    opening.forget_week(by=request.member)
    return _show(request, saved=_("Open day and night from now on."))


@require_POST
@admin_settings
def set_day(request):
    form = DayForm(request.POST)
    if not form.is_valid():
        return _show(request, day_form=form)
    filled = form.cleaned_data
    opening.set_day(filled["day"], filled["name"], filled["spans"], by=request.member)
    return _show(request, saved=_("%(name)s is noted.") % {"name": filled["name"]})


@require_POST
@admin_settings
def forget_day(request, pk):
    special = get_object_or_404(SpecialDay.objects.all(), pk=pk)
    opening.forget_day(special, by=request.member)
    return _show(request, saved=_("%(name)s is a day like any other again.") % {"name": special.name})


def _show(request, *, forms=None, day_form=None, saved="", problem=""):
    clinic = Clinic.objects.get(pk=request.member.clinic_id)
    week = BusinessHours.objects.values_list("week", flat=True).first()
    return show(
        request,
        "hours",
        forms=forms or week_forms(OFFICE if week is None else week),
        is_always=week is None,
        day_form=day_form or DayForm(),
        days=[(each, _in_words(each)) for each in SpecialDay.objects.filter(day__gte=timezone.localdate())],
        now=sentence(queries.hours_of(clinic), timezone.now()),
        saved=saved,
        problem=problem,
    )


def _in_words(special: SpecialDay) -> str:
    if not special.spans:
        return _("closed")
    return ", ".join(f"{_hour(opens)}–{_hour(closes)}" for opens, closes in special.spans)


def _hour(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _with_monday_copied(data):
    copied = data.copy()
    for name in data:
        if name.startswith("d0-"):
            for day in WORKING_DAYS:
                copied[f"d{day}-{name[3:]}"] = data[name]
    return copied
