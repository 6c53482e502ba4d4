"""Who answers, and when, is settled by admins: texts, assignment, targets, reasons for closing."""

from collections.abc import Iterable

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member, Team
from clinics.refusal import Refused, check_room
from integrations.models import Channel

from ..models import AnswerRules, ChannelRule, CloseReason, OnCall, OnCallRules, TeamTarget

MOST_REASONS = 60


def change_rules(*, by: Member, **values) -> AnswerRules:
    """These rules hold from now on; what is not named stays as it is."""
    rules = AnswerRules.objects.select_for_update().first() or AnswerRules()
    changed = {name: value for name, value in values.items() if getattr(rules, name) != value}
    before = {name: getattr(rules, name) for name in changed}
    for name, value in changed.items():
        setattr(rules, name, value)
    if changed:
        rules.changed_at = timezone.now()
        rules.save()
        audit.record("answering.changed", member=by, detail={"before": before, "after": changed})
    return rules


def change_on_call(*, members: Iterable[Member], by: Member, **values) -> OnCallRules:
    """These members are called from now on, by these rules."""
    rules = OnCallRules.objects.select_for_update().first() or OnCallRules()
    before = {name: getattr(rules, name) for name in values} | {"members": _on_call()}
    for name, value in values.items():
        setattr(rules, name, value)
    OnCall.objects.exclude(member__in=members).delete()
    OnCall.objects.bulk_create([OnCall(member=each) for each in members], ignore_conflicts=True)
    after = values | {"members": _on_call()}
    if after != before:
        rules.changed_at = timezone.now()
        rules.save()
        audit.record("on_call.changed", member=by, detail={"before": before, "after": after})
    return rules


def _on_call() -> str:
    return ", ".join(sorted(OnCall.objects.values_list("member__name", flat=True)))


def change_channel_rule(channel: Channel, *, answers: bool, team: Team | None, by: Member) -> None:
    """Whether this channel answers by itself, and for which team its conversations are."""
    rule = ChannelRule.objects.filter(channel=channel).first() or ChannelRule(channel=channel)
    if rule.answers == answers and rule.team_id == (team and team.pk):
        return
    rule.answers, rule.team = answers, team
    rule.save()
    if not AnswerRules.objects.exists():
        AnswerRules.objects.create()  # intake asks for this row alone
    detail = {"channel": channel.name, "answers": answers, "team": team.name if team else ""}
    audit.record("answering.channel_changed", member=by, target=channel, detail=detail)


def change_team_target(team: Team, *, by: Member, **minutes: int | None) -> None:
    """How soon this team is to answer, for who begins to wait from now on; None is as soon as the clinic."""
    held = TeamTarget.objects.filter(team=team).first() or TeamTarget(team=team)
    before = {name: getattr(held, name) for name in minutes}
    if before == minutes:
        return
    for name, value in minutes.items():
        setattr(held, name, value)
    held.save()
    if not AnswerRules.objects.exists():
        AnswerRules.objects.create()  # intake asks for this row alone
    detail = {"team": team.name, "before": before, "after": minutes}
    audit.record("answering.team_changed", member=by, target=team, detail=detail)


def add_reason(name: str, *, by: Member) -> CloseReason:
    """One more reason to close a conversation. Raises Refused when there is one of that name, or no room."""
    offered = CloseReason.objects.filter(dropped_at=None)
    if offered.filter(name__iexact=name).exists():
        raise Refused(_("There is a reason called %(name)s already.") % {"name": name})
    check_room(offered.count(), MOST_REASONS)
    last = offered.aggregate(last=Max("place"))["last"]
    reason = CloseReason.objects.create(name=name, place=0 if last is None else last + 1)
    audit.record("close_reason.added", member=by, target=reason, detail={"name": name})
    return reason


def drop_reason(reason: CloseReason, *, by: Member) -> None:
    """It is offered no longer; what was closed for it keeps it."""
    if reason.dropped_at is None:
        reason.dropped_at = timezone.now()
        reason.save(update_fields=["dropped_at"])
        audit.record("close_reason.dropped", member=by, target=reason, detail={"name": reason.name})
