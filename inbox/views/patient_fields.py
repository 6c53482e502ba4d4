"""Which things a clinic wants to know of its patients, as admins choose them."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.settings_pages import admin_settings, attempt_with, show, with_typed
from contacts import operations

from ..patient_forms import PatientFieldForm


@admin_settings
def fields(request):
    return _show(request)


@require_POST
@admin_settings
def create(request):
    form = PatientFieldForm(request.POST)
    if form.is_valid() and attempt_with(
        form, "name", operations.define_field, **form.cleaned_data, by=request.member
    ):
        return _show(request, saved=_("Field added."))
    return _show(request, form=form)


@require_POST
@admin_settings
def change(request, pk):
    field = _find(pk)
    form = PatientFieldForm(request.POST.dict() | {"kind": field.kind})
    if form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if name != "kind"}
        if attempt_with(form, "name", operations.change_field, field, **told, by=request.member):
            return _show(request, saved=_("Saved"))
    return _show(request, wrong=(field.pk, form))


@require_POST
@admin_settings
def move(request, pk):
    operations.move_field(_find(pk), to_front=request.POST.get("to") == "front", by=request.member)
    return _show(request, saved=_("Saved"))


@require_POST
@admin_settings
def delete(request, pk):
    operations.delete_field(_find(pk), by=request.member)
    return _show(request, saved=_("The field is gone, with what stood in it."))


def _find(pk):
    return get_object_or_404(operations.patient_fields(), pk=pk)


def _show(request, *, form=None, wrong=None, saved=""):
    rows = with_typed(operations.patient_fields(), wrong)
    for row in rows:
        if row.typed is not None:
            row.is_hidden = "is_hidden" in row.typed
    return show(request, "patient_fields", form=form or PatientFieldForm(), fields=rows, saved=saved)
