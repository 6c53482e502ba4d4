from django.apps import AppConfig

from clinic_inbox import celery  # bells are rung through our app, whichever process this is
from integrations.signals import channel_connected

from . import bells


class InboxConfig(AppConfig):
    name = "inbox"
    celery = celery.app

    def ready(self):
        channel_connected.connect(bells.fetch_templates)
