"""The vocabulary between providers and the inbox: what adapters produce and consume. No behaviour, no models.

Inbound: an adapter's `parse(body)` returns a list of `Arrival`, one per change it found, each naming the address the
change was for. Outbound: `inbox` fills an `Outgoing`, the adapter sends it and returns a `Receipt` or raises a
`ProviderError`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils import translation
from django.utils.functional import Promise


class Kind(StrEnum):
    """What a message is. `content` of each kind, beyond `text`:

    image, video, audio, voice, document, sticker: the file is in `media`; `text` is the caption
    location: latitude, longitude (degrees), name, address
    contacts: {"cards": [{"name", "phones": [..], "emails": [..], "company", "is_requested"}]}
    button: payload (a template's quick reply; `text` is the label)
    button_reply: id; list_reply: id, description; flow_reply: name, fields (object, or {"value": …} when it is none)
    call_permission_reply: response, is_permanent, expires_at
    order: catalog_id, items: [{"id", "quantity", "price", "currency"}]
    buttons, list, cta_url, flow, location_request: what we sent, see Outgoing
    template: name, language, parameters, rendered: {"header", "body", "footer", "buttons"}
    system: change (number, user_id, identity, other), old, new
    welcome: the person opened the chat for the first time
    unsupported, unknown: reason (provider's words), original (its type); unknown also raw: the item as it came
    placeholder: a file of an imported history that is not here yet
    sticker: is_animated, when it moves. Any kind: product {"catalog_id", "id"}, when it is about one of a catalogue
    """

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    BUTTON = "button"
    BUTTON_REPLY = "button_reply"
    LIST_REPLY = "list_reply"
    FLOW_REPLY = "flow_reply"
    CALL_PERMISSION_REPLY = "call_permission_reply"
    ORDER = "order"
    SYSTEM = "system"
    WELCOME = "welcome"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"
    PLACEHOLDER = "placeholder"
    BUTTONS = "buttons"
    LIST = "list"
    CTA_URL = "cta_url"
    FLOW = "flow"
    LOCATION_REQUEST = "location_request"
    TEMPLATE = "template"
    REACTION = "reaction"  # outgoing only: inbound ones are ReactionChanged


MEDIA_KINDS = {Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.VOICE, Kind.DOCUMENT, Kind.STICKER}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a message came from (or an echo went to), as the provider names them. Any id may be empty, not all."""

    user_id: str = ""  # WhatsApp business-scoped user id
    parent_user_id: str = ""
    wa_id: str = ""  # digits
    username: str = ""  # without @
    name: str = ""  # profile name

    @property
    def addresses(self) -> list[str]:
        """Every id by which the provider named them."""
        return [each for each in (self.user_id, self.parent_user_id, self.wa_id) if each]


@dataclass(frozen=True, slots=True)
class Media:
    """A file the provider holds for us."""

    external_id: str
    content_type: str = ""
    sha256: str = ""  # hex; "" when it was not told
    filename: str = ""


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message in a thread: from a patient, from the clinic's phone app (is_echo), or imported (is_history)."""

    external_id: str
    sender: Sender
    sent_at: datetime
    kind: Kind
    text: str = ""
    content: dict = field(default_factory=dict)
    media: Media | None = None
    reply_to: str = ""  # external id of the quoted message
    is_forwarded: bool = False
    referral: dict = field(default_factory=dict)  # the ad or post it came from
    group_id: str = ""
    is_echo: bool = False
    is_history: bool = False
    status: str = ""  # for imported messages: the state they had reached
    errors: list = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """What became of one message we sent: sent, delivered, read, played, failed, or a word we do not know yet."""

    external_id: str
    status: str
    occurred_at: datetime
    recipient: str = ""  # wa_id, group participant or user id; "" when withheld
    callback: str = ""  # biz_opaque_callback_data: our attempt id
    errors: list = field(default_factory=list)  # [{"code", "title", "details"}]
    pricing: dict = field(default_factory=dict)  # category, type, plus conversation origin when told
    group_id: str = ""


@dataclass(frozen=True, slots=True)
class ReactionChanged:
    """The patient (or, echoed, the clinic's phone) put an emoji on a message, or took it back (empty)."""

    external_id: str
    sender: Sender
    target: str
    emoji: str
    sent_at: datetime
    is_echo: bool = False
    is_history: bool = False


@dataclass(frozen=True, slots=True)
class MessageAmended:
    """A message was edited or taken back (kind "edit" or "revoke")."""

    external_id: str
    sender: Sender
    target: str
    kind: str
    sent_at: datetime
    text: str = ""
    is_echo: bool = False


@dataclass(frozen=True, slots=True)
class IdentityChanged:
    """A person's address changed: a new number, or a new user id. Empty fields did not change."""

    external_id: str  # of the system message; "" when a webhook field told it
    occurred_at: datetime
    old_user_id: str = ""
    new_user_id: str = ""
    new_parent_user_id: str = ""
    old_wa_id: str = ""
    new_wa_id: str = ""


@dataclass(frozen=True, slots=True)
class PreferenceChanged:
    """The person told the provider whether they want a kind of message: value "stop" or "resume"."""

    sender: Sender
    category: str  # marketing_messages
    value: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class ContactCard:
    """The phone app's address book told a name (coexistence): action "add" or "remove"."""

    sender: Sender
    action: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """Anything else a provider tells: kept whole as a ChannelEvent; `kind` names what is known of it."""

    field: str
    kind: str
    payload: dict
    occurred_at: datetime
    dedupe_key: str  # sha256 hex of what makes it one event


Event = (
    MessageReceived
    | StatusChanged
    | ReactionChanged
    | MessageAmended
    | IdentityChanged
    | PreferenceChanged
    | ContactCard
    | ChannelReport
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event and the address it was for: a phone number id, or only a business account id."""

    event: Event
    number_id: str = ""
    business_id: str = ""


class Unreadable(Exception):
    """The body is signed but not something we can read at all; it is quarantined, never dropped."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to send, already stored with the provider (`external_id`) or public (`link`)."""

    external_id: str = ""
    link: str = ""
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send.

    `content` by kind: location: latitude, longitude, name, address · contacts: cards as inbound · reaction: target,
    emoji · buttons: buttons [{"id","title"}], header, footer · list: button, sections [{"title","rows":[{"id","title",
    "description"}]}], header, footer · cta_url: label, url, header, footer · flow: flow_id or flow_name, label, token,
    action, screen, data, mode · template: name, language, components (as the provider takes them)
    """

    kind: Kind
    to_wa_id: str = ""
    to_user_id: str = ""
    text: str = ""
    content: dict = field(default_factory=dict)
    file: File | None = None
    reply_to: str = ""
    attempt_id: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider accepted a message. `wa_id`/`user_id`: how it addresses the recipient, when it told."""

    external_id: str
    wa_id: str = ""
    user_id: str = ""
    held: bool = False  # accepted, but kept for a quality check first


class ErrorClass(StrEnum):
    """What to do about an error: the last column of an error catalogue."""

    RETRY = "retry"  # provably not accepted: try again after a pause
    LATER = "later"  # not now: hours, or after somebody fixed something; never by itself
    NEVER = "never"
    REAUTHORISE = "reauthorise"
    WINDOW_CLOSED = "window_closed"
    OPTED_OUT = "opted_out"
    UNCERTAIN = "uncertain"  # may have been accepted: never send again blindly


class ProviderError(Exception):
    """A send or another provider call failed. Texts are the provider's own words, capped; never ours or a patient's."""

    def __init__(
        self, error_class: ErrorClass, code: str = "", detail: str = "", retry_after: float | None = None
    ):
        super().__init__(f"{error_class} {code}")
        self.error_class, self.code, self.detail = error_class, code, detail[:300]
        self.retry_after = retry_after  # seconds


class Invalid(Exception):
    """A message breaks the provider's limits; the sentence says which, for the person who wrote it.

    With a lazy sentence and its values it can be told later in another language; see told().
    """

    def __init__(self, sentence: str | Promise = "", **values):
        super().__init__(sentence)
        self.sentence, self.values = sentence, values

    def __str__(self):
        return str(self.sentence) % self.values if self.values else str(self.sentence)

    def told(self) -> dict:
        """What to keep of it: the sentence in the language of the code, and the values for its places."""
        with translation.override(None):
            return {"say": str(self.sentence), **self.values}
