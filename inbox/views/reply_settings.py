"""Saved replies in the settings: an admin's for the whole clinic, an agent's their own."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinics.refusal import Refused
from clinics.settings_pages import attempt, own_settings, show
from integrations.events import Invalid

from .. import languages, saved_replies, variables
from ..models import SavedReply, SavedReplyFile, SavedReplyTeam
from ..operations import replies as operations
from ..operations import reply_files
from ..reply_forms import SavedReplyForm


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
        return _again(request, reply)
    return _save(request, reply)


@require_POST
@own_settings
def add_file(request, pk):
    """A file that goes along with the reply."""
    reply, file = _find(request, pk), request.FILES.get("file")
    problem = "" if file else _("No file came.")
    if file:
        try:
            reply_files.add_file(reply, file, by=request.member)
        except Invalid as invalid:
            problem = str(invalid)
    return _again(request, reply, problem=problem)


@require_POST
@own_settings
def remove_file(request, pk):
    changeable = saved_replies.changeable_replies(request.member)
    saved = get_object_or_404(SavedReplyFile.objects.select_related("reply"), pk=pk, reply__in=changeable)
    reply_files.remove_file(saved, by=request.member)
    return _again(request, saved.reply)


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


def _again(request, reply: SavedReply, **context):
    """The form as the reply is kept."""
    form = SavedReplyForm(None, member=request.member, initial=_told(reply))
    return _form(request, form, reply, **context)


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


def _form(request, form: SavedReplyForm, reply: SavedReply | None, **more):
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
    context["files"] = list(reply.files.all()) if reply else []
    return show(request, "reply", longest=form.LONGEST, **context | more)
