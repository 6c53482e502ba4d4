from django.core.management.base import BaseCommand

from clinic_inbox.tenancy import clinic_scope
from clinics.management.provisioning import find_clinic, print_json
from clinics.operations.tokens import create_api_token


class Command(BaseCommand):
    help = "Make a key to a clinic for a machine. It is printed once and cannot be had again."

    def add_arguments(self, parser):
        parser.add_argument("--clinic", required=True, help="the clinic's short name")
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument(
            "--sees-sensitive", action="store_true", help="it reads sensitive conversations, too"
        )

    def handle(self, *, clinic, name, sees_sensitive, **options):
        with clinic_scope(find_clinic(clinic).pk):
            token, text = create_api_token(name, sees_sensitive=sees_sensitive)
        print_json(self, id=token.pk, name=name, clinic=clinic, token=text)
