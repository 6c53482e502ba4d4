"""Celery rings bells; Postgres keeps the ledger. Arguments are ids only, and any task may be lost."""

import os
from pathlib import Path

from celery import Celery
from celery.signals import celeryd_init, setup_logging, worker_ready

from .valkey import note_round

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")

NICE = 5
PATIENT = {"ingest", "sounds"}

app = Celery("clinic_inbox")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # for every thread, not only the one that imported this


@setup_logging.connect
def keep_our_logging(**_options) -> None:
    """Django has set logging up already; while somebody listens here Celery leaves it as it is."""


@celeryd_init.connect
def let_the_door_go_first(sender, **_options) -> None:
    """Who answers Meta comes before who drains or encodes: set before the pool is forked, by the worker's name."""
    if sender.partition("@")[0] not in PATIENT:
        return
    os.nice(NICE)
    try:
        Path("/proc/self/autogroup").write_text(str(NICE))  # between sessions Linux weighs the groups, not us
    except OSError:
        pass  # another system, or groups are off


@worker_ready.connect
def note_that_it_is_there(sender, **_options) -> None:
    """The health page need not wait for the first round. Workers are named like their rounds: ingest@host."""
    note_round(sender.hostname.partition("@")[0])
