"""The audit log on screen and as a file."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import audit, audit_log, audit_words
from ..forms import AuditFilter
from ..models import Member
from ..settings_pages import admin_settings, show


@admin_settings
def log(request):
    form = _filter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows, cursor = audit_log.page_after(audit_log.find_entries(**chosen), request.GET.get("before", ""))
    for row in rows:
        row.title, row.description = audit_log.title(row.action), audit_words.describe(row)
        row.who = audit_words.actor(row)
    older = request.GET.copy()
    older["before"] = cursor
    is_filtered = any(chosen.values())
    context = {"form": form, "entries": rows, "is_filtered": is_filtered, "query": request.GET.urlencode()}
    context["sealed_until"], context["closed_on"] = audit_log.sealing()
    return show(request, "audit", older=older.urlencode() if cursor else "", **context)


@require_POST
@admin_settings
def export(request):
    """The log as filtered. That somebody took it is in the log too."""
    form = _filter(request.POST)
    chosen = form.cleaned_data if form.is_valid() else {}
    text = audit_log.as_csv(audit_log.find_entries(**chosen))
    audit.record("audit.exported", member=request.member, detail={"rows": text.count("\r\n") - 1})
    name = f"{_('audit')}-{request.member.clinic.slug}.csv"
    # The mark at the front lets spreadsheets see that it is UTF-8.
    return HttpResponse(
        "\ufeff" + text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _filter(data) -> AuditFilter:
    return AuditFilter(data, members=Member.objects.all(), actions=audit_log.ACTIONS.items())
