"""How conversations were before an act, and putting those back that nobody changed since."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clinics.models import Member, Team
from clinics.refusal import Refused

from .. import queries, realtime, telling
from ..attending import targets
from ..models import Conversation, Episode, Tag
from . import handling, labelling

PLAIN = ("status", "unread", "priority")
MOMENTS = ("snoozed_until", "waiting_since", "last_inbound_at")
IDS = ("assignee_id", "team_id")


@dataclass(frozen=True)
class Before:
    """A conversation's state before an act and after it, as plain values."""

    pk: str
    before: dict
    after: dict

    def followed_by(self, conversation: Conversation) -> "Before":
        """The same with what it is now."""
        return replace(self, after=_state(conversation))


def remember(conversation: Conversation) -> Before:
    """What is needed to put it back."""
    return Before(str(conversation.pk), _state(conversation), {})


def _state(conversation: Conversation) -> dict:
    row = Conversation.objects.values(*PLAIN, *MOMENTS, *IDS).get(pk=conversation.pk)
    told = {name: row[name] for name in PLAIN}
    told |= {name: row[name] and row[name].isoformat() for name in MOMENTS}
    told |= {name: row[name] and str(row[name]) for name in IDS}
    return told | {"tags": sorted(map(str, labelling.tag_ids(conversation)))}


def put_back(acts: list[Before], *, by: Member) -> tuple[int, int]:
    """Restore each that is still as the act left it. Returns how many were, and how many were not."""
    seen = queries.visible_conversations(by).filter(pk__in=[each.pk for each in acts])
    known = set(seen.values_list("pk", flat=True))
    rows = Conversation.objects.filter(pk__in=known).order_by("pk")
    free = {str(row.pk): row for row in rows.select_for_update(skip_locked=True, no_key=True)}
    restored = 0
    with realtime.as_one_change():
        for each in acts:
            if (conversation := free.get(each.pk)) and _state(conversation) == each.after:
                restored += _restore(conversation, each, by)
    return restored, len(acts) - restored


def _restore(conversation: Conversation, act: Before, by: Member) -> bool:
    """False when the member may not change it any more, or whoever had it works here no longer."""
    try:
        handling.lock_to_change(conversation, by)
        _hand_back(conversation, act, by)
    except Refused:
        return False
    before, after = act.before, act.after
    values = {name: before[name] for name in PLAIN} | {
        name: _moment(before[name]) for name in ("snoozed_until", "waiting_since")
    }
    values["attend_at"] = timezone.now() if values["waiting_since"] else None  # until when is to be told anew
    Conversation.objects.filter(pk=conversation.pk).update(**values)
    _restore_episode(conversation, before["status"], after["status"])
    if before["tags"] != after["tags"]:
        labelling.set_tags(conversation, Tag.objects.filter(pk__in=before["tags"]), by=by)
    handling.note_event(conversation, "undone", by)
    return True


def _hand_back(conversation: Conversation, act: Before, by: Member) -> None:
    if [act.before[name] for name in IDS] == [act.after[name] for name in IDS]:
        return
    member = Member.objects.filter(pk=act.before["assignee_id"], is_active=True).first()
    team = Team.objects.filter(pk=act.before["team_id"]).first()
    if (member is None and act.before["assignee_id"]) or (team is None and act.before["team_id"]):
        raise Refused(_("Whoever had it does not work here any more."))
    losing, is_another_teams = telling.left(conversation), conversation.team_id != (team and team.pk)
    conversation.assignee, conversation.team = member, team
    conversation.save(update_fields=["assignee", "team"])
    if is_another_teams:
        targets.follow_team(conversation)
    Episode.objects.filter(conversation=conversation, closed_at=None).update(assignee=member)
    realtime.publish(*losing)


def _restore_episode(conversation: Conversation, before: str, after: str) -> None:
    """The episode that closing ended goes on; the one that reopening began is as if it never was."""
    closed = Conversation.Status.CLOSED
    episodes = Episode.objects.filter(conversation=conversation)
    if after == closed != before and (ended := episodes.order_by("-opened_at").first()):
        ended.closed_at = ended.closed_by = ended.close_reason = None
        ended.close_note = ""
        ended.save(update_fields=["closed_at", "closed_by", "close_reason", "close_note"])
    if before == closed != after:
        episodes.filter(closed_at=None).delete()


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def as_told(acts: list[Before]) -> list[list]:
    """To be signed and handed to the screen."""
    return [[each.pk, each.before, each.after] for each in acts]


def as_read(told: list[list]) -> list[Before]:
    """The reverse."""
    return [Before(str(UUID(pk)), before, after) for pk, before, after in told]
