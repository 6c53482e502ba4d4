from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinics.management.provisioning import print_json, refusals_as_errors
from inbox.demo import clinics, phone


class Command(BaseCommand):
    help = (
        "Make two fictional clinics and connect them with the simulator. Run again, it makes what is missing."
    )

    def handle(self, **options):
        if settings.PRODUCTION:
            raise CommandError("demo clinics have a known password: never in production")
        if not settings.SIMULATOR_URL:
            raise CommandError("SIMULATOR_URL is not set: the demo needs the simulator for a telephone")
        try:
            phone.wait_until_there()
            with refusals_as_errors():
                channel, other = clinics.seed(clinics.HARBOUR), clinics.seed(clinics.HILLSIDE)
        except phone.NoSimulator as missing:
            raise CommandError(str(missing)) from missing
        sign_in = _sign_in(clinics.HARBOUR)
        print_json(
            self,
            **sign_in,
            sign_in=sign_in,
            colleagues=[email for _, email, _, _ in clinics.HARBOUR.people[1:]],
            other_sign_in=_sign_in(clinics.HILLSIDE),
            channels=[str(channel.pk), str(other.pk)],
            numbers=[channel.external_id, other.external_id],
            phone=f"{settings.SIMULATOR_URL}/simulator/",
        )


def _sign_in(demo: clinics.Demo) -> dict:
    return {"email": demo.people[0][1], "password": clinics.PASSWORD}
