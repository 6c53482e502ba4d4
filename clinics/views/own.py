"""What every member sets for themselves, and where they work."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..access import member_required
from ..forms import AvailabilityForm, ProfileForm
from ..middleware import CLINIC, outside_clinic
from ..models import Member
from ..operations.members import change_availability, change_profile
from ..settings_pages import own_settings, show


@member_required
def settings(request):
    return redirect("clinics:profile")


@own_settings
def profile(request):
    form = ProfileForm(request.POST or None, instance=Member.objects.get(pk=request.member.pk))
    if request.method != "POST" or not form.is_valid():
        return _show_profile(request, form=form)
    member = change_profile(Member.objects.get(pk=request.member.pk), **form.cleaned_data)
    if (member.density, member.language) == (request.member.density, request.member.language):
        return _show_profile(request, form=form, saved=_("Saved"))
    # The whole page looks different now.
    messages.success(request, _("Saved"))
    return HttpResponse(headers={"HX-Refresh": "true"}) if request.htmx else redirect("clinics:profile")


@require_POST
@own_settings
def availability(request):
    """Languages and whether the member is away; `switch` alone, from the menu at their picture, turns the latter."""
    member = Member.objects.get(pk=request.member.pk)
    if "switch" in request.POST:
        change_availability(member, by=request.member, is_away=not member.is_away)
        return HttpResponse(headers={"HX-Refresh": "true"}) if request.htmx else redirect("inbox:home")
    form = AvailabilityForm(request.POST)
    if form.is_valid():
        change_availability(member, by=request.member, **form.cleaned_data)
    return _show_profile(request, saved_work=_("Saved") if form.is_valid() else "")


def _show_profile(request, **context):
    member = Member.objects.get(pk=request.member.pk)
    work = AvailabilityForm(initial={"speaks": member.speaks, "is_away": member.is_away})
    return show(request, "profile", **{"form": ProfileForm(instance=member), "work": work} | context)


@require_POST
@outside_clinic
def switch_clinic(request):
    """Work in another of one's own clinics from now on."""
    wanted = request.POST.get("clinic", "")
    if wanted not in {str(member.clinic_id) for member in request.memberships}:
        raise Http404
    request.session.cycle_key()  # sockets of the clinic that is left end with the session they were opened in
    request.session[CLINIC] = wanted
    return redirect("inbox:home")
