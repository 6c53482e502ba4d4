"""The clinic's message templates as admins see them, and asking the provider for them now."""

from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic_inbox.tenancy import clinic_scope
from clinics import audit
from clinics.middleware import outside_clinic
from clinics.settings_pages import admin_settings, show
from integrations.events import ProviderError
from integrations.models import Template
from integrations.queries import channels
from integrations.whatsapp.errors import explain

from .. import template_sync


@admin_settings
def templates(request):
    return _show(request)


@require_POST
@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def sync(request):
    """Ask for the templates of every business account; outside any transaction, because it waits for the network."""
    clinic_id = request.member.clinic_id
    with clinic_scope(clinic_id):
        asked = list(channels().order_by("business_id", "pk").distinct("business_id"))
    changed, problem = 0, ""
    for channel in asked:
        try:
            changed += template_sync.sync_templates(channel)
        except ProviderError as error:
            problem = _("%(channel)s: %(cause)s") % {
                "channel": channel.name,
                "cause": explain(error.code, error.detail).cause,
            }
    with clinic_scope(clinic_id):
        audit.record("templates.synced", member=request.member, detail={"changed": changed})
        saved = _("%(count)d changed") % {"count": changed} if changed else _("Nothing has changed")
        return _show(request, saved="" if problem else saved, problem=problem)


def _show(request, **context):
    rows = Template.objects.exclude(status=template_sync.GONE).order_by("name", "category", "language")
    grouped = groupby(rows, key=lambda row: (row.name, row.category))
    families = [
        {"name": name, "category": category, "rows": list(each)} for (name, category), each in grouped
    ]
    newest = rows.order_by("-synced_at").values_list("synced_at", flat=True).first()
    return show(request, "templates", families=families, synced_at=newest, **context)
