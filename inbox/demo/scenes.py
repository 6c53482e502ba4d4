"""Two threads as a good day brings them, for pictures of the product: one in English, one in Arabic."""

import time
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from inbox.models import Conversation, Message
from inbox.operations import handling
from inbox.operations.sending import Draft, react, send_message
from inbox.operations.uploading import upload
from integrations.events import Kind
from integrations.models import Channel

from . import arrivals, phone

PATIENT = "12025550111"  # of the demo's threads
ARABIC = "layla"  # one of the simulator's own people
TIMES = {"buttons": [{"id": "15:30", "title": "Monday 15:30"}, {"id": "16:15", "title": "Monday 16:15"}]}


def play(channel: Channel, members: dict[str, Member]) -> tuple[Conversation, Conversation]:
    """Play both; returns their conversations."""
    return _moved_visit(channel, members), _arabic(channel, members)


def _moved_visit(channel: Channel, members: dict[str, Member]) -> Conversation:
    drawing = {"type": "image", "image": {"sample": True, "caption": "Leo drew the way to you"}}
    conversation = _hear(channel, PATIENT, drawing).conversation
    offered = _offer(conversation, members["olga"])
    choice = {"type": "button_reply", "button_reply": {"id": "15:30", "title": "Monday 15:30"}}
    answer = {"type": "interactive", "interactive": choice, "reply_to": offered.external_id}
    chosen = _hear(channel, PATIENT, answer)
    _hear(channel, PATIENT, {"type": "audio", "audio": {"sample": True, "voice": True}})
    _book(chosen, members)
    phone.read(channel, PATIENT)
    _hear(channel, PATIENT, {"type": "text", "text": "Perfect, thank you. See you on Monday!"})
    arrivals.wait_for_files(channel)
    return conversation


def _offer(conversation: Conversation, olga: Member) -> Message:
    """Times to choose from, once they are on the phone."""
    with clinic_scope(conversation.clinic_id):
        asked = Message.objects.filter(conversation=conversation, text__startswith="Monday would").get()
        handling.assign(conversation, to=olga, by=olga)
        draft = Draft(Kind.BUTTONS, "Of course. Which time suits you?", TIMES, reply_to=asked)
        offered = send_message(conversation, draft, client_id=str(uuid4()), author=olga)
    return arrivals.wait_for_delivery(conversation.channel, {"offer": offered})["offer"]


def _book(chosen: Message, members: dict[str, Member]) -> None:
    """A like, a note among colleagues, the confirmation and a file."""
    conversation, olga = chosen.conversation, members["olga"]
    ines = {"author": members["ines"], "client_id": str(uuid4())}
    answer = {"author": olga, "client_id": str(uuid4())}
    text = "Booked: Monday 15:30 with Dr Placeholder. Here is what to bring."
    content, content_type = phone.sample("document")
    with clinic_scope(conversation.clinic_id):
        react(chosen, "👍", author=olga)
        note = handling.add_note(conversation, "Leo is due for his booster too.", **ines)
        handling.add_note(conversation, "Thank you, Dr Placeholder knows.", **answer, answers=note)
        named = SimpleUploadedFile("what-to-bring.pdf", content, content_type)
        file = Draft(Kind.DOCUMENT, attachment=upload(conversation.channel, named, by=olga))
        drafts = {"text": Draft(text=text), "file": file}
        sent = {
            name: send_message(conversation, draft, client_id=str(uuid4()), author=olga)
            for name, draft in drafts.items()
        }
    arrivals.wait_for_delivery(conversation.channel, sent)


def _arabic(channel: Channel, members: dict[str, Member]) -> Conversation:
    hello = "السلام عليكم، هل يمكنني تغيير موعدي إلى يوم الخميس؟"
    conversation = _hear(channel, ARABIC, {"type": "text", "text": hello}).conversation
    answers = ["وعليكم السلام ليلى. نعم، الخميس الساعة 10:30 مع د. Placeholder.", "هل يناسبك هذا الموعد؟"]
    with clinic_scope(channel.clinic_id):
        sent = {
            text: send_message(conversation, Draft(text=text), client_id=str(uuid4()), author=members["olga"])
            for text in answers
        }
    arrivals.wait_for_delivery(channel, sent)
    phone.read(channel, ARABIC)
    _hear(channel, ARABIC, {"type": "audio", "audio": {"sample": True, "voice": True}})
    _hear(channel, ARABIC, {"type": "text", "text": "ممتاز، شكرًا جزيلًا. رقمي الآخر هو +1 202 555 0147"})
    arrivals.wait_for_files(channel)
    return conversation


def _hear(channel: Channel, person: str, wish: dict) -> Message:
    """The patient does something, and it is here."""
    time.sleep(1)  # webhooks tell whole seconds: this would stand before what we sent in the same one
    external_id = phone.act(channel, person, wish)
    return arrivals.wait_for_messages(channel, {"heard": external_id})["heard"]
