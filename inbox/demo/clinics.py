"""Two small clinics to try the product with: one to work in, one beside it that must stay invisible."""

import logging
import secrets
from dataclasses import dataclass

from django.conf import settings

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Clinic, Member, Role, Team
from clinics.operations.clinics import create_clinic
from clinics.operations.members import add_member
from clinics.operations.teams import create_team, set_team_members
from inbox.models import Conversation
from inbox.template_sync import sync_templates
from integrations.events import ProviderError
from integrations.models import Channel
from integrations.operations import WhatsAppNumber, connect_whatsapp, webhook_url

from . import history, phone, threads, words

logger = logging.getLogger(__name__)

# No secret: the demo exists only where production settings are not.
PASSWORD = "harbour-demo-2026"  # noqa: S105


@dataclass(frozen=True)
class Demo:
    """What one demo clinic consists of."""

    name: str
    slug: str
    time_zone: str
    phone_number_id: str
    waba_id: str
    address: str
    people: list[tuple[str, str, str, str]]  # key, e-mail, name, role
    teams: dict[str, list[str]]
    threads: list[threads.Thread]


HARBOUR = Demo(
    "Harbour Clinic (demo)",
    "harbour-demo",
    "Europe/London",
    "100000000000001",
    "200000000000001",
    "+44 20 7946 0101",
    [
        ("olga", "olga@harbour.example", "Olga Owner", Role.OWNER),
        ("ines", "ines@harbour.example", "Inês Agent", Role.AGENT),
        ("tom", "tom@harbour.example", "Tom Agent", Role.AGENT),
    ],
    {"Front desk": ["ines", "tom"], "Billing": ["olga"]},
    threads.HARBOUR,
)
HILLSIDE = Demo(
    "Hillside Dental (demo)",
    "hillside-demo",
    "Europe/London",
    "100000000000002",
    "200000000000002",
    "+44 20 7946 0202",
    [("hugo", "hugo@hillside.example", "Hugo Owner", Role.OWNER)],
    {},
    threads.HILLSIDE,
)


def seed(demo: Demo) -> Channel:
    """Make what is missing of the clinic, and tell the simulator of it. Returns its channel."""
    clinic = Clinic.objects.filter(slug=demo.slug).first()
    clinic = clinic or create_clinic(demo.name, demo.slug, time_zone=demo.time_zone)
    with clinic_scope(clinic.pk):
        members = _members(demo)
        _teams(demo, members)
        channel = _channel(demo)
        if not Conversation.objects.exists():
            for thread in demo.threads:
                history.tell(thread, channel, members)
        if "olga" in members:
            words.save_replies(members)
        is_open = {each.identity.wa_id: each.is_window_open for each in _conversations(channel)}
    phone.register(channel, webhook_url(channel.hook))
    _fetch_templates(channel)
    for thread in demo.threads:
        if thread.number in is_open:
            phone.introduce(channel, thread, is_window_open=is_open[thread.number])
    return channel


def _fetch_templates(channel: Channel) -> None:
    try:
        sync_templates(channel)
    except ProviderError:
        logger.warning("demo_templates_not_fetched")  # the beat asks again


def _members(demo: Demo) -> dict[str, Member]:
    known = {member.user.email: member for member in Member.objects.select_related("user")}
    return {
        key: known.get(email) or add_member(email, name, role, password=PASSWORD)
        for key, email, name, role in demo.people
    }


def _teams(demo: Demo, members: dict[str, Member]) -> None:
    known = set(Team.objects.values_list("name", flat=True))
    for name, keys in demo.teams.items():
        if name not in known:
            set_team_members(create_team(name), [members[key] for key in keys])


def _channel(demo: Demo) -> Channel:
    graph_url = f"{settings.SIMULATOR_URL}/graph"
    channel = Channel.objects.select_related("hook").filter(external_id=demo.phone_number_id).first()
    if channel is None:
        return connect_whatsapp(
            WhatsAppNumber(
                phone_number_id=demo.phone_number_id,
                waba_id=demo.waba_id,
                app_secret=secrets.token_hex(16),
                verify_token=secrets.token_urlsafe(16),
                access_token=secrets.token_urlsafe(32),
                graph_url=graph_url,
                name=demo.name,
                address=demo.address,
            )
        )
    channel.api_url = graph_url  # the simulator may listen elsewhere this time
    channel.save(update_fields=["api_url"])
    return channel


def _conversations(channel: Channel):
    return Conversation.objects.filter(channel=channel).select_related("identity")
