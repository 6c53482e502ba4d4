"""What runs without a request: tasks, commands, caches and files of one clinic, given another's ids."""

import contextlib
import inspect
import re

import pytest
from celery import current_app
from django.core.exceptions import ObjectDoesNotExist
from django.core.management import call_command
from django.core.management.base import CommandError

from clinic_inbox.local.folder import HOME
from clinic_inbox.tenancy import clinic_scope
from inbox import tasks
from inbox.models import Attachment
from integrations import http
from tests.isolation.asking import snapshot
from tests.isolation.entries import COMMANDS, TASK_IDS
from tests.isolation.names import APPS, sources

pytestmark = pytest.mark.django_db(transaction=True)


def our_tasks() -> dict:
    """Every task of ours with the names of its arguments."""
    assert tasks  # their module registers them
    mine = {name: task for name, task in current_app.tasks.items() if name.split(".")[0] in APPS}
    return {name: (task, list(inspect.signature(task.run).parameters)) for name, task in mine.items()}


def test_every_argument_of_a_task_is_an_id_we_know_or_a_plain_number():
    named = {argument for _, arguments in our_tasks().values() for argument in arguments}

    assert named - TASK_IDS.keys() == set(), "tell tests/isolation/entries.py"


def test_a_task_of_one_clinic_with_anothers_ids_does_nothing(ours, theirs, monkeypatch):
    asked = []
    monkeypatch.setattr(http, "open_client", lambda **_: asked.append("somebody outside") or 1 / 0)
    before = snapshot(theirs), snapshot(ours)

    tried = 0
    for task, arguments in our_tasks().values():
        if "clinic_id" not in arguments:
            continue
        ids = [theirs.ids.get(TASK_IDS[name]) for name in arguments[1:]]
        with contextlib.suppress(ObjectDoesNotExist):
            task.run(str(ours.clinic.pk), *(str(pk) if pk else 1 for pk in ids))
        tried += 1

    assert tried >= 4
    assert (snapshot(theirs), snapshot(ours), asked) == (*before, [])


def test_with_its_own_ids_a_task_would_have_done_something(theirs, monkeypatch):
    """What keeps the test above honest."""
    asked = []
    monkeypatch.setattr(http, "open_client", lambda **_: asked.append("somebody outside") or 1 / 0)
    with clinic_scope(theirs.clinic.pk):
        Attachment.objects.filter(pk=theirs.ids["attachment"]).update(state="wanted", external_id="1")

    for name in ("inbox.tasks.sync_channel_templates", "inbox.tasks.fetch_attachment"):
        task, arguments = our_tasks()[name]
        with contextlib.suppress(ZeroDivisionError):
            task.run(*(str(theirs.id_of(TASK_IDS[argument])) for argument in arguments))

    assert asked != []


def test_every_command_says_what_keeps_it_in_its_clinic():
    commands = {
        path.stem
        for app in APPS
        for path in (HOME / app).glob("management/commands/*.py")
        if path.stem != "__init__"
    }

    assert commands - COMMANDS.keys() == set(), "tell tests/isolation/entries.py"


def test_a_number_is_not_connected_through_the_hook_of_another_clinic(ours, theirs):
    before = snapshot(theirs)

    with contextlib.suppress(CommandError):
        call_command(
            "add_whatsapp_channel", clinic=ours.clinic.slug, phone_number_id=theirs.rows["channel"].external_id,
            waba_id=theirs.rows["channel"].business_id, app_secret="s", verify_token="v", access_token="t",
        )  # fmt: skip

    assert snapshot(theirs) == before


def test_nothing_of_a_clinic_is_in_a_shared_cache():
    """Rates, pauses, and that a list was read. Whoever caches rows writes here under which key of their clinic."""
    pattern = re.compile(r"\bcache\.(set|add|get|get_or_set|incr|set_many)\(|@cache_page|\{% cache ")
    users = {path.relative_to(HOME).as_posix() for path in sources() if pattern.search(path.read_text())}

    known = {
        "clinic_inbox/cache.py",
        "clinic_inbox/api/throttling.py",
        "clinics/audit.py",
        "inbox/template_sync.py",
    }
    assert users - known == set()
