"""Each kind WhatsApp knows, through real processes: patients' drawn in the thread, ours accepted and delivered."""

import re

import pytest
from django.conf import settings as django_settings
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from inbox.demo import arrivals, clinics, received, sent

pytestmark = pytest.mark.django_db(transaction=True)

SILENT = {"reaction", "reaction_given", "reaction_removed", "edit", "revoke", "id_change", "number_change"}
SHOWN = {  # what was received: what its bubble must hold
    "history": ["From the phone's history", "Are you open on Saturday?"],
    "history_answer": ["From the phone's history", "Until noon, yes."],
    "placeholder": ["has not handed over"],
    "welcome": ["opened the chat for the first time"],
    "referral": ["Came from an ad", "Check-ups without the wait"],
    "text": ['href="https://example.org/letter"'],
    "image": ["data-enlarge", "/thumbnail/", "The view from my window"],
    "image_bare": ["data-enlarge", 'alt="Photo"'],
    "video": ["<video", "How I walk"],
    "voice": ["data-voice-play", "Play the voice message"],
    "audio": ["data-voice-play", "Play the audio"],
    "document": ['class="document"', "visit-summary.pdf", "From the other clinic"],
    "sticker": ['class="sticker"'],
    "location": ['class="place"', "Sample Park, Gate 2", "1 Example Lane"],
    "location_bare": ['class="place"', "51.50000, -0.12000"],
    "contacts": ["Ada Sample", "+1 202 555 0147", "ada@pharmacy.example", "Sample Pharmacy"],
    "order": ["Order from the catalogue", "VACCINE", "2 ×", "For Thursday, please"],
    "forwarded": ["Forwarded", "Drink plenty of water"],
    "reply": ['class="quote', "This is the pharmacy I meant"],
    "echo": ["Sent from the phone", "Can you come on Thursday at 10?"],
    "button": ["Tapped a button", "Confirm"],
    "button_reply": ["Tapped a button", "Yes, Thursday"],
    "list_reply": ["Chose from the list", "General practice", "Ground floor"],
    "flow_reply": ["Filled in a form", "A cough since Monday"],
    "call_permission_reply": ["allows calls from the clinic"],
    "liked": ["👍", "by the patient"],
    "edited": ["I come at 10", "edited"],
    "revoked": ["took this message back"],
    "unsupported": ["cannot be shown here", "poll"],
    "unknown": ["cannot be shown here"],
    "brand_new": ["cannot be shown here", "hologram"],
}


@pytest.fixture
def channel(product, settings):
    settings.SIMULATOR_URL, settings.PUBLIC_URL = product.simulator, product.address
    clinics.phone.wait_until_there()
    return clinics.seed(clinics.HARBOUR)


@pytest.fixture
def owner(channel):
    with clinic_scope(channel.clinic_id):
        return Member.objects.select_related("user").get(user__email="olga@harbour.example")


def bubbles(owner, conversation) -> dict[str, str]:
    """The thread's page as the member sees it, cut into messages by their ids."""
    client = Client()
    client.force_login(owner.user, django_settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(f"/conversations/{conversation.pk}/").content.decode()
    parts = re.split(r'<li id="message-([0-9a-f-]+)"', page.partition('id="messages"')[2])
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_whatever_a_patient_sends_is_drawn_in_the_thread(channel, owner):
    said = received.receive_every_kind(channel)
    stored = {name: key for name, key in said.items() if name not in SILENT}

    messages = arrivals.wait_for_messages(channel, stored)
    arrivals.wait_for_files(channel)

    drawn = bubbles(owner, messages["last"].conversation)
    html = {name: drawn.get(str(message.pk), "") for name, message in messages.items()}
    missing = {name: [part for part in parts if part not in html[name]] for name, parts in SHOWN.items()}
    assert {name: parts for name, parts in missing.items() if parts} == {}
    assert "😮" not in html["disliked"]
    assert "is being fetched" not in "".join(html.values())


@pytest.fixture
def sent_messages(channel, owner):
    """Each kind, once it has gone as far as it goes."""
    greetings = arrivals.wait_for_messages(channel, sent.greet(channel))
    with clinic_scope(channel.clinic_id):
        messages = sent.send_every_kind(greetings, owner)
    return arrivals.wait_for_delivery(channel, messages)


def test_whatever_the_clinic_sends_is_drawn_and_reaches_the_phone(channel, owner, sent_messages):
    reaction = sent_messages.pop("reaction")
    conversations = {row.conversation_id: row.conversation for row in sent_messages.values()}

    drawn = {}
    for conversation in conversations.values():
        drawn |= bubbles(owner, conversation)
    chats = [clinics.phone.chat(channel, number) for _, number in sent.PEOPLE.values()]
    on_phones = {message["wamid"]: message for chat in chats for message in chat}

    states = {name: (row.state, row.error_code) for name, row in sent_messages.items()}
    assert states == dict.fromkeys(sent_messages, ("delivered", ""))
    assert {row.external_id for row in sent_messages.values()} <= on_phones.keys()
    assert reaction.state == "sent"  # WhatsApp tells no delivery of reactions
    assert on_phones[reaction.content["target"]]["reactions"] == {"business": "❤️"}
    assert [row.kind for row in sent_messages.values() if f"kind-{row.kind}" not in drawn[str(row.pk)]] == []
    assert "cannot be shown here" not in "".join(drawn.values())
