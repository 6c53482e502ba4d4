"""Handing templates in to Meta and deleting them there. Outside clinic_scope(): Meta is asked in between."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from integrations.credentials import credentials_of
from integrations.events import Invalid, ProviderError
from integrations.models import Channel, ChannelEvent, Template
from integrations.queries import channels
from integrations.whatsapp import authoring as meta
from integrations.whatsapp import samples
from integrations.whatsapp.api import Credentials

from .. import realtime, template_decisions
from ..template_sync import GONE
from .drafting import Overtaken, finish, on_record, parts_of, problems
from .parts import FILES, Parts, as_components
from .standing import may_edit

STATUS_UPDATE = "message_template_status_update"


def submit(member: Member, template_id: UUID, *, mark: str | None = None) -> Template:
    """Hand a draft in: a new template, or changes to one Meta has. Until Meta took it the draft stays.

    `mark` is that of the draft as whoever submits it has read it; None asks nothing. Raises Overtaken where it has
    another by now, Invalid, ProviderError, Template.DoesNotExist. Where an answer was lost it may be called again: what
    Meta has of that name and language is looked up before a new one is made.
    """
    began = timezone.now()
    with clinic_scope(member.clinic_id):
        template = Template.objects.get(pk=template_id)
        if mark is not None and template.draft_mark != mark:
            raise Overtaken(template)
        parts = _ready(template)
        credentials = credentials_of(_channel_of(template))
        sample = _sample_of(template) if parts.header in FILES else None
    components = as_components(parts, samples.upload(credentials, *sample) if sample else "")
    if template.status == Template.DRAFT:
        told = _create(credentials, template, parts, components)
    else:
        told = _change(credentials, template, parts, components)
    with clinic_scope(member.clinic_id):
        row = _settle(template, told, parts, components, member)
        _follow_early(row, began)
        return row


def delete(member: Member, template_id: UUID, *, all_languages: bool = False) -> None:
    """Delete a template at Meta, and here, in one language or in all.

    Languages go one after the other; what Meta refuses stays, with those after it. Raises Invalid, ProviderError,
    Template.DoesNotExist.
    """
    with clinic_scope(member.clinic_id):
        template = Template.objects.get(pk=template_id)
        credentials = credentials_of(_channel_of(template))
        rows = [template]
        if all_languages:
            rows += _others(template)
    for row in rows:
        _delete(credentials, row)
        with clinic_scope(member.clinic_id):
            _forget(row, member)


def _delete(credentials: Credentials, row: Template) -> None:
    """Where Meta had deleted it already, because an earlier answer was lost, there is nothing left to do."""
    if not row.external_id:  # by its name alone Meta would delete every language
        raise Invalid(_("This template does not exist any more."))
    try:
        meta.delete_template(credentials, row.name, row.external_id)
    except ProviderError:
        if meta.find_template(credentials, row.name, row.language) is not None:
            raise


def _ready(template: Template) -> Parts:
    if refusal := may_edit(template):
        raise Invalid(refusal)
    if template.draft is None:
        raise Invalid(_("Nothing was changed."))
    parts = parts_of(template)
    if found := problems(template, parts):
        raise Invalid(found[0].text)
    return parts


def _channel_of(template: Template) -> Channel:
    found = channels().filter(business_id=template.business_id).order_by("pk").first()
    if found is None:
        raise Invalid(_("No number of this business account is connected any more."))
    return found


def _sample_of(template: Template) -> tuple[bytes, str]:
    with template.sample.open("rb") as file:
        return file.read(), template.sample_type


def _create(credentials: Credentials, template: Template, parts: Parts, components: list[dict]) -> dict:
    """What Meta says of the new template; of the one it has where an earlier answer was lost."""
    told = meta.find_template(credentials, template.name, template.language)
    if told is None:
        return meta.create_template(
            credentials,
            {
                "name": template.name,
                "language": template.language,
                "category": parts.category,
                "parameter_format": "named" if parts.is_named else "positional",
                "components": components,
            },
        )
    if _body(told.get("components") or []) != _body(components):
        raise Invalid(
            _("WhatsApp has another template of this name already. Synchronise, then change that one.")
        )
    return told


def _change(credentials: Credentials, template: Template, parts: Parts, components: list[dict]) -> dict:
    changes = {"components": components}
    if template.status != "APPROVED":
        changes["category"] = parts.category
    meta.edit_template(credentials, template.external_id, changes)
    return {"status": "PENDING"}


def _body(components: list[dict]) -> str:
    return next(
        (each.get("text", "") for each in components if str(each.get("type", "")).upper() == "BODY"), ""
    )


def _settle(sent: Template, told: dict, parts: Parts, components: list[dict], member: Member) -> Template:
    """What Meta took is what it has now. Who wrote on meanwhile keeps what they wrote."""
    row = Template.objects.select_for_update().get(pk=sent.pk)
    is_new = sent.status == Template.DRAFT
    if is_new and row.status != Template.DRAFT:
        return row  # somebody else handed in the same draft at this moment
    row.components = components
    row.external_id = str(told.get("id") or row.external_id)[:64]
    row.status = str(told.get("status") or "PENDING").upper()[:20]
    row.category = str(told.get("category") or parts.category).upper()[:20]
    row.parameter_format = "named" if parts.is_named else "positional"
    row.reason, row.synced_at = "", timezone.now()
    if (row.draft_mark, row.sample.name) == (sent.draft_mark, sent.sample.name):
        finish(row, member)
    row.save()
    step = template_decisions.SUBMITTED if is_new else template_decisions.EDITED
    template_decisions.record(row, step, by_name=member.name)
    on_record("template.submitted", member, row)
    realtime.publish("templates")
    return row


def _follow_early(row: Template, began: datetime) -> None:
    """Meta's decision may have come before we had noted what it is about."""
    number = int(row.external_id) if row.external_id.isdecimal() else row.external_id
    told = ChannelEvent.objects.filter(field=STATUS_UPDATE, payload__message_template_id=number)
    newest = told.filter(created_at__gte=began).order_by("-occurred_at").first()
    if newest:
        after = template_decisions.told_by(newest.payload)
        template_decisions.follow(row, after)
        row.status, row.reason = after.get("status", row.status), after["reason"]
        row.save()


def _others(template: Template) -> list[Template]:
    same = {name: getattr(template, name) for name in ("provider", "business_id", "name")}
    rows = Template.objects.filter(**same).exclude(pk=template.pk)
    return list(rows.exclude(status__in=[GONE, Template.DRAFT]))


def _forget(row: Template, member: Member) -> None:
    gone = Template.objects.select_for_update().get(pk=row.pk)
    finish(gone, member)
    gone.status = GONE
    gone.save()
    template_decisions.record(gone, template_decisions.DELETED, by_name=member.name)
    on_record("template.deleted", member, gone)
    realtime.publish("templates")
