"""Who works here, and who is invited."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from .. import languages, mail
from ..forms import InviteForm, RoleForm, WorkForm
from ..models import Invitation, Member, Role, Visibility
from ..operations import invitations
from ..operations.members import (
    change_availability,
    change_role,
    change_visibility,
    deactivate_member,
    reactivate_member,
)
from ..operations.second_factors import reset_second_factor
from ..operations.tokens import tokens_made_by
from ..paging import page_of
from ..refusal import Refused
from ..second_factor import people_with_second_factor
from ..settings_pages import admin_settings, attempt, show, with_typed

FACTOR_REMOVED = gettext_lazy("An admin of your clinic removed the second step of your sign-in.")


@admin_settings
def members(request):
    return _show(request)


@require_POST
@admin_settings
def invite(request):
    """Make an invitation and mail its link. In production nobody but the mailbox gets it: using it proves the address.

    Without production there is no mail, so the page shows the link, once.
    """
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form)
    try:
        invitation, token = invitations.invite(**form.cleaned_data, by=request.member)
    except Refused as refused:
        form.add_error("email", str(refused))
        return _show(request, form=form)
    link = settings.PUBLIC_URL + reverse("clinics:invitation", args=[request.member.clinic_id, token])
    transaction.on_commit(partial(mail.send_invitation, invitation.email, request.member.clinic.name, link))
    return _show(request, invited=invitation, link=None if settings.PRODUCTION else link)


@require_POST
@admin_settings
def withdraw(request, pk):
    invitations.withdraw(get_object_or_404(Invitation.objects.all(), pk=pk), by=request.member)
    return _show(request, saved=_("The invitation no longer works."))


@require_POST
@admin_settings
def role(request, pk):
    """What a member may do, and which conversations they see."""
    member, form = _find(pk), RoleForm(request.POST)
    problem = "" if form.is_valid() else _("Choose a role.")
    problem = problem or attempt(change_role, member, form.cleaned_data["role"], by=request.member)
    if not problem and (visibility := form.cleaned_data["visibility"]):
        problem = attempt(change_visibility, member, visibility, by=request.member)
    return _show(request, problem=problem, saved=_("Saved"))


@require_POST
@admin_settings
def work(request, pk):
    """What rules look at before they give the member work."""
    member, form = _find(pk), WorkForm(request.POST)
    if not form.is_valid():
        return _show(request, wrong=(member.pk, form))
    problem = attempt(change_availability, member, by=request.member, **form.cleaned_data)
    return _show(request, problem=problem, saved=_("Saved"))


@require_POST
@admin_settings
def deactivate(request, pk):
    member = _find(pk)
    problem = attempt(deactivate_member, member, by=request.member)
    return _show(request, problem=problem, saved=_("%(name)s no longer works here.") % {"name": member.name})


@require_POST
@admin_settings
def reactivate(request, pk):
    member = _find(pk)
    problem = attempt(reactivate_member, member, by=request.member)
    return _show(request, problem=problem, saved=_("%(name)s works here again.") % {"name": member.name})


@require_POST
@admin_settings
def forget_factor(request, pk):
    member = _find(pk)
    problem = attempt(reset_second_factor, member, by=request.member)
    if not problem:
        language = member.language or member.clinic.language
        transaction.on_commit(partial(mail.send_notice, member.user.email, FACTOR_REMOVED, language))
    saved = _("%(name)s sets up a new second step at the next sign-in.") % {"name": member.name}
    return _show(request, problem=problem, saved=saved)


def _show(request, *, form=None, wrong=None, saved="", problem="", **context):
    everybody = (
        Member.objects.select_related("user").prefetch_related("teams").order_by("-is_active", "name", "pk")
    )
    page = page_of(everybody, request.GET, "name", "user__email")
    shown = with_typed(page.rows, wrong)
    working = [member for member in shown if member.is_active]
    protected = people_with_second_factor([member.user_id for member in working])
    keys = tokens_made_by(working)
    for member in working:
        member.has_second_factor, member.keys = member.user_id in protected, keys.get(member.pk, [])
        if member.typed is not None:
            member.is_away, member.speaks = "is_away" in member.typed, member.typed.getlist("speaks")
    may_grant = [each for each in Role if each != Role.OWNER or request.member.role == Role.OWNER]
    return show(
        request,
        "members",
        form=form or InviteForm(),
        visibilities=Visibility.choices,
        languages=languages.offered(),
        roles=[(each.value, each.label) for each in may_grant],
        page=page,
        working=working,
        working_count=Member.objects.filter(is_active=True).count(),
        former=[member for member in shown if not member.is_active],
        invitations=invitations.open_invitations().select_related("invited_by"),
        saved="" if problem else saved,
        problem=problem,
        **context,
    )


def _find(pk) -> Member:
    return get_object_or_404(Member.objects.select_related("user"), pk=pk)
