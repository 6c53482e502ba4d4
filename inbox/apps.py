from django.apps import AppConfig

from clinic_inbox import celery  # bells are rung through our app, whichever process this is


class InboxConfig(AppConfig):
    name = "inbox"
    bells = celery.app
