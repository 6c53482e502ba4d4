"""Teams: groups of members that work can be handed to."""

from django.utils.translation import gettext as _

from .. import audit
from ..models import Member, Team, TeamMember
from ..refusal import Refused
from ..signals import sight_changed, team_ending


def create_team(name: str, *, by: Member | None = None) -> Team:
    """Begin a team without members. Raises Refused when the name is taken."""
    _check_free(name)
    team = Team.objects.create(name=name)
    audit.record("team.created", member=by, target=team, detail={"name": name})
    return team


def rename_team(team: Team, name: str, *, by: Member) -> Team:
    """Raises Refused when another team has the name."""
    if name == team.name:
        return team
    _check_free(name, but=team)
    before, team.name = team.name, name
    team.save(update_fields=["name"])
    audit.record("team.renamed", member=by, target=team, detail={"before": before, "after": name})
    return team


def delete_team(team: Team, *, heir: Team | Member | None = None, by: Member) -> None:
    """End a team. Its conversations stay, without a team; what nobody else would see goes to its heir.

    Raises Refused when there is such a thing and no heir.
    """
    handed_over = sum(count for _of, count in team_ending.send(Team, team=team, heir=heir, by=by))
    told = {"heir": str(heir), "handed_over": handed_over} if handed_over else {}
    audit.record("team.deleted", member=by, target=team, detail={"name": team.name, **told})
    members = list(TeamMember.objects.filter(team=team).values_list("member_id", flat=True))
    team.delete()
    sight_changed.send(Team, members=members)


def set_team_members(team: Team, members: list[Member], *, by: Member | None = None) -> Team:
    """Make exactly these the members of the team."""
    wanted = {member.pk for member in members}
    present = set(TeamMember.objects.filter(team=team).values_list("member_id", flat=True))
    if wanted == present:
        return team
    TeamMember.objects.filter(team=team, member_id__in=present - wanted).delete()
    TeamMember.objects.bulk_create([TeamMember(team=team, member_id=pk) for pk in sorted(wanted - present)])
    detail = {"name": team.name, "members": sorted(member.name for member in members)}
    audit.record("team.members_changed", member=by, target=team, detail=detail)
    sight_changed.send(Team, members=sorted(wanted ^ present))
    return team


def _check_free(name: str, but: Team | None = None) -> None:
    if Team.objects.filter(name__iexact=name).exclude(pk=but and but.pk).exists():
        raise Refused(_("There is a team called %(name)s already.") % {"name": name})
