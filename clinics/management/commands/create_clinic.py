from django.core.management.base import BaseCommand
from django.core.validators import validate_slug

from clinics.management.provisioning import print_json, refusals_as_errors
from clinics.operations.clinics import create_clinic


class Command(BaseCommand):
    help = "Begin a clinic. Prints its id."

    def add_arguments(self, parser):
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--slug", required=True, help="short name for other commands: letters, digits, hyphens"
        )
        parser.add_argument("--time-zone", default="UTC", help="for example Europe/London")

    def handle(self, *, name, slug, time_zone, **options):
        with refusals_as_errors():
            validate_slug(slug)
            clinic = create_clinic(name, slug, time_zone=time_zone)
        print_json(self, id=clinic.pk, slug=clinic.slug, name=clinic.name, time_zone=clinic.time_zone)
