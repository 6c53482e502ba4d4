"""The clinic's tags, as admins look after them."""

from django.db.models import Count, Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.paging import page_of
from clinics.settings_pages import admin_settings, attempt_with, show, with_typed

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
    if form.is_valid():
        name, tint = form.cleaned_data["name"], form.cleaned_data["tint"]
        if attempt_with(form, "name", operations.create_tag, name, tint=tint, by=request.member):
            return _show(request, saved=_("Tag made."))
    return _show(request, form=form)


@require_POST
@admin_settings
def change(request, pk):
    tag, form = get_object_or_404(Tag, pk=pk), TagForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data | {"tint": form.cleaned_data["tint"] or 0}
        if attempt_with(form, "name", operations.change_tag, tag, **told, by=request.member):
            return _show(request, saved=_("Saved"))
    return _show(request, wrong=(tag.pk, form))


@require_POST
@admin_settings
def delete(request, pk):
    operations.delete_tag(get_object_or_404(Tag, pk=pk), by=request.member)
    return _show(request, saved=_("The tag is deleted, also from the conversations that had it."))


def _show(request, *, form=None, wrong=None, saved=""):
    seen = Q(taggings__conversation__in=queries.visible_conversations(request.member))
    page = page_of(Tag.objects.order_by("is_archived", "name", "pk"), request.GET, "name")
    used = Tag.objects.filter(pk__in=[tag.pk for tag in page.rows]).annotate(
        used=Count("taggings", filter=seen)
    )
    rows = with_typed(used.order_by("is_archived", "name", "pk"), wrong)
    context = {"form": form or TagForm(), "page": page, "tags": rows, "tints": range(TINTS), "saved": saved}
    return show(request, "tags", **context)
