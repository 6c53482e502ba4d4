from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.utils.module_loading import import_string

from clinic_inbox import celery  # bells are rung through our app, whichever process this is
from clinics.signals import sight_changed, team_ending
from integrations.signals import channel_connected

from . import bells


class InboxConfig(AppConfig):
    name = "inbox"
    celery = celery.app

    def ready(self):
        channel_connected.connect(bells.fetch_templates)
        user_logged_out.connect(import_string("inbox.operations.alerting.forget_this_browser"))
        team_ending.connect(import_string("inbox.operations.handing_over.hand_over"))
        sight_changed.connect(import_string("inbox.telling.tell_members"))  # it needs the models
