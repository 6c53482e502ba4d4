"""Correcting what is known of a patient, in the panel."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinics.refusal import Refused
from contacts import values
from contacts.models import Contact, ContactNote
from contacts.operations import patient_fields

from .. import queries
from ..operations import patients
from ..patient_forms import ContactForm, ContactNoteForm
from .access import find_conversation, members_only, put_on_record
from .conversations import pins_for
from .panel import PanelField, panel_of


@require_GET
@members_only
def panel(request, pk):
    """The panel of an open conversation, after a hint about its patient."""
    found = find_conversation(request, pk)
    put_on_record(request, found, is_again=True)
    context = {"conversation": found, "panel": panel_of(found, request.member)} | pins_for(
        found, request.member
    )
    return render(request, "inbox/_panel.html", context)


@require_POST
@members_only
def contact(request, pk):
    """Save a fact: name, whom they write for, language, time zone or what to know of them."""
    found, form = _find(request, pk), ContactForm(request.POST)
    if not form.is_valid():
        return _refuse(next(iter(form.errors.values()))[0])
    return _answer(patients.change_contact, found, form.told(), by=request.member)


@members_only
def field(request, pk, field_pk):
    """One of the clinic's own fields: its control with the value, also of a hidden one; or, posted, its new value."""
    found = _find(request, pk)
    field = get_object_or_404(patient_fields(), pk=field_pk)
    if request.method != "POST":
        patients.show_field(found, field, by=request.member)
        shown = PanelField(field, found.fields.get(field.key), is_shown=True)
        context = {
            "contact": found,
            "each": shown,
            "is_fixed": not patients.may_change(found, request.member),
        }
        return render(request, "inbox/_patient_field.html", context)
    return _answer(patients.set_fields, found, {field: request.POST.get("value", "")}, by=request.member)


@require_POST
@members_only
def notes(request, pk):
    """Write a remark about the patient."""
    found, form = _find(request, pk), ContactNoteForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["text"]:
        return _refuse(_("Write the note first."))
    return _answer(patients.add_contact_note, found, form.cleaned_data["text"], by=request.member)


@require_POST
@members_only
def note(request, pk, note_pk):
    """Change a remark; an empty one goes away."""
    found, form = _find(request, pk), ContactNoteForm(request.POST)
    remark = get_object_or_404(ContactNote.objects.select_related("contact"), pk=note_pk, contact=found)
    if not form.is_valid():
        return _refuse(next(iter(form.errors.values()))[0])
    return _answer(patients.change_contact_note, remark, form.cleaned_data["text"], by=request.member)


def _find(request, pk) -> Contact:
    """A person with whom the member sees a conversation. Raises Http404."""
    conversations = queries.visible_conversations(request.member).filter(contact=pk)
    return get_object_or_404(Contact, pk=pk, conversations__in=conversations[:1])


def _answer(change, *told, by) -> HttpResponse:
    """Make the change; nothing to say when it was made, the sentence why when it was not."""
    try:
        change(*told, by=by)
    except (Refused, values.Wrong) as problem:
        return _refuse(str(problem))
    return HttpResponse(status=204)


def _refuse(sentence: str) -> JsonResponse:
    return JsonResponse({"code": "invalid", "sentence": sentence}, status=422)
