"""Celery rings bells; Postgres keeps the ledger. Arguments are ids only, and any task may be lost."""

import os

from celery import Celery
from celery.signals import setup_logging, worker_ready

from .valkey import note_round

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")

app = Celery("clinic_inbox")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # for every thread, not only the one that imported this


@setup_logging.connect
def keep_our_logging(**_options) -> None:
    """Django has set logging up already; while somebody listens here Celery leaves it as it is."""


@worker_ready.connect
def note_that_it_is_there(sender, **_options) -> None:
    """The health page need not wait for the first round. Workers are named like their rounds: ingest@host."""
    note_round(sender.hostname.partition("@")[0])
