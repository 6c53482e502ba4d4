"""Saved replies in the settings: an admin's for the whole clinic, an agent's their own."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.refusal import Refused
from clinics.settings_pages import attempt, own_settings, show

from .. import languages, saved_replies, variables
from ..forms import SavedReplyForm
from ..models import SavedReply, SavedReplyTeam
from ..operations import replies as operations


@own_settings
def replies(request):
    return _list(request)


@own_settings
def new(request):
    """An empty form, or what was made of it."""
    if request.method != "POST":
        return _form(request, SavedReplyForm(None, member=request.member), None)
    return _save(request, None)


@own_settings
def change(request, pk):
    reply = _find(request, pk)
    if request.method != "POST":
        return _form(request, SavedReplyForm(None, member=request.member, initial=_told(reply)), reply)
    return _save(request, reply)


@require_POST
@own_settings
def delete(request, pk):
    """Gone from every list, with a way back in the answer."""
    reply = _find(request, pk)
    operations.delete_reply(reply, by=request.member)
    return _list(request, deleted=reply)


@require_POST
@own_settings
def restore(request, pk):
    reply = _find(request, pk)
    problem = attempt(operations.restore_reply, reply, by=request.member)
    return _list(request, problem=problem, saved="" if problem else _("It is back"))


def _find(request, pk) -> SavedReply:
    return get_object_or_404(saved_replies.changeable_replies(request.member), pk=pk)


def _save(request, reply: SavedReply | None):
    """What is right is kept and the list shown; what is wrong comes back with what was typed."""
    form = SavedReplyForm(request.POST, member=request.member)
    if not form.is_valid():
        return _form(request, form, reply)
    wording = operations.Wording(**form.wording())
    try:
        if reply is None:
            operations.create_reply(wording, by=request.member)
        else:
            operations.change_reply(reply, wording, by=request.member)
    except Refused as refused:
        form.add_error("shortcut", str(refused))
        return _form(request, form, reply)
    return _list(request, saved=_("Saved"))


def _told(reply: SavedReply) -> dict:
    teams = SavedReplyTeam.objects.filter(reply=reply).values_list("team_id", flat=True)
    told = {"title": reply.title, "shortcut": reply.shortcut, "bodies": reply.bodies, "teams": list(teams)}
    return told | {"is_shared": reply.owner_id is None}


def _list(request, **context):
    rows = saved_replies.listed_replies(request.member)
    first = request.member.clinic.language
    for row in rows:
        row.wordings = languages.named(row.bodies, first)
    shared = [row for row in rows if row.owner_id is None]
    own = [row for row in rows if row.owner_id is not None]
    return show(request, "replies", shared=shared, own=own, **context)


def _form(request, form: SavedReplyForm, reply: SavedReply | None):
    clinic = request.member.clinic
    examples = {"clinic.name": clinic.name, "member.name": request.member.name, "channel.name": clinic.name}
    known = [
        (name, label, examples.get(name) or example) for name, (label, example) in variables.KNOWN.items()
    ]
    shown = form.wordings(clinic.language)
    offered = [each for each in languages.offered() if each[0] not in {code for code, *_rest in shown}]
    context = {"form": form, "reply": reply, "known": known, "wordings": shown, "offered": offered}
    chosen = form.data.getlist("teams") if form.is_bound else form.initial.get("teams", [])
    context["chosen_teams"] = {str(pk) for pk in chosen}
    return show(request, "reply", longest=form.LONGEST, **context)
