"""Rows for tests, with plain defaults. Call inside clinic_scope(), except make_clinic and make_hook."""

import itertools
from datetime import timedelta

from django.utils import timezone

from clinics.models import Clinic, Member, Role, Team, User
from contacts.models import Contact, Identity
from inbox.models import Conversation, Episode, Message
from integrations.models import Channel, Hook, Provider, Route
from integrations.whatsapp.numbers import matching_key

_numbers = itertools.count(1)


def make_clinic(name="Clinic Example", **fields) -> Clinic:
    number = next(_numbers)
    return Clinic.objects.create(name=name, slug=fields.pop("slug", f"clinic-{number}"), **fields)


def make_member(
    name="Ada Agent", role=Role.AGENT, email="", password="correct horse battery", **fields
) -> Member:
    email = email or f"member{next(_numbers)}@clinic.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, password)
    return Member.objects.create(user=user, name=name, role=role, **fields)


def make_team(name="Front desk", members=()) -> Team:
    team = Team.objects.create(name=name)
    team.members.add(*members)
    return team


def make_hook(clinic=None, app_secret="app-secret", verify_token="verify-token") -> Hook:
    hook = Hook.objects.create(provider=Provider.WHATSAPP, clinic=clinic)
    hook.app_secret, hook.verify_token = app_secret, verify_token
    hook.save()
    return hook


def make_channel(hook=None, external_id="", business_id="", access_token="access-token", **fields) -> Channel:
    number = next(_numbers)
    channel = Channel(
        provider=Provider.WHATSAPP,
        name=fields.pop("name", "WhatsApp"),
        hook=hook or make_hook(),
        external_id=external_id or f"10{number:08}",
        business_id=business_id or f"20{number:08}",
        address=fields.pop("address", "+1 202 555 0100"),
        **fields,
    )
    channel.access_token = access_token
    channel.save()
    Route.objects.create(hook=channel.hook, kind="number", external_id=channel.external_id, channel=channel)
    Route.objects.get_or_create(hook=channel.hook, kind="business", external_id=channel.business_id)
    return channel


def make_contact(name="Nora Example", **fields) -> Contact:
    return Contact.objects.create(name=name, **fields)


def make_identity(contact=None, wa_id="", user_id=None, **fields) -> Identity:
    wa_id = wa_id or f"1202555{next(_numbers):04}"
    return Identity.objects.create(
        contact=contact or make_contact(),
        provider=Provider.WHATSAPP,
        wa_id=wa_id,
        wa_key=matching_key(wa_id),
        user_id=user_id,
        **fields,
    )


def make_conversation(identity=None, channel=None, **fields) -> Conversation:
    """An open conversation whose window is open, with its episode."""
    identity = identity or make_identity()
    now = timezone.now()
    conversation = Conversation.objects.create(
        contact=identity.contact,
        identity=identity,
        channel=channel or Channel.objects.first() or make_channel(),
        **{"last_message_at": now, "last_inbound_at": now - timedelta(minutes=5)} | fields,
    )
    if conversation.status != Conversation.Status.CLOSED:
        Episode.objects.create(conversation=conversation)
    return conversation


def make_message(conversation=None, text="Can I move my visit?", direction="in", **fields) -> Message:
    conversation = conversation or make_conversation()
    inbound = direction == "in"
    defaults = {
        "kind": "text",
        "source": Message.Source.CONTACT if inbound else Message.Source.AGENT,
        "state": Message.State.RECEIVED if inbound else Message.State.SENT,
        "external_id": f"wamid.test{next(_numbers)}" if direction in ("in", "out") else None,
    }
    return Message.objects.create(
        conversation=conversation,
        channel=conversation.channel,
        text=text,
        direction=direction,
        **defaults | fields,
    )
