"""How every settings page is answered: as a page, or its pane alone when htmx asks."""

from functools import wraps
from zoneinfo import ZoneInfo

from django.shortcuts import render
from django.utils import timezone

from .access import admin_required, member_required
from .refusal import Refused


def show(request, pane: str, **context):
    """The pane `settings/_<pane>.html`, whole or alone. `saved` and `problem` are sentences it shows at its head."""
    template = f"settings/_{pane}.html"
    context |= {"pane": template, "section": pane}
    page = "settings/page.html" if request.member else "settings/alone.html"
    return render(request, template if request.htmx else page, context)


def own_settings(view):
    """A settings page for every member."""
    return member_required(_in_time_of_the_clinic(view))


def admin_settings(view):
    """A settings page for admins and owners."""
    return admin_required(_in_time_of_the_clinic(view))


def attempt(operation, *args, **kwargs) -> str:
    """Run an operation; returns the sentence of its refusal, or nothing."""
    try:
        operation(*args, **kwargs)
    except Refused as refused:
        return str(refused)
    return ""


def attempt_with(form, field: str, operation, *args, **kwargs) -> bool:
    """Run an operation; True when it was done. Its refusal stands beside that field of the form."""
    if problem := attempt(operation, *args, **kwargs):
        form.add_error(field, problem)
    return not problem


def with_typed(rows, wrong) -> list:
    """The rows; of `wrong`, a row's id and its form, that row has what was `typed` (else None) and what is wrong."""
    rows = list(rows)
    for row in rows:
        row.typed = None
        if wrong and row.pk == wrong[0]:
            row.typed, row.wrong_fields = wrong[1].data, set(wrong[1].errors)
            row.problem = next(iter(wrong[1].errors.values()))[0]
    return rows


def _in_time_of_the_clinic(view):
    @wraps(view)
    def timed(request, *args, **kwargs):
        with timezone.override(ZoneInfo(request.member.clinic.time_zone)):
            return view(request, *args, **kwargs)

    return timed
