"""What is done with a template beside writing it: languages, copies, its sample file, throwing it away."""

from django.db import transaction
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from clinic_inbox.tenancy import clinic_scope
from clinics.middleware import outside_clinic
from clinics.settings_pages import admin_settings
from integrations.events import Invalid, ProviderError
from integrations.models import Template
from integrations.whatsapp.errors import explain

from .. import authoring
from ..serving import serve
from ..template_forms import name_of, offered_languages, read_base
from .template_others import shows_both
from .template_pages import status_context, write_page
from .template_settings import show_list
from .template_writing import find, keep, opened


@admin_settings
def status(request, pk):
    """How it stands now, alone, while Meta looks at it; the whole page anew once Meta has decided."""
    template = find(pk)
    if template.status != "PENDING":
        return HttpResponseClientRefresh()
    return render(request, "settings/_template_status.html", status_context(template))


@require_POST
@admin_settings
def add_language(request, pk):
    """The same template in another language: empty, or with the words of this one to translate."""
    template, language = find(pk), request.POST.get("language", "")
    if language not in dict(offered_languages()):
        return write_page(request, template, problem=_("Choose a language."))
    copied = template if request.POST.get("copies") else None
    try:
        added = authoring.add_language(request.member, template, language, copy_from=copied)
    except Invalid as invalid:
        return write_page(request, template, problem=str(invalid))
    return opened(request, added, saved=_("%(language)s is begun") % {"language": name_of(language)})


@require_POST
@admin_settings
def duplicate(request, pk):
    """Another template with the same words, as a draft."""
    template = find(pk)
    try:
        copy = authoring.duplicate(request.member, template, request.POST.get("name", "").strip())
    except Invalid as invalid:
        return write_page(request, template, problem=str(invalid))
    return opened(request, copy, saved=_("This is the copy"))


@require_POST
@admin_settings
@shows_both
def add_sample(request, pk):
    """The photo, video or document that shows Meta what stands at the head; the draft is kept along with it."""
    (template, problem), file = keep(request, find(pk)), request.FILES.get("file")
    problem = problem or ("" if file else _("No file came."))
    if not problem:
        try:
            template = authoring.keep_sample(request.member, template, file)
        except Invalid as invalid:
            problem = str(invalid)
    return write_page(request, template, problem=problem)


@require_GET
@admin_settings
def sample(request, pk):
    """That file itself, for the preview."""
    template = find(pk)
    if not template.sample:
        raise Http404
    return serve(request, template.sample, template.sample_type, template.sample_name)


@require_POST
@admin_settings
@shows_both
def drop_sample(request, pk):
    template, problem = keep(request, find(pk))
    if not problem:
        try:
            authoring.drop_sample(request.member, template)
        except Invalid as invalid:
            problem = str(invalid)
    return write_page(request, find(pk), problem=problem)


@require_POST
@admin_settings
@shows_both
def discard(request, pk):
    """What Meta has is shown again; the list, when Meta never had it."""
    template = find(pk)
    was_only_draft = template.status == Template.DRAFT
    authoring.discard(request.member, template, seen=read_base(request.POST)["seen"])
    if was_only_draft:
        return show_list(request, saved=_("The draft is gone"))
    return write_page(request, find(pk), saved=_("The changes are gone"))


@require_POST
@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def delete(request, pk):
    """Gone at Meta, too; outside any transaction, because it waits for the network."""
    clinic_id = request.member.clinic_id
    with clinic_scope(clinic_id):
        name = find(pk).name
    problem = ""
    try:
        authoring.delete(request.member, pk, all_languages=bool(request.POST.get("all")))
    except Template.DoesNotExist as error:
        raise Http404 from error
    except ProviderError as error:
        problem = str(explain(error.code, error.detail).cause)
    except Invalid as invalid:
        problem = str(invalid)
    with clinic_scope(clinic_id):
        if problem:
            return write_page(request, find(pk), problem=problem)
        return show_list(request, saved=_("%(name)s is deleted") % {"name": name})
