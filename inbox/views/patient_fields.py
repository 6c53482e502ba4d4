"""Which things a clinic wants to know of its patients, as admins choose them."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.settings_pages import admin_settings, attempt, show
from contacts import operations

from ..patient_forms import PatientFieldForm


@admin_settings
def fields(request):
    return _show(request)


@require_POST
@admin_settings
def create(request):
    form = PatientFieldForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form)
    told = form.cleaned_data
    problem = attempt(
        operations.define_field,
        told["name"],
        told["kind"],
        choices=told["choices"],
        is_hidden=told["is_hidden"],
        by=request.member,
    )
    return _show(request, form=form if problem else None, problem=problem, saved=_("Field added."))


@require_POST
@admin_settings
def change(request, pk):
    field = _find(pk)
    form = PatientFieldForm(request.POST.dict() | {"kind": field.kind})
    if not form.is_valid():
        return _show(request, problem=next(iter(form.errors.values()))[0])
    told = form.cleaned_data
    problem = attempt(
        operations.change_field,
        field,
        told["name"],
        choices=told["choices"],
        is_hidden=told["is_hidden"],
        by=request.member,
    )
    return _show(request, problem=problem, saved=_("Saved"))


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


def _show(request, *, form=None, saved="", problem=""):
    return show(
        request,
        "patient_fields",
        form=form or PatientFieldForm(),
        fields=operations.patient_fields(),
        saved="" if problem else saved,
        problem=problem,
    )
