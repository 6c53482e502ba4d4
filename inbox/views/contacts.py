"""Correcting what is known of a patient, in the panel."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from clinics import audit
from contacts.models import Contact

from .. import queries, realtime
from ..forms import ContactForm
from .access import members_only


@require_POST
@members_only
def contact(request, pk):
    """Save the name or the note; a name that staff typed wins over the channel's from then on."""
    conversations = queries.visible_conversations(request.member).filter(contact=pk)
    found = get_object_or_404(Contact, pk=pk, conversations__in=conversations[:1])
    fields = ContactForm.Meta.fields
    form = ContactForm({name: getattr(found, name) for name in fields} | request.POST.dict(), instance=found)
    if not form.is_valid():
        return HttpResponse(status=422)
    if "name" in form.changed_data:
        found.is_name_edited = bool(form.cleaned_data["name"])
    form.save()
    if form.changed_data:
        detail = {"changed": form.changed_data}
        audit.record("contact.changed", member=request.member, target=found, detail=detail)
    topics = [realtime.topic(each) for each in found.conversations.values_list("pk", flat=True)]
    realtime.publish(f"contact-{found.pk}", *topics)
    return HttpResponse(status=204)
