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

from .. import authoring, template_sync
from ..languages import speaks
from ..template_forms import name_of
from ..template_words import state_of
from ..templatetags.meta_words import category_words


@admin_settings
def templates(request):
    return show_list(request)


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
        return show_list(request, saved="" if problem else saved, problem=problem)


def show_list(request, **context):
    """The list; each name once, with its languages."""
    rows = Template.objects.exclude(status=template_sync.GONE).order_by("name", "business_id", "language")
    families = [
        family_of(list(each), request.member.clinic.language)
        for _key, each in groupby(rows, key=lambda row: (row.name, row.business_id))
    ]
    context["accounts"] = authoring.accounts()
    if len(context["accounts"]) > 1:
        names = {each.business_id: each.name for each in context["accounts"]}
        for family in families:
            family["account"] = names.get(family["first"].business_id, "")
    newest = rows.order_by("-synced_at").values_list("synced_at", flat=True).first()
    return show(request, "templates", families=families, synced_at=newest, **context)


def family_of(rows: list[Template], first: str) -> dict:
    """One name with its languages, the clinic's own before the others."""
    rows = sorted(rows, key=lambda row: (not speaks(row.language, first), row.language))
    languages = [
        {
            "row": row,
            "language": name_of(row.language),
            "state": state_of(row),
            "has_changes": row.status != Template.DRAFT and row.draft is not None,
        }
        for row in rows
    ]
    categories = list(dict.fromkeys(category_words(row.category) for row in rows))
    written = [authoring.parts_of(row) for row in rows]
    body = next((each.body for each in written if each and each.body), "")
    sought = " ".join(
        [rows[0].name, *categories, body, *(f"{each['language']} {each['state'].word}" for each in languages)]
    )
    return {
        "first": rows[0],
        "categories": categories,
        "body": body,
        "languages": languages,
        "sought": sought.lower(),
    }
