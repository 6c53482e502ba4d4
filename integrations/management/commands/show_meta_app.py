from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinics.management.provisioning import print_json
from integrations import operations
from integrations.operations.onboarding import shared_hook


class Command(BaseCommand):
    help = "Show what to paste into your own Meta app, through which clinics sign up. Prints one JSON object."

    def handle(self, **options):
        if not settings.META_APP_ID:
            raise CommandError("META_APP_ID, META_APP_SECRET and META_CONFIG_ID are not set")
        hook = shared_hook()
        print_json(
            self,
            app_id=hook.app_id,
            callback_url=operations.webhook_url(hook),
            verify_token=hook.verify_token,
        )
