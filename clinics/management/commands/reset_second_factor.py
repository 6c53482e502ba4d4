from django.core.management.base import BaseCommand, CommandError

from clinics import audit, mail
from clinics.management.provisioning import print_json
from clinics.models import User
from clinics.operations.second_factors import forget_second_factor


class Command(BaseCommand):
    help = "Forget a person's authenticator app, passkeys and recovery codes, and sign them out everywhere."

    def add_arguments(self, parser):
        parser.add_argument("--email", required=True, help="the address they sign in with")

    def handle(self, *, email, **options):
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"nobody signs in with {email}")
        count = forget_second_factor(user)
        audit.record_everywhere(user, "second_factor.reset", detail={"by": "command line"})
        mail.send_notice(
            user.email, "The operator of this installation removed the second step of your sign-in."
        )
        print_json(self, email=user.email, removed=count)
