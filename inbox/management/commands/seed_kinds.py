from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic_inbox.tenancy import clinic_scope
from clinics.management.provisioning import print_json
from clinics.models import Clinic, Member
from inbox.demo import arrivals, clinics, phone, received, scenes, sent
from integrations.models import Channel


class Command(BaseCommand):
    help = "Let fictional patients of the demo clinic send, and be sent, every kind of message there is."

    def handle(self, **options):
        if settings.PRODUCTION or not settings.SIMULATOR_URL:
            raise CommandError("this needs the demo clinic and the simulator; see seed_demo")
        clinic = Clinic.objects.filter(slug=clinics.HARBOUR.slug).first()
        if clinic is None:
            raise CommandError("there is no demo clinic: run seed_demo first")
        with clinic_scope(clinic.pk):
            channel = Channel.objects.select_related("hook").get(external_id=clinics.HARBOUR.phone_number_id)
            people = {member.user.email: member for member in Member.objects.select_related("user")}
        members = {key: people[email] for key, email, _, _ in clinics.HARBOUR.people}
        try:
            print_json(self, **_fill(channel, members))
        except (phone.NoSimulator, arrivals.NotHere) as missing:
            raise CommandError(str(missing)) from missing


def _fill(channel: Channel, members: dict[str, Member]) -> dict[str, str]:
    """The threads by what they show, as ids of conversations."""
    greetings = arrivals.wait_for_messages(channel, sent.greet(channel))
    with clinic_scope(channel.clinic_id):
        queued = sent.send_every_kind(greetings, members["olga"])
    said = received.receive_every_kind(channel)
    last = arrivals.wait_for_messages(channel, {"last": said["last"]})["last"]
    arrivals.wait_for_delivery(channel, queued)
    visit, arabic = scenes.play(channel, members)
    shown = {name: greeting.conversation_id for name, greeting in greetings.items()}
    shown |= {"received": last.conversation_id, "visit": visit.pk, "arabic": arabic.pk}
    return {name: str(pk) for name, pk in shown.items()}
