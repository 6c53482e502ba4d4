"""Teams and who is in them."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import queries
from ..forms import TeamForm, TeamHeirForm, TeamMembersForm
from ..models import Team
from ..operations.teams import create_team, delete_team, rename_team, set_team_members
from ..settings_pages import admin_settings, attempt, attempt_with, show, with_typed

MOST_TICKS = 600  # members to tick in all teams together; beyond, a team is opened by itself


@admin_settings
def teams(request):
    """Every team; where there are many people in many teams, the one that `open` names with its members."""
    return _show(request)


@require_POST
@admin_settings
def create(request):
    form = TeamForm(request.POST)
    if form.is_valid() and attempt_with(
        form, "name", create_team, form.cleaned_data["name"], by=request.member
    ):
        return _show(request, saved=_("Team made."))
    return _show(request, form=form)


@require_POST
@admin_settings
def change(request, pk):
    team = get_object_or_404(queries.teams(), pk=pk)
    form = TeamMembersForm(request.POST, instance=Team.objects.get(pk=pk), members=queries.active_members())
    if not form.is_valid() or not attempt_with(
        form, "name", rename_team, team, form.cleaned_data["name"], by=request.member
    ):
        return _show(request, wrong=(team.pk, form))
    set_team_members(team, list(form.cleaned_data["members"]), by=request.member)
    return _show(request, saved=_("Saved"))


@require_POST
@admin_settings
def delete(request, pk):
    team = get_object_or_404(queries.teams(), pk=pk)
    heirs = [*queries.teams().exclude(pk=pk), *queries.active_members()]
    form = TeamHeirForm(request.POST, heirs=heirs)
    if not form.is_valid():
        return _show(request, problem=_("This is not there any more."))
    problem = attempt(delete_team, team, heir=form.cleaned_data["heir"], by=request.member)
    return _show(request, problem=problem, saved=_("The team is gone. Its conversations are kept."))


def _show(request, *, form=None, wrong=None, saved="", problem=""):
    members = list(queries.active_members())
    rows = with_typed(queries.teams().prefetch_related("members"), wrong)
    is_short = len(rows) * len(members) <= MOST_TICKS
    for team in rows:
        team.chosen = {each.pk for each in team.members.all()}
        is_asked = str(team.pk) == request.GET.get("open")
        team.is_open = is_short or is_asked or team.typed is not None
        team.has_focus = is_asked and request.method == "GET"
        if team.typed is not None:
            team.chosen = {each.pk for each in members if str(each.pk) in team.typed.getlist("members")}
    return show(
        request,
        "teams",
        form=form or TeamForm(),
        teams=rows,
        members=members,
        saved="" if problem else saved,
        problem=problem,
    )
