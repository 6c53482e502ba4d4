"""The clinic itself: its name, its time, how long it stays signed in."""

from django.utils.translation import gettext as _

from ..forms import ClinicForm
from ..models import Clinic
from ..operations.clinics import change_clinic
from ..settings_pages import admin_settings, show


@admin_settings
def details(request):
    form = ClinicForm(request.POST or None, instance=Clinic.objects.get(pk=request.member.clinic_id))
    saved = ""
    if request.method == "POST" and form.is_valid():
        change_clinic(Clinic.objects.get(pk=request.member.clinic_id), by=request.member, **form.cleaned_data)
        saved = _("Saved")
    return show(request, "details", form=form, saved=saved)
