"""The filter of the list: what it can be narrowed by, and the filters that members keep."""

import json

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinics.models import Role
from clinics.queries import active_members, teams
from clinics.refusal import Refused
from contacts.models import Contact
from integrations.queries import channels

from .. import listing as listings
from .. import queries, saved_filters
from ..list_forms import FilterChangeForm, FilterForm
from ..listing import WAITED
from ..models import Tag
from ..operations import filters
from .access import members_only
from .chips import PRIORITY_WORDS, STATUS_WORDS, language_name, waited_words
from .lists import listing_of

MOST_LANGUAGES = 40


@require_GET
@members_only
def builder(request):
    """The form that narrows the list shown, and keeps it."""
    shown = listing_of(request)
    kept = saved_filters.find(request.member, shown.saved) if shown.saved else None
    visible = queries.visible_conversations(request.member)
    context = {
        "listing": shown,
        "channels": channels(),
        "members": active_members().select_related(None).only("name").exclude(pk=request.member.pk),
        "teams": teams(),
        "own_teams": teams() if request.member.is_admin else teams().filter(members=request.member),
        "tags": Tag.objects.filter(is_archived=False) | Tag.objects.filter(pk__in=shown.tags),
        "languages": [(code, language_name(code)) for code in _languages(visible)],
        "statuses": STATUS_WORDS.items(),
        "priorities": PRIORITY_WORDS.items(),
        "waits": [(minutes, waited_words(minutes)) for minutes in sorted({*WAITED, shown.waited} - {0})],
        "kept": kept,
        "may_change": kept and saved_filters.may_change(kept, request.member),
        "roles": Role.choices,
    }
    return render(request, "inbox/_filter_form.html", context)


def _languages(visible) -> list[str]:
    """Those of patients whose conversations the member sees."""
    spoken = Contact.objects.filter(conversations__in=visible).exclude(language="")
    return list(spoken.values_list("language", flat=True).distinct().order_by("language")[:MOST_LANGUAGES])


@require_POST
@members_only
def save(request):
    """Keep the list that the address names."""
    form = FilterForm(request.POST)
    if not form.is_valid():
        return _tell(_sentence(form))
    told = form.cleaned_data
    try:
        kept = filters.save_filter(told["name"], told["listing"], share=told["share"], by=request.member)
    except Refused as refused:
        return _tell(str(refused))
    return _show(f"saved={kept.pk}", _("Saved"))


@require_POST
@members_only
def change(request, pk):
    """Another name, other readers, another list."""
    kept = _find(request, pk)
    form = FilterChangeForm(request.POST)
    if not form.is_valid():
        return _tell(_sentence(form))
    told = form.cleaned_data
    try:
        filters.change_filter(kept, **told, by=request.member)
    except Refused as refused:
        return _tell(str(refused))
    return _show(f"saved={kept.pk}", _("Saved"))


@require_POST
@members_only
def delete(request, pk):
    """Gone for everybody who saw it; the list stays as it is shown."""
    kept = _find(request, pk)
    shown = listings.read(QueryDict(kept.listing))
    try:
        filters.delete_filter(kept, by=request.member)
    except Refused as refused:
        return _tell(str(refused))
    return _show(shown.address, _("The filter is deleted."))


def _find(request, pk):
    if (kept := saved_filters.find(request.member, str(pk))) is None:
        raise Http404
    return kept


def _sentence(form) -> str:
    if "name" in form.errors:
        return _("Give the filter a name.")
    return str(next(iter(form.errors.values()))[0])


def _show(address: str, sentence: str) -> HttpResponse:
    told = {"toast": {"sentence": sentence}, "listed": {"address": address}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})


def _tell(sentence: str) -> HttpResponse:
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"toast": {"sentence": sentence}})})
