from django.core.management.base import BaseCommand
from django.core.validators import validate_email

from clinic_inbox.tenancy import clinic_scope
from clinics.management.provisioning import find_clinic, make_password, print_json, refusals_as_errors
from clinics.models import Role, User, Visibility
from clinics.operations.members import add_member


class Command(BaseCommand):
    help = "Let a person work in a clinic. A new person's password is printed when none was given."

    def add_arguments(self, parser):
        parser.add_argument("--clinic", required=True, help="the clinic's short name")
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", default=Role.AGENT, choices=Role.values)
        parser.add_argument("--visibility", default=Visibility.ALL, choices=Visibility.values)
        parser.add_argument("--password", help="for a new person; a person who has a sign-in keeps their own")

    def handle(self, *, clinic, email, name, role, visibility, password, **options):
        is_new = not User.objects.filter(email__iexact=email).exists()
        made = make_password() if is_new and not password else None
        with refusals_as_errors(), clinic_scope(find_clinic(clinic).pk):
            validate_email(email)
            member = add_member(email, name, role, visibility=visibility, password=made or password)
        print_json(self, id=member.pk, email=email.lower(), role=role, clinic=clinic, password=made)
