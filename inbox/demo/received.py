"""Everything a patient's phone can send, once each, to see how it is drawn."""

import time
from dataclasses import dataclass, field

from integrations.models import Channel

from . import phone

PERSON, NUMBER, NEW_NUMBER = "Ida Specimen", "12025550171", "12025550172"
STEP_SECONDS = 20  # between two messages: webhooks tell whole seconds, by which a thread is ordered
CARD = {
    "name": {"formatted_name": "Ada Sample", "first_name": "Ada"},
    "org": {"company": "Sample Pharmacy"},
    "phones": [{"phone": "+1 202 555 0147", "type": "CELL"}],
    "emails": [{"email": "ada@pharmacy.example", "type": "WORK"}],
}
PLACE = {
    "latitude": 51.4779,
    "longitude": -0.0015,
    "name": "Sample Park, Gate 2",
    "address": "1 Example Lane",
}
FORM = {"flow_token": "visit", "full_name": "Ida Specimen", "reason": "A cough since Monday"}


@dataclass
class Chat:
    """One patient at their phone. `said` holds the external id of each message by the name of what it shows."""

    channel: Channel
    person: str
    seconds_ago: int
    said: dict[str, str] = field(default_factory=dict)

    def act(self, name: str, type_: str, content: object = None, **more) -> str:
        wish = {"type": type_, "ago_seconds": self._pass_time(), **more}
        wish |= {} if content is None else {type_: content}
        self.said[name] = phone.act(self.channel, self.person, wish)
        return self.said[name]

    def answer_from_phone(self, name: str, body: str) -> str:
        wish = {"type": "text", "text": {"body": body}, "ago_seconds": self._pass_time()}
        self.said[name] = phone.echo(self.channel, self.person, wish)
        return self.said[name]

    def _pass_time(self) -> int:
        self.seconds_ago -= STEP_SECONDS
        return self.seconds_ago


def receive_every_kind(channel: Channel) -> dict[str, str]:
    """Let one patient do everything a patient can; returns the external ids by name. Waits for nothing."""
    chat = Chat(channel, phone.add_person(PERSON, NUMBER), seconds_ago=50 * STEP_SECONDS)
    _past(chat)
    chat.act("welcome", "request_welcome")
    chat.act("referral", "text", "I saw your advertisement. Do you take new patients?", referral=True)
    _files(chat)
    _cards(chat)
    _answers(chat)
    _amended(chat)
    _not_shown(chat)
    _moved(chat)
    return chat.said


def _past(chat: Chat) -> None:
    """The import of a number that was used with the phone app before."""
    own = "".join(letter for letter in chat.channel.address if letter.isdigit())
    day_before = int(time.time()) - 26 * 3600
    said = [
        ("history", {"from": NUMBER, "type": "text", "text": {"body": "Are you open on Saturday?"}}),
        ("history_answer", {"from": own, "to": NUMBER, "type": "text", "text": {"body": "Until noon, yes."}}),
        ("placeholder", {"from": NUMBER, "type": "media_placeholder"}),
    ]
    messages = []
    for number, (name, item) in enumerate(said):
        chat.said[name] = f"wamid.demo.past.{number}"
        told = {"id": chat.said[name], "timestamp": str(day_before + 60 * number)}
        messages.append(item | told | {"history_context": {"status": "READ"}})
    progress = {"phase": 0, "chunk_order": 1, "progress": 100}
    threads = [{"id": NUMBER, "messages": messages}]
    phone.tell(chat.channel, "history", {"history": [{"metadata": progress, "threads": threads}]})


def _files(chat: Chat) -> None:
    chat.act("text", "text", "Yes please. Here is everything: https://example.org/letter")
    chat.act("image", "image", {"sample": True, "caption": "The view from my window"})
    chat.act("image_bare", "image", {"sample": True})
    chat.act("video", "video", {"sample": True, "caption": "How I walk"})
    chat.act("voice", "audio", {"sample": True, "voice": True})
    chat.act("audio", "audio", {"sample": True, "voice": False})
    chat.act("document", "document", {"sample": True, "caption": "From the other clinic"})
    chat.act("sticker", "sticker", {"sample": True})


def _cards(chat: Chat) -> None:
    chat.act("location", "location", PLACE)
    chat.act("location_bare", "location", {"latitude": 51.5, "longitude": -0.12})
    chat.act("contacts", "contacts", [CARD])
    chat.act("order", "order", {"sample": True})
    chat.act("forwarded", "text", "Drink plenty of water, says my neighbour", forwarded=True)
    chat.act("reply", "text", "This is the pharmacy I meant", reply_to=chat.said["contacts"])


def _answers(chat: Chat) -> None:
    asked = chat.answer_from_phone("echo", "Can you come on Thursday at 10?")
    chat.act("button", "button", {"payload": "CONFIRM", "text": "Confirm"}, reply_to=asked)
    replies = {
        "button_reply": {"button_reply": {"id": "yes", "title": "Yes, Thursday"}},
        "list_reply": {
            "list_reply": {"id": "gp", "title": "General practice", "description": "Ground floor"}
        },
        "flow_reply": {"nfm_reply": {"name": "Before your visit", "response": FORM}},
    }
    for name, reply in replies.items():
        type_ = next(iter(reply))
        chat.act(name, "interactive", {"type": type_, **reply}, reply_to=asked)
    permission = {"response": "accept", "is_permanent": True, "response_source": "user_action"}
    content = {"type": "call_permission_reply", "call_permission_reply": permission}
    chat.act("call_permission_reply", "interactive", content, reply_to=asked)


def _amended(chat: Chat) -> None:
    liked = chat.answer_from_phone("liked", "Please bring your insurance card.")
    chat.act("reaction", "reaction", {"message_id": liked, "emoji": "👍"})
    disliked = chat.answer_from_phone("disliked", "The lift is out of order this week.")
    chat.act("reaction_given", "reaction", {"message_id": disliked, "emoji": "😮"})
    chat.act("reaction_removed", "reaction", {"message_id": disliked})
    wrong = chat.act("edited", "text", "I come at 11")
    new = {"type": "text", "text": {"body": "I come at 10"}}
    chat.act("edit", "edit", {"original_message_id": wrong, "message": new})
    regretted = chat.act("revoked", "text", "Please call my brother instead")
    chat.act("revoke", "revoke", {"original_message_id": regretted})


def _not_shown(chat: Chat) -> None:
    chat.act("unsupported", "unsupported", {"type": "poll"})
    chat.act("unknown", "unknown")
    chat.act("brand_new", "hologram", {"depth": 3})


def _moved(chat: Chat) -> None:
    chat.act("id_change", "system", {"type": "user_changed_user_id"})
    chat.act("number_change", "system", {"type": "user_changed_number", "wa_id": NEW_NUMBER})
    chat.act("last", "text", "This is my new number")
