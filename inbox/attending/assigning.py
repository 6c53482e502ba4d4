"""Who gets a conversation that nobody holds, by the clinic's rule."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from clinics import languages
from clinics.hours import Hours
from clinics.models import Member, TeamMember

from .. import notices, telling
from ..models import AnswerRules, ChannelRule, Conversation, Episode, Letter, Message

HERE = timedelta(minutes=3)  # since the inbox was last seen open in one of their browsers
SAME = "same"


def assign(
    conversation: Conversation, *, is_new: bool, rules: AnswerRules, hours: Hours, now: datetime
) -> list[str]:
    """Give it to its channel's team and to a member who is here, if the rule says so. Returns the topics to tell.

    Call with the rules' row and the conversation's locked: whose turn it is, and how many they have, must not move.
    """
    if conversation.is_sensitive or conversation.status != Conversation.Status.OPEN:
        return []
    topics = _to_team(conversation) if is_new else []
    if not rules.is_assigning or not hours.is_open(now):
        return topics
    holder = conversation.assignee
    if holder and (not is_new or (rules.is_sticky and is_here(holder, now))):
        return topics
    chosen = choose(conversation, rules, now)
    if chosen is None or chosen == holder:
        return topics
    return [*topics, *_give(conversation, chosen, rules.assigning, now)]


def choose(conversation: Conversation, rules: AnswerRules, now: datetime) -> Member | None:
    """The member whose turn it is; None while nobody is here who has room for one more."""
    free, load = _free(now, team_id=conversation.team_id)
    language = conversation.contact.language
    if rules.heeds_languages and language:
        free = [
            each for each in free if any(languages.speaks(code, language) for code in each.speaks)
        ] or free
    by_turn = sorted(free, key=lambda each: (each.given_at is not None, each.given_at or now, each.name))
    if rules.assigning == AnswerRules.Assigning.LEAST_OPEN:
        by_turn.sort(key=lambda each: load[each.pk])
    return by_turn[0] if by_turn else None


def can_be_given(now: datetime) -> Q:
    """The conversations for which somebody is here who has room: anybody, or of their team where they have one."""
    free, _load = _free(now)
    if not free:
        return Q(pk=None)
    return Q(team=None) | Q(team__in=TeamMember.objects.filter(member__in=free).values("team"))


def is_here(member: Member, now: datetime) -> bool:
    """At work, not away, with the inbox open."""
    is_seen = member.here_at is not None and member.here_at > now - HERE
    return member.is_active and not member.is_away and is_seen


def offer_back(conversation: Conversation) -> list[str]:
    """Take it from a member who is away, for others. Returns the topics to tell."""
    losing, name = telling.left(conversation), conversation.assignee.name
    _set_assignee(conversation, None)
    note(conversation, "offered_back", to=name)
    return losing


def note(conversation: Conversation, kind: str, **content) -> Message:
    """A line in the thread about what a rule did."""
    return Message.objects.create(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Message.Direction.EVENT,
        source=Message.Source.SYSTEM,
        kind=kind,
        content=content,
    )


def _to_team(conversation: Conversation) -> list[str]:
    if conversation.team_id:
        return []
    rule = ChannelRule.objects.filter(channel=conversation.channel_id).select_related("team").first()
    if rule is None or rule.team is None:
        return []
    losing = telling.left(conversation)
    conversation.team = rule.team
    conversation.save(update_fields=["team"])
    note(conversation, "assigned", to=str(rule.team), rule="channel")
    return losing


def _give(conversation: Conversation, member: Member, rule: str, now: datetime) -> list[str]:
    losing = telling.left(conversation)
    _set_assignee(conversation, member)
    member.given_at = now
    member.save(update_fields=["given_at"])
    event = note(conversation, "assigned", to=member.name, rule=rule)
    notices.note(Letter.ASSIGNED, event, [member])
    return losing


def _set_assignee(conversation: Conversation, member: Member | None) -> None:
    conversation.assignee = member
    conversation.save(update_fields=["assignee"])
    Episode.objects.filter(conversation=conversation, closed_at=None).update(assignee=member)


def _free(now: datetime, team_id: UUID | None = None) -> tuple[list[Member], Counter]:
    """Who is here and has room for one more, in that team if there is one; and how many each of them holds."""
    here = Member.objects.filter(is_active=True, is_away=False, here_at__gt=now - HERE)
    members = list(here.filter(teams=team_id) if team_id else here)
    load = _load(members)
    return [each for each in members if each.most_open is None or load[each.pk] < each.most_open], load


def _load(members: list[Member]) -> Counter:
    """How many open conversations each holds."""
    held = Conversation.objects.filter(assignee__in=members, status=Conversation.Status.OPEN)
    return Counter(dict(held.order_by().values_list("assignee").annotate(Count("pk"))))
