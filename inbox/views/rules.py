"""The page on who answers, and when: texts, assignment, targets, reasons for closing."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics import languages, mail
from clinics.hours import sentence
from clinics.models import Clinic, Team
from clinics.queries import hours_of, teams
from clinics.settings_pages import admin_settings, attempt_with, show, with_typed
from integrations.queries import channels

from .. import oncall
from ..attending.answering import OPENING, fill
from ..models import LONGEST_TARGET, AnswerRules, ChannelRule, CloseReason, OnCallRules, TeamTarget
from ..operations import rules as operations
from ..rule_forms import (
    AskingForm,
    AssigningForm,
    ChannelRuleForm,
    OnCallForm,
    ReasonForm,
    TargetsForm,
    TextsForm,
)


@admin_settings
def rules(request):
    """The whole page; its parts are posted to the views below."""
    return _show(request)


@require_POST
@admin_settings
def texts(request):
    form = TextsForm(request.POST, first=request.member.clinic.language)
    return _save(request, "texts", form, operations.change_rules)


@require_POST
@admin_settings
def assigning(request):
    return _choose(request, "assigning", AssigningForm(request.POST), operations.change_rules)


@require_POST
@admin_settings
def targets(request):
    return _save(request, "targets", TargetsForm(request.POST), operations.change_rules)


@require_POST
@admin_settings
def team_target(request, pk):
    team, form = get_object_or_404(teams(), pk=pk), TargetsForm(request.POST)
    if not form.is_valid():
        return _show(request, wrong=(team.pk, form))
    operations.change_team_target(team, by=request.member, **form.cleaned_data)
    return _show(request, saved="team_targets")


@require_POST
@admin_settings
def on_call(request):
    return _save(request, "on_call", OnCallForm(request.POST), operations.change_on_call)


@require_POST
@admin_settings
def asking(request):
    return _choose(request, "asking", AskingForm(request.POST), operations.change_rules)


@require_POST
@admin_settings
def add_reason(request):
    form = ReasonForm(request.POST)
    if form.is_valid() and attempt_with(
        form, "name", operations.add_reason, form.cleaned_data["name"], by=request.member
    ):
        return _show(request, saved="asking")
    return _show(request, reason=form)


@require_POST
@admin_settings
def drop_reason(request, pk):
    operations.drop_reason(get_object_or_404(CloseReason.objects.all(), pk=pk), by=request.member)
    return _show(request, saved="asking")


@require_POST
@admin_settings
def channel(request, pk):
    found = get_object_or_404(channels(), pk=pk)
    form = ChannelRuleForm(request.POST, teams=teams())
    if not form.is_valid():
        return HttpResponse(status=422)
    operations.change_channel_rule(found, by=request.member, **form.cleaned_data)
    return _show(request, saved="channels")


def _choose(request, part: str, form, change):
    """Change the rules by what was chosen; nobody can choose wrongly on the page."""
    if not form.is_valid():
        return HttpResponse(status=422)
    change(by=request.member, **form.cleaned_data)
    return _show(request, saved=part)


def _save(request, part: str, form, change):
    """Change the rules by what is right; what is wrong comes back with what was typed."""
    if not form.is_valid():
        return _show(request, **{part: form})
    change(by=request.member, **form.cleaned_data)
    return _show(request, saved=part)


def _show(request, *, saved="", wrong=None, **forms):
    clinic = Clinic.objects.get(pk=request.member.clinic_id)
    now, hours = timezone.now(), hours_of(clinic)
    held = AnswerRules.objects.first() or AnswerRules()
    called = OnCallRules.objects.first() or OnCallRules()
    rules_of = {rule.channel_id: rule for rule in ChannelRule.objects.all()}
    offered = [(each, rules_of.get(each.pk) or ChannelRule(channel=each)) for each in channels()]
    context = {
        "texts": TextsForm(first=clinic.language, initial=_texts(held)),
        "assigning": AssigningForm(instance=held),
        "targets": TargetsForm(initial=_of(held, TargetsForm)),
        "on_call": OnCallForm(initial=_of(called, OnCallForm, but="members") | {"members": oncall.on_call()}),
        "asking": AskingForm(initial=_of(held, AskingForm)),
        "reason": ReasonForm(),
    }
    context |= forms
    return show(
        request,
        "rules",
        rules=held,
        previews=_previews(held, clinic, hours, now),
        channel_rules=offered,
        teams=teams(),
        team_targets=_team_targets(wrong),
        longest_target=LONGEST_TARGET,
        sends_mail=mail.is_sent(),
        half_blind=[each for each in oncall.on_call() if not each.sees_all],
        reasons=CloseReason.objects.filter(dropped_at=None),
        open_now=sentence(hours, now),
        opening_word=OPENING,
        saved_part=saved,
        saved=_("Saved") if saved else "",
        **context,
    )


def _team_targets(wrong) -> list[tuple[Team, TeamTarget]]:
    """Each team with its own targets, empty where they are the clinic's."""
    own = {each.team_id: each for each in TeamTarget.objects.all()}
    return [(team, own.get(team.pk) or TeamTarget(team=team)) for team in with_typed(teams(), wrong)]


def _of(held: AnswerRules | OnCallRules, form, but: str = "") -> dict:
    return {name: getattr(held, name) for name in form.base_fields if name != but}


def _texts(held: AnswerRules) -> dict:
    values = {name: getattr(held, name) for name in ("greets", "answers_away", "quiet_minutes")}
    for kind in ("greeting", "away"):
        values |= {f"{kind}-{code}": text for code, text in getattr(held, kind).items()}
    return values


def _previews(held: AnswerRules, clinic: Clinic, hours, now) -> list[tuple[str, str, str]]:
    """(what it is, language, the words as a patient would read them now)."""
    found = []
    for words, told in ((_("Greeting"), held.greeting), (_("Away reply"), held.away)):
        if code := languages.choose(told, clinic.language):
            found.append((words, code, fill(told[code], code, hours, now)))
    return found
