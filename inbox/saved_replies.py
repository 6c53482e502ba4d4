"""Saved replies as members and machines may read them, and as they read in one conversation."""

from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from clinics.models import Member, TeamMember

from . import languages, variables
from .models import Conversation, SavedReply, SavedReplyTeam, SavedReplyUse
from .search_text import folded

MOST = 500  # of one member's list; more cannot be looked through


@dataclass(frozen=True)
class Choice:
    """One saved reply as it would be put into the answer of one conversation."""

    reply: SavedReply
    language: str
    text: str
    is_theirs: bool  # in the patient's language, as far as that is known
    uses: int
    files: int = 0  # go along

    @property
    def sought_in(self) -> str:
        """What is searched for the typed words: title, shortcut and every wording, without accents."""
        return folded(
            " ".join([self.reply.title, self.reply.shortcut, *self.reply.bodies.values(), self.text])
        )

    @property
    def has_languages(self) -> bool:
        return len(self.reply.bodies) > 1

    @property
    def unfilled(self) -> list[str]:
        return variables.unfilled(self.text)


def shared_replies() -> QuerySet[SavedReply]:
    """The clinic's own, whichever teams they are for."""
    return SavedReply.objects.filter(owner=None, deleted_at=None)


def usable_replies(member: Member) -> QuerySet[SavedReply]:
    """Those that a member gets by `/`: their own, everybody's, and those for a team of theirs."""
    teams = TeamMember.objects.filter(member=member).values("team")
    theirs = Exists(SavedReplyTeam.objects.filter(reply=OuterRef("pk"), team__in=teams))
    everybodys = Q(owner=None, is_for_teams=False) | Q(theirs, owner=None, is_for_teams=True)
    return SavedReply.objects.filter(everybodys | Q(owner=member), deleted_at=None)


def changeable_replies(member: Member) -> QuerySet[SavedReply]:
    """Those that a member may change, deleted ones too: their own and, for admins, the clinic's."""
    theirs = Q(owner=member) | Q(owner=None) if member.is_admin else Q(owner=member)
    return SavedReply.objects.filter(theirs)


def listed_replies(member: Member) -> list[SavedReply]:
    """The settings page: what the member may change or use, each with `used`, `last_used_at`, `team_names`."""
    changeable = changeable_replies(member).filter(deleted_at=None).values("pk")
    shown = SavedReply.objects.filter(Q(pk__in=changeable) | Q(pk__in=usable_replies(member).values("pk")))
    replies = list(shown.order_by("title", "pk")[:MOST])
    told = SavedReplyUse.objects.filter(reply__in=replies).values_list("reply").order_by()
    uses = {pk: told for pk, *told in told.annotate(Sum("count"), Max("last_used_at"))}
    teams: dict = {}
    for team in (
        SavedReplyTeam.objects.filter(reply__in=replies).select_related("team").order_by("team__name")
    ):
        teams.setdefault(team.reply_id, []).append(team.team.name)
    for reply in replies:
        reply.used, reply.last_used_at = uses.get(reply.pk, (0, None))
        reply.team_names = teams.get(reply.pk, [])
        reply.is_changeable = reply.owner_id == member.pk or member.is_admin
    return replies


def choices(conversation: Conversation, member: Member) -> list[Choice]:
    """What `/` offers here, filled in, in the patient's language or the clinic's; most used by the member first."""
    uses = {
        row.reply_id: row
        for row in SavedReplyUse.objects.filter(member=member).only("reply", "count", "last_used_at")
    }
    values = variables.values_for(conversation, member)
    usable = usable_replies(member).annotate(file_count=Count("files"))
    found = [_choice(reply, conversation, member, values, uses) for reply in usable[:MOST]]
    return sorted(
        found, key=lambda each: (-each.uses, _ago(uses.get(each.reply.pk)), folded(each.reply.title))
    )


def _choice(
    reply: SavedReply, conversation: Conversation, member: Member, values: dict, uses: dict
) -> Choice:
    theirs = conversation.contact.language
    language = languages.choose(reply.bodies, theirs, member.clinic.language)
    text = variables.fill(reply.bodies.get(language, ""), values)
    used = uses.get(reply.pk)
    is_theirs = not theirs or languages.speaks(language, theirs)
    return Choice(reply, language, text, is_theirs, used.count if used else 0, reply.file_count)


def _ago(use: SavedReplyUse | None) -> float:
    return -use.last_used_at.timestamp() if use else 0
