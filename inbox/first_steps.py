"""A clinic's first day: what is still to be done, each step ticked by itself once it is true."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Invitation, Member
from integrations.models import Channel
from integrations.queries import channels

from .models import Message

DAYS_IN_INBOX = timedelta(
    days=14
)  # afterwards they stand in the settings only: a clinic of one invites nobody


@dataclass(frozen=True)
class Step:
    """One line of the list: why, whether it is done, and where it is done."""

    title: str
    sentence: str
    is_done: bool
    url: str
    label: str
    action: str = ""  # an address that a button posts to
    action_label: str = ""


def steps() -> list[Step]:
    """The active clinic's first steps, in their order. For admins: they lead to settings."""
    channel = channels().first()
    return [_connect(channel), _first_message(channel), _invite()]


def steps_in_inbox(member: Member) -> list[Step]:
    """The same, while the clinic is new and something is left to do; for others nothing."""
    if not member.is_admin or timezone.now() - member.clinic.created_at > DAYS_IN_INBOX:
        return []
    found = steps()
    return [] if all(step.is_done for step in found) else found


def _connect(channel: Channel | None) -> Step:
    if channel is not None:
        where = reverse("integrations:channel", args=[channel.pk])
        sentence = _("%(name)s is connected.") % {"name": channel.name}
        return Step(_("Connect WhatsApp"), sentence, True, where, _("See its health"))
    sentence = _("Patients keep writing to the clinic's number; their messages then arrive here.")
    more = {}
    if settings.SIMULATOR_URL:
        more = {
            "action": reverse("integrations:connect_simulator"),
            "action_label": _("Try with the simulator"),
        }
    return Step(_("Connect WhatsApp"), sentence, False, reverse("integrations:connect"), _("Connect"), **more)


def _first_message(channel: Channel | None) -> Step:
    title = _("Send yourself a message")
    if Message.objects.filter(direction=Message.Direction.IN).exists():
        return Step(title, _("The first message has arrived."), True, "", "")
    if channel is None:
        return Step(
            title,
            _("Once a number is connected, write to it: the message appears in the list."),
            False,
            "",
            "",
        )
    if is_simulated(channel):
        sentence = _(
            "Write as a patient, on the simulator's phone. The message appears in the list by itself."
        )
        return Step(title, sentence, False, f"{settings.SIMULATOR_URL}/simulator/", _("Open the phone"))
    digits = "".join(filter(str.isdecimal, channel.address))
    sentence = _("Write to %(number)s from your own WhatsApp. The message appears in the list by itself.")
    where = f"https://wa.me/{digits}" if digits else ""
    return Step(
        title, sentence % {"number": channel.address or channel.name}, False, where, _("Open WhatsApp")
    )


def _invite() -> Step:
    title = _("Invite the team")
    where, label = reverse("clinics:members"), _("Invite somebody")
    waiting = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())
    count = Member.objects.filter(is_active=True).count()
    if count > 1:
        return Step(title, _("%(count)d people work here.") % {"count": count}, True, where, label)
    if waiting.exists():
        return Step(title, _("An invitation is on its way."), True, where, label)
    sentence = _("Colleagues see the same conversations, take them on, and leave notes for each other.")
    return Step(title, sentence, False, where, label)


def is_simulated(channel: Channel) -> bool:
    """The number is one of the simulator's."""
    return bool(settings.SIMULATOR_URL) and channel.api_url.startswith(settings.SIMULATOR_URL)
