from django.core.management.base import BaseCommand, CommandError

from clinic_inbox import vault
from clinics import second_factor
from clinics.management.provisioning import print_json
from integrations import rotation


class Command(BaseCommand):
    help = (
        "Seal every secret and stored webhook with the first key of KEY_RING. Safe while the product runs; when it has"
        " ended without an error, the other keys may be taken out."
    )

    def handle(self, **options):
        try:
            counts = {
                "hook": rotation.reseal_hooks(),
                "clinic": rotation.reseal_clinics(),
                "webhook_event": rotation.reseal_webhooks(),
                "audit_root": rotation.sign_audit_roots(),
                "second_factor": second_factor.reseal(),
            }
        except KeyError as missing:
            raise CommandError(
                f"something is sealed with key {missing}, which is not in KEY_RING"
            ) from missing
        print_json(self, key=vault.active_key_id(), resealed=counts)
