import pytest

from clinic_inbox import vault
from clinic_inbox.tenancy import clinic_scope
from clinics.models import Role
from inbox.intake.drain import drain_batch
from integrations.models import WebhookEvent, webhook_context
from tests.factories import make_channel, make_clinic, make_conversation, make_member
from tests.inbox import erasing
from tests.inbox.api_client import Machine


@pytest.fixture
def channel(transactional_db):
    """A connected number of a clinic, committed; no scope is open."""
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        return make_channel()


@pytest.fixture
def scope(channel):
    """Opens the clinic of `channel`."""
    return lambda: clinic_scope(channel.clinic_id)


@pytest.fixture
def arrive(channel):
    """Store webhook bodies as the door does, and drain them."""

    def arrive(*bodies: bytes, hook=None):
        hook_id = (hook or channel.hook).pk
        for body in bodies:
            WebhookEvent.objects.create(
                hook_id=hook_id, body=vault.seal(body, webhook_context(hook_id)), state="waiting"
            )
        drain_batch(0)

    return arrive


@pytest.fixture
def staff(channel, settings, tmp_path):
    """An agent and the owner of the channel's clinic, whose files lie in a folder of this test alone."""
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    with clinic_scope(channel.clinic_id):
        return make_member("Ada Agent"), make_member("Olga Owner", Role.OWNER)


@pytest.fixture
def erasable(channel, arrive, staff):
    """A patient of whom everything is kept that can be (tests/inbox/erasing.py); the bodies that told of them."""
    sent = erasing.bodies(channel)
    arrive(*sent)
    with clinic_scope(channel.clinic_id):
        erasing.fill(channel, *staff)
    return sent


@pytest.fixture
def machine(place):
    """A system of the clinic `place`, with a key for the API."""
    return Machine(place)


@pytest.fixture
def conversation(place):
    """One in the clinic `place`."""
    with clinic_scope(place.pk):
        return make_conversation()


@pytest.fixture
def send(machine, conversation):
    """Has the machine send a message in the conversation."""
    return lambda body, key=None: machine.post(f"conversations/{conversation.pk}/messages/", body, key)
