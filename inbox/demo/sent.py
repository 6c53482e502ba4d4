"""Everything a clinic can send, once each, to see how it is drawn here and on the phone.

To several patients, since no more than ten messages at once go to one of them.
"""

from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from clinics.models import Member
from inbox.models import Attachment, Conversation, Message
from inbox.operations.sending import Draft, react, send_message
from inbox.operations.uploading import upload
from integrations.events import Kind
from integrations.models import Channel, Template

from . import phone
from .received import PLACE

PEOPLE = {  # what is shown: to whom
    "files": ("Felix Specimen", "12025550173"),
    "cards": ("Carla Specimen", "12025550174"),
    "templates": ("Tessa Specimen", "12025550175"),
}
NAMES = {
    "image": "map.jpg",
    "video": "exercise.mp4",
    "audio": "hold-music.ogg",
    "voice": "voice.ogg",
    "document": "visit-summary.pdf",
    "sticker": "smile.webp",
}
CAPTIONS = {
    "image": "The way to our door",
    "video": "Do this twice a day",
    "document": "Your summary. Keep it for your records.",
}
INTERACTIVE = {
    Kind.BUTTONS: (
        "Does Thursday at 10 suit you?",
        {
            "header": "Your visit",
            "footer": "Harbour Clinic",
            "buttons": [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "Another time"}],
        },
    ),
    Kind.LIST: (
        "Whom would you like to see?",
        {
            "button": "Departments",
            "sections": [
                {"title": "Ground floor", "rows": [{"id": "gp", "title": "General practice"}]},
                {
                    "title": "First floor",
                    "rows": [
                        {"id": "eye", "title": "Eyes", "description": "By referral"},
                        {"id": "skin", "title": "Skin"},
                    ],
                },
            ],
        },
    ),
    Kind.CTA_URL: (
        "How to prepare for a blood test",
        {"label": "Read the leaflet", "url": "https://example.org/blood-test"},
    ),
    Kind.FLOW: (
        "Please fill this in before you come.",
        {"flow_id": "300000000000001", "label": "Before your visit", "token": "visit", "screen": "START"},
    ),
    Kind.LOCATION_REQUEST: ("Where shall the nurse come to?", {}),
}
TEMPLATES = {  # by name: language and values
    "appointment_reminder": (
        "en",
        {"body": {"patient_name": "Tessa", "date": "12 March", "time": "09:30"}},
    ),
    "appointment_confirmation": (
        "en_US",
        {"body": {"1": "Tessa", "2": "Dr Placeholder", "3": "12 March, 09:30"}},
    ),
    "lab_results_ready": ("en", {"body": {"1": "Tessa"}, "buttons": {"0": "abc"}}),
    "visit_directions": ("en", {"body": {"1": "12 March"}}),
}


def greet(channel: Channel) -> dict[str, str]:
    """Each of the people writes first, which opens their windows; returns the external ids."""
    return {
        shown: phone.act(channel, phone.add_person(name, number), {"type": "text", "text": "Hello"})
        for shown, (name, number) in PEOPLE.items()
    }


def send_every_kind(greetings: dict[str, Message], author: Member) -> dict[str, Message]:
    """Queue each kind, once the greetings are here; returns the messages by what they show."""
    return (
        _files(greetings["files"], author)
        | _cards(greetings["cards"], author)
        | _templates(greetings["templates"].conversation, author)
    )


def _files(greeting: Message, author: Member) -> dict[str, Message]:
    conversation = greeting.conversation
    sent = {"text": _send(conversation, Draft(text="Good morning. *Bold* and https://example.org"), author)}
    sent["reply"] = _send(conversation, Draft(text="An answer to your message", reply_to=greeting), author)
    for kind in NAMES:
        draft = Draft(Kind(kind), CAPTIONS.get(kind, ""), attachment=_file(conversation.channel, kind))
        sent[kind] = _send(conversation, draft, author)
    return sent


def _cards(greeting: Message, author: Member) -> dict[str, Message]:
    conversation = greeting.conversation
    card = {"name": "Ada Sample", "phones": ["+1 202 555 0147"], "company": "Sample Pharmacy"}
    drafts = [Draft(Kind.LOCATION, content=PLACE), Draft(Kind.CONTACTS, content={"cards": [card]})]
    drafts += [Draft(kind, text, content) for kind, (text, content) in INTERACTIVE.items()]
    sent = {str(draft.kind): _send(conversation, draft, author) for draft in drafts}
    return sent | {"reaction": react(greeting, "❤️", author=author)}


def _templates(conversation: Conversation, author: Member) -> dict[str, Message]:
    sent = {}
    for name, (language, values) in TEMPLATES.items():
        template = Template.objects.get(
            business_id=conversation.channel.business_id, name=name, language=language
        )
        file = _file(conversation.channel, "image") if name == "visit_directions" else None
        sent[name] = _send(conversation, Draft(template=template, values=values, attachment=file), author)
    return sent


def _send(conversation: Conversation, draft: Draft, author: Member) -> Message:
    return send_message(conversation, draft, client_id=str(uuid4()), author=author)


def _file(channel: Channel, kind: str) -> Attachment:
    content, content_type = phone.sample(kind)
    return upload(channel, SimpleUploadedFile(NAMES[kind], content, content_type), kind=Kind(kind))
