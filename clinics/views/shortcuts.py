"""The settings page of one's own keys."""

from django.http import Http404
from django.utils.translation import gettext as _

from ..models import Member
from ..operations import shortcuts as operations
from ..settings_pages import attempt, own_settings, show
from ..shortcuts import COMMANDS, GROUPS, bindings_of


@own_settings
def shortcuts(request):
    """Shows the keys; POST gives one command another, with `reset` all their first ones, or switches them."""
    member = Member.objects.get(pk=request.member.pk)
    if request.method != "POST":
        return _show(request, member)
    posted = request.POST
    if "reset" in posted:
        operations.reset_shortcuts(member)
    elif "switch" in posted:
        operations.switch_shortcuts(member, on="on" in posted)
    else:
        return _rebind(request, member, posted.get("command", ""), posted.get("key", ""))
    return _show(request, member, saved=_("Saved"))


def _rebind(request, member, name: str, key: str):
    if name not in COMMANDS:
        raise Http404
    problem = attempt(operations.rebind, member, name, key)
    return _show(request, member, problem=problem, saved="" if problem else _("Saved"), changed=name)


def _show(request, member, *, changed="", **sentences):
    held = bindings_of(member)
    groups = [
        (group.title, [(command, held[command.name]) for command in group.commands]) for group in GROUPS
    ]
    chosen = {"groups": groups, "is_on": member.shortcuts_on, "changed": changed}
    return show(request, "shortcuts", is_changed=bool(member.shortcuts), **chosen, **sentences)
