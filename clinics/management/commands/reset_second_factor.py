from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from clinics import audit, mail, queries
from clinics.management.provisioning import print_json
from clinics.models import User
from clinics.operations.second_factors import forget_second_factor

REMOVED = _("The operator of this installation removed the second step of your sign-in.")


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
        mail.send_notice(user.email, REMOVED, _language_of(user))
        print_json(self, email=user.email, removed=count)


def _language_of(user: User) -> str | None:
    """What they read in the first clinic they work in."""
    members = queries.memberships_of(user)
    return (members[0].language or members[0].clinic.language) if members else None
