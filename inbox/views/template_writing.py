"""Writing a template: its draft is kept as it is typed, with what Meta would object to beside each field."""

from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import push_url

from clinic_inbox.tenancy import clinic_scope
from clinics.middleware import outside_clinic
from clinics.settings_pages import admin_settings, show
from integrations.events import Invalid, ProviderError
from integrations.models import Template
from integrations.whatsapp.errors import explain

from .. import authoring, template_sync
from ..template_forms import CATEGORIES, LANGUAGES, NewTemplateForm, read_base, read_parts
from .template_others import other_of, shows_both
from .template_pages import write_page


@admin_settings
def new(request):
    """A name, a language, a category; then it can be written."""
    accounts = authoring.accounts()
    form = NewTemplateForm(request.POST or None, accounts=accounts, initial=_first_language(request))
    if request.method == "POST" and accounts and form.is_valid():
        told = form.cleaned_data
        names = ("business_id", "name", "category", "language")
        try:
            begun = authoring.begin(request.member, **{name: told[name] for name in names})
        except Invalid as invalid:
            form.add_error(_field_of(invalid, form), str(invalid))
        else:
            return opened(request, begun)
    return show(request, "template_new", form=form, accounts=accounts, categories=CATEGORIES)


@admin_settings
@shows_both
def write(request, pk):
    """The page it is written on; a POST keeps what was typed, for a browser without our scripts."""
    template = find(pk)
    if request.method == "POST":
        template, problem = keep(request, template)
        return write_page(request, template, saved="" if problem else _("Saved"), problem=problem)
    return write_page(request, template)


@require_POST
@admin_settings
def save(request, pk):
    """Keep what was typed: {"saved", "mark", "has_sample", "problems": [{"field", "text"}]}, or 422 with {"sentence"}.

    409 where somebody else wrote meanwhile: what they left, drawn, with both choices.
    """
    template = find(pk)
    if refusal := authoring.may_edit(template):
        return JsonResponse({"sentence": refusal}, status=422)
    parts = read_parts(request.POST)
    try:
        template = authoring.write(request.member, template, parts, **read_base(request.POST))
    except Invalid as invalid:
        return JsonResponse({"sentence": str(invalid)}, status=422)
    except authoring.Overtaken as overtaken:
        other = {"other": other_of(overtaken.there, parts, request.member)}
        return render(request, "settings/_template_other.html", other, status=409)
    told = [{"field": each.field, "text": str(each.text)} for each in authoring.problems(template, parts)]
    kept = {"mark": template.draft_mark, "has_sample": bool(template.sample)}
    return JsonResponse({"saved": _("Draft saved"), "problems": told, **kept})


@require_POST
@transaction.non_atomic_requests
@outside_clinic
@admin_settings
@shows_both
def submit(request, pk):
    """Keep what was typed and hand it to Meta; outside any transaction, because it waits for the network."""
    clinic_id = request.member.clinic_id
    with clinic_scope(clinic_id):
        template, problem = keep(request, find(pk))
        if problem:
            return write_page(request, template, problem=problem)
        if authoring.problems(template, authoring.parts_of(template)):
            return write_page(request, template, is_checked=True)
    try:
        authoring.submit(request.member, pk, mark=template.draft_mark)
    except Template.DoesNotExist as error:
        raise Http404 from error
    except Invalid as invalid:
        problem = str(invalid)
    except ProviderError as error:
        told = explain(error.code, error.detail)
        problem = f"{told.cause} {told.next_step} ({error.code})"
    with clinic_scope(clinic_id):
        saved = "" if problem else _("Submitted: Meta is looking at it")
        return write_page(request, find(pk), saved=saved, problem=problem)


def find(pk) -> Template:
    """A template of the clinic that Meta still has, or never had; 404 for any other."""
    return get_object_or_404(Template.objects.exclude(status=template_sync.GONE), pk=pk)


def keep(request, template: Template) -> tuple[Template, str]:
    """The template with what was typed as its draft; as it was when it may not be changed, and why not.

    Raises Overtaken.
    """
    if refusal := authoring.may_edit(template):
        return template, refusal
    if "body" not in request.POST:
        return template, ""
    try:
        told = read_parts(request.POST)
        return authoring.write(request.member, template, told, **read_base(request.POST)), ""
    except Invalid as invalid:
        return find(template.pk), str(invalid)


def opened(request, template: Template, **context):
    """The page of another template than the address is of."""
    if not request.htmx:
        return redirect("templates:write", template.pk)
    return push_url(write_page(request, template, **context), reverse("templates:write", args=[template.pk]))


def _field_of(invalid: Invalid, form) -> str:
    field = getattr(invalid, "field", "")
    return field if field in form.fields else "name"


def _first_language(request) -> dict:
    code = request.member.clinic.language
    return {"language": LANGUAGES.get(code, code)}
