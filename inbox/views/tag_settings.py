"""The clinic's tags, as admins look after them."""

from django.db.models import Count, Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.settings_pages import admin_settings, attempt, show

from .. import queries
from ..list_forms import TagForm
from ..models import TINTS, Tag
from ..operations import tags as operations


@admin_settings
def tags(request):
    return _show(request)


@require_POST
@admin_settings
def create(request):
    form = TagForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form)
    tint = form.cleaned_data["tint"]
    problem = attempt(operations.create_tag, form.cleaned_data["name"], tint=tint, by=request.member)
    return _show(request, form=form if problem else None, problem=problem, saved=_("Tag made."))


@require_POST
@admin_settings
def change(request, pk):
    tag, form = get_object_or_404(Tag, pk=pk), TagForm(request.POST)
    if not form.is_valid():
        return _show(request, problem=_("Give the tag a name."))
    told = form.cleaned_data | {"tint": form.cleaned_data["tint"] or 0}
    problem = attempt(operations.change_tag, tag, **told, by=request.member)
    return _show(request, problem=problem, saved=_("Saved"))


@require_POST
@admin_settings
def delete(request, pk):
    operations.delete_tag(get_object_or_404(Tag, pk=pk), by=request.member)
    return _show(request, saved=_("The tag is deleted, also from the conversations that had it."))


def _show(request, *, form=None, saved="", problem=""):
    seen = Q(taggings__conversation__in=queries.visible_conversations(request.member))
    used = Tag.objects.annotate(used=Count("taggings", filter=seen)).order_by("is_archived", "name")
    said = {"saved": "" if problem else saved, "problem": problem}
    return show(request, "tags", form=form or TagForm(), tags=used, tints=range(TINTS), **said)
