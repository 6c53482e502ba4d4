"""What only a team sees is handed over on purpose before the team ends: a patient must not write into the void."""

from django.utils.translation import gettext as _

from clinics.models import Member, Role, Team, Visibility
from clinics.refusal import Refused

from ..models import Conversation
from . import handling


def hand_over(sender, team: Team, heir: Team | Member | None, by: Member, **news) -> int:
    """Receiver of clinics.signals.team_ending. Returns how many sensitive conversations went to the heir.

    Raises Refused when there are any and nobody would see them.
    """
    alone = Conversation.objects.filter(team=team, is_sensitive=True).exclude(assignee__is_active=True)
    if not alone.exists():
        return 0
    if heir is None:
        raise Refused(_("Only this team sees some sensitive conversations. Choose who takes them over."))
    if isinstance(heir, Team) and not _is_seen_through(heir):
        raise Refused(
            _("Nobody of %(name)s would see them. Choose another team, or a member.") % {"name": heir}
        )
    found = list(alone.order_by("pk"))
    for conversation in found:
        handling.give(conversation, heir, by=by)
    return len(found)


def _is_seen_through(team: Team) -> bool:
    """Somebody at work sees what is this team's."""
    members = Member.objects.filter(teams=team, is_active=True)
    return members.exclude(role=Role.AGENT, visibility=Visibility.OWN).exists()
