"""Drafts of templates: begun, kept however unfinished, thrown away. Inside clinic_scope(), for admins."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member
from clinics.refusal import Refused, check_room
from integrations.events import Invalid
from integrations.models import Provider, Template, TemplateDecision
from integrations.queries import channels

from .. import files, template_decisions
from ..models import Attachment
from ..operations import uploading
from ..template_sync import GONE
from . import checks
from .parts import FILES, Parts, from_components, from_json, to_json
from .standing import A_MONTH, may_edit

MOST_DRAFTS = 250  # as many as an account may have
MOST_WORDS = 20_000  # letters kept of one draft, far more than Meta takes


class BadName(Invalid):
    """A name that Meta does not take, or that is taken."""

    field = "name"


class Overtaken(Exception):
    """Another page wrote in this draft since, or put it away: `there` is the template as it is. Nothing was changed."""

    def __init__(self, there: Template):
        super().__init__("draft overtaken")
        self.there = there


@dataclass(frozen=True)
class Account:
    """A business account whose templates can be written here, by the name of its first number."""

    business_id: str
    name: str


def accounts() -> list[Account]:
    """The business accounts of the clinic's connected numbers, by the name of their first number."""
    found = channels().exclude(business_id="").order_by("business_id", "pk").distinct("business_id")
    return sorted((Account(each.business_id, each.name) for each in found), key=lambda each: each.name)


def begin(member: Member, *, business_id: str, name: str, category: str, language: str) -> Template:
    """A new draft. Raises Invalid; BadName for a bad or a taken name."""
    return _begin(member, business_id, name, language, Parts(category=category))


def add_language(
    member: Member, template: Template, language: str, *, copy_from: Template | None
) -> Template:
    """A draft of the same template in another language, empty or with the words of one. Raises Invalid."""
    like = _words_of(copy_from) if copy_from else Parts(category=_category_of(template))
    return _begin(member, template.business_id, template.name, language, like)


def duplicate(member: Member, template: Template, name: str) -> Template:
    """A draft with the same words under another name. Raises Invalid."""
    return _begin(member, template.business_id, name, template.language, _words_of(template))


def _begin(member: Member, business_id: str, name: str, language: str, like: Parts) -> Template:
    if problem := checks.problem_of_name(name):
        raise BadName(problem)
    if business_id not in {each.business_id for each in accounts()}:
        raise Invalid(_("No number of this business account is connected any more."))
    try:
        check_room(Template.objects.filter(status=Template.DRAFT).count(), MOST_DRAFTS)
    except Refused as refused:
        raise Invalid(str(refused)) from refused
    same = {"provider": Provider.WHATSAPP, "business_id": business_id, "name": name, "language": language}
    gone = Template.objects.filter(**same, status=GONE)
    deleted = TemplateDecision.objects.filter(template__in=gone, kind=template_decisions.DELETED)
    if deleted.filter(at__gt=timezone.now() - A_MONTH).exists():
        raise BadName(_("Meta keeps a name for 30 days after its template was deleted. Choose another name."))
    for each in gone:
        finish(each, member)
        each.external_id, each.status, each.components = "", Template.DRAFT, []
        each.reason = each.quality = ""
        each.save()
    template, _is_new = Template.objects.get_or_create(
        **same, defaults={"status": Template.DRAFT, "category": like.category}
    )
    if template.status != Template.DRAFT or template.draft is not None:
        raise BadName(_("There is a template of this name in this language already."))
    header = "" if like.header in FILES else like.header  # the file stays with the other
    _keep(template, replace(like, header=header), member)
    on_record("template.begun", member, template)
    return template


def parts_of(template: Template) -> Parts | None:
    """What is written; where nobody writes, what Meta has, or None when that has parts the form has no place for."""
    if template.draft is not None:
        return from_json(template.draft)
    return from_components(template.components, template.category)


def _words_of(template: Template) -> Parts:
    if parts := parts_of(template):
        return parts
    raise Invalid(_("It has parts that can only be changed in WhatsApp Manager."))


def _category_of(template: Template) -> str:
    return template.draft["category"] if template.draft else template.category


def write(
    member: Member, template: Template, parts: Parts, *, seen: Collection[str] | None = None, mark: str = ""
) -> Template:
    """Keep what is written, however unfinished.

    `seen` are the marks that the draft may have: the one that the page was shown, and those of its own saves whose
    answer it did not get; None asks nothing. `mark` is what the draft gets. Raises Overtaken where something else is
    here than the page knows, Invalid where it may not be changed, and for far too much.
    """
    if sum(map(len, _texts(to_json(parts)))) > MOST_WORDS:
        raise Invalid(_("This is far longer than Meta takes. Nothing of it was kept."))
    template = _to_edit(template)
    if template.status == "APPROVED":  # whose category Meta does not change
        parts = replace(parts, category=template.category)
    is_same = parts == parts_of(template) and parts.header not in FILES  # the file may be another
    if seen is not None and template.draft_mark not in seen and not is_same:
        raise Overtaken(template)
    if template.draft is None and template.external_id and parts == parts_of(template):
        return template
    if template.draft is None:
        on_record("template.begun", member, template)
    if template.sample and header_of_sample(template) != parts.header:
        _forget_sample(template)
    return _keep(template, parts, member, mark)


def _to_edit(template: Template) -> Template:
    """The row, locked. Raises Invalid where it may not be changed now."""
    template = Template.objects.select_for_update().get(pk=template.pk)
    if refusal := may_edit(template):
        raise Invalid(refusal)
    return template


def _keep(template: Template, parts: Parts, by: Member, mark: str = "") -> Template:
    if template.draft is None or from_json(template.draft) != parts:
        _mark(template, by, mark)
    template.draft, template.draft_at = to_json(parts), timezone.now()
    if template.status == Template.DRAFT:
        template.category = parts.category
    template.save()
    return template


def _mark(template: Template, by: Member, mark: str = "") -> None:
    """Pages that know the draft by another mark are overtaken; it is not saved."""
    template.draft_by, template.draft_mark = by, mark or str(uuid4())


def keep_sample(member: Member, template: Template, file: UploadedFile) -> Template:
    """The file that shows Meta what stands at the head.

    Raises Invalid for one that is not of the header's kind, and where nothing may be changed.
    """
    template = _to_edit(template)
    parts, carrier = _words_of(template), Attachment()
    uploading.keep(carrier, file)
    if carrier.kind != FILES.get(parts.header):
        files.forget([carrier])
        raise Invalid(_("This file is not of the kind that was chosen for the header."))
    if template.draft is None:
        on_record("template.begun", member, template)
    _forget_sample(template)
    template.sample, template.sample_type = carrier.file, carrier.content_type
    template.sample_name = carrier.filename
    _mark(template, member)  # who has not seen the file has not seen the draft
    return _keep(template, parts, member)


def drop_sample(member: Member, template: Template) -> None:
    """Without the file. Raises Invalid where nothing may be changed."""
    template = _to_edit(template)
    if template.sample:
        _forget_sample(template)
        template.draft_at = timezone.now()
        _mark(template, member)
        template.save()


def discard(member: Member, template: Template, *, seen: Collection[str] | None = None) -> None:
    """What was written is gone; a template that Meta never had is gone with it.

    Raises Overtaken where a colleague wrote in it since the page that asks was shown; `seen` as in write().
    """
    template = Template.objects.select_for_update().get(pk=template.pk)
    is_anothers = template.draft_by_id not in (None, member.pk)
    if seen is not None and is_anothers and template.draft_mark not in seen:
        raise Overtaken(template)
    on_record("template.discarded", member, template)
    finish(template, member)
    if template.status == Template.DRAFT:
        template.delete()
    else:
        template.save()


def finish(template: Template, by: Member) -> None:
    """Nobody writes in it any more; it is not saved."""
    _forget_sample(template)
    template.draft, template.draft_at = None, timezone.now()
    _mark(template, by)


def problems(template: Template, parts: Parts) -> list[checks.Problem]:
    """What has to be put right before Meta is asked."""
    return checks.problems_of(parts, has_sample=bool(template.sample))


def header_of_sample(template: Template) -> str:
    """IMAGE, VIDEO or DOCUMENT, as its file is; empty without one."""
    kinds = {"image": "IMAGE", "video": "VIDEO"}
    return kinds.get(template.sample_type.partition("/")[0], "DOCUMENT") if template.sample else ""


def _forget_sample(template: Template) -> None:
    if template.sample:
        folder = UUID(template.sample.name.split("/")[-2])
        files.forget([Attachment(pk=folder, file=template.sample.name)])
    template.sample = template.sample_type = template.sample_name = ""


def on_record(action: str, member: Member, template: Template) -> None:
    """In the audit log, by its name and language."""
    detail = {"name": template.name[:80], "language": template.language}
    audit.record(action, member=member, target=template, detail=detail)


def _texts(told) -> Iterable[str]:
    if isinstance(told, str):
        return [told]
    values = told.values() if isinstance(told, dict) else told if isinstance(told, list | tuple) else ()
    return [text for each in values for text in _texts(each)]
