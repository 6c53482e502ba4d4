"""A number shared with the phone app: what was sent there, its imported past, its address book."""

from collections.abc import Iterator

from integrations.events import ContactCard, Event, Sender
from integrations.whatsapp.change import Change, report
from integrations.whatsapp.parse_messages import Origin, read_message
from integrations.whatsapp.reading import ident, mapping, moment, objects, text
from integrations.whatsapp.senders import is_known, person, sender_of

ECHO = Origin(is_echo=True)
IMPORTED, IMPORTED_ECHO = Origin(is_history=True), Origin(is_echo=True, is_history=True)
DECLINED = "2593109"  # the clinic did not share its history


def read_echo(item: dict, change: Change, origin: Origin = ECHO) -> Event:
    """A message the clinic sent from its phone; the sender is the person it went to."""
    recipient = None
    if ident(item.get("to")) and ident(item.get("to")) == _own_number(change):
        recipient = sender_of(item, change.contacts)  # an edit seen with its two ends swapped
    return read_message(item, change.contacts, change.now, origin, recipient)


def _own_number(change: Change) -> str:
    told = text(mapping(change.value.get("metadata")).get("display_phone_number"), 40)
    return "".join(letter for letter in told if letter.isdigit())


def report_chunk(chunk: dict, change: Change) -> Event:
    """How far the import is, or that it was declined. Chunks come in any order."""
    told = mapping(chunk.get("metadata"))
    if errors := objects(chunk.get("errors")):
        codes = {ident(error.get("code")) for error in errors}
        return report(
            change, "declined" if DECLINED in codes else "error", {"errors": errors, "metadata": told}
        )
    key = (ident(told.get("phase")), ident(told.get("chunk_order")), ident(told.get("progress")))
    return report(change, "chunk", {"metadata": told}, key=("chunk", *key) if any(key) else None)


def imported(chunk: dict) -> Iterator[tuple[Sender | None, object]]:
    """(the thread's person, item) for each message of a chunk; None where the thread does not say."""
    for thread in objects(chunk.get("threads")):
        who = mapping(thread.get("context")) or {"wa_id": thread.get("id")}
        sender = person(who)
        items = thread.get("messages")
        for item in items if type(items) is list else [items]:
            yield (sender if is_known(sender) else None), item


def read_imported(item: dict, change: Change, sender: Sender | None) -> Event:
    """One message of the past, from the patient or (an echo) to them."""
    is_echo = "to" in item or "to_user_id" in item or ident(item.get("from")) == _own_number(change)
    return read_message(item, change.contacts, change.now, IMPORTED_ECHO if is_echo else IMPORTED, sender)


def read_imported_file(item: dict, change: Change) -> Event:
    """The file of an imported message whose place was held until now."""
    return read_message(item, change.contacts, change.now, IMPORTED)


def read_imported_echo(item: dict, change: Change) -> Event:
    """The file of an imported message that the clinic had sent."""
    return read_echo(item, change, IMPORTED_ECHO)


def read_card(item: dict, change: Change) -> Event | None:
    """One entry of the phone's address book, added or removed."""
    card = mapping(item.get("contact"))
    digits = "".join(letter for letter in text(card.get("phone_number"), 40) if letter.isdecimal())
    known = person({**card, "wa_id": digits})
    action = text(item.get("action"), 20)
    if item.get("type", "contact") != "contact" or action not in ("add", "remove"):
        return report(change, ident(item.get("type"), 60), item)
    if not is_known(known):
        return None
    name = text(card.get("full_name"), 200) or text(card.get("first_name"), 200)
    sender = Sender(known.user_id, known.parent_user_id, known.wa_id, known.username, name)
    return ContactCard(sender, action, moment(mapping(item.get("metadata")).get("timestamp"), change.now))
