"""The whole simulated world in memory: apps, numbers, personas, chats, media, templates and logs."""

import asyncio
import random
import secrets
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from simulator.options import Chaos, Options


@dataclass
class Number:
    """One business phone number of a WhatsApp Business Account."""

    phone_number_id: str
    display_phone_number: str
    verified_name: str
    waba_id: str
    registered: bool = True
    profile: dict = field(default_factory=dict)
    webhook_override: dict | None = None
    pin: str | None = None  # None: the first one that it is registered with
    on_phone: bool = False  # shared with the WhatsApp Business app
    synced: list = field(default_factory=list)

    @property
    def digits(self) -> str:
        return "".join(c for c in self.display_phone_number if c.isdigit())


@dataclass
class App:
    """A Meta app subscribed to one WhatsApp Business Account: where its webhooks go, and its secrets."""

    waba_id: str
    business_id: str
    app_id: str
    app_secret: str
    verify_token: str
    callback_url: str
    access_token: str
    subscribed: bool = True
    webhook_override: dict | None = None
    scopes: list | None = None  # None: both
    handshake: dict = field(default_factory=lambda: {"state": "pending", "attempts": 0})


@dataclass
class Persona:
    """A fictional patient and their phone. Without `phone` only a business-scoped id identifies them."""

    id: str
    name: str
    phone: str | None = None
    wa_id: str | None = None
    username: str | None = None
    country: str = "US"
    language: str = "en"
    about: str = ""
    from_ad: bool = False
    auto_read: bool = False
    reachable: bool = True
    seeded: bool = False
    user_id_changes: int = 0


@dataclass
class Media:
    """A file: uploaded by the business, or on a patient's phone."""

    id: str
    path: str
    mime_type: str
    sha256: bytes
    file_size: int
    owner: str | None
    created: float
    lifetime: float


@dataclass
class Template:
    """One template in one language."""

    id: str
    waba_id: str
    name: str
    language: str
    category: str
    parameter_format: str
    components: list
    status: str = "APPROVED"
    rejected_reason: str = "NONE"


@dataclass
class Message:
    """One message in a chat, as the patient's phone shows it; `inbound` means the patient wrote it."""

    wamid: str
    phone_number_id: str
    persona_id: str | None
    inbound: bool
    type: str
    content: object
    timestamp: int
    status: str = "sent"
    recipient: dict = field(default_factory=dict)
    category: str = "service"
    attempt: str | None = None
    context_id: str | None = None
    rendered: dict | None = None
    reactions: dict = field(default_factory=dict)
    forwarded: bool = False
    referral: dict | None = None
    edited: bool = False
    revoked: bool = False
    echo: bool = False
    priced: bool = False
    visible: bool = True
    error: dict | None = None


class Log:
    """The last entries of something that happened, each with an ever-growing index."""

    def __init__(self, limit: int | None = None):
        self.entries = deque(maxlen=limit)
        self.next = 0

    def add(self, **entry) -> dict:
        entry = {"index": self.next, "time": round(time.time(), 3), **entry}
        self.next += 1
        self.entries.append(entry)
        return entry

    def since(self, index: int, limit: int) -> list[dict]:
        skip = max(0, index - (self.next - len(self.entries)))
        if skip == 0 and limit >= len(self.entries):
            return list(self.entries)
        return [entry for position, entry in enumerate(self.entries) if position >= skip][:limit]


class World:
    """Everything the simulator knows. Plain data; the modules around it do the work."""

    def __init__(self, public_url: str = "http://127.0.0.1:8090", state_dir: Path | None = None):
        self.public_url = public_url
        self.state_dir = state_dir
        self.scratch = tempfile.TemporaryDirectory(prefix="simulator-")
        self.media_dir = (state_dir or Path(self.scratch.name)) / "media"
        self.media_dir.mkdir(parents=True, exist_ok=True)
        self.apps: dict[str, App] = {}
        self.numbers: dict[str, Number] = {}
        self.tasks: set[asyncio.Task] = set()
        self.listeners: set[asyncio.Queue] = set()
        self.client = None
        self.delivery_gate = asyncio.Semaphore(32)
        self.media_secret = secrets.token_bytes(16)
        self.clear()

    def clear(self) -> None:
        """Forget all but the apps and their numbers."""
        self.personas: dict[str, Persona] = {}
        self.by_address: dict[str, Persona] = {}
        self.chats: dict[tuple[str, str], list[Message]] = {}
        self.messages: dict[str, Message] = {}
        self.last_inbound: dict[tuple[str, str], int] = {}
        self.entry_points: dict[tuple[str, str], int] = {}
        self.media: dict[str, Media] = {}
        self.templates: dict[str, Template] = {}
        self.uploads: dict[str, dict] = {}
        self.codes: dict[str, tuple[str, float]] = {}
        self.options = Options()
        self.chaos: dict[str | None, Chaos] = {None: Chaos()}
        self.dice = random.Random()  # noqa: S311 - chaos, not secrets
        self.accepted, self.deliveries, self.requests = Log(), Log(5000), Log(5000)
        self.unacknowledged = 0
        self.generation = getattr(self, "generation", 0) + 1
        self.batches: dict[str, list] = {}
        self.pairs: dict[tuple[str, str], tuple[float, float]] = {}
        self.sends: dict[str, deque] = {}

    def chaos_for(self, phone_number_id: str | None) -> Chaos:
        return self.chaos.get(phone_number_id) or self.chaos[None]

    def chance(self, probability: float) -> bool:
        return bool(probability) and self.dice.random() < probability

    def numbers_of(self, waba_id: str) -> list[Number]:
        return [number for number in self.numbers.values() if number.waba_id == waba_id]

    def app_of(self, number: Number) -> App:
        return self.apps[number.waba_id]

    def spawn(self, work) -> None:
        """Run a coroutine beside the request; held here, because the loop holds tasks weakly."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def tell(self, kind: str, **data) -> None:
        """Push an event to every open phone page."""
        for queue in self.listeners:
            if queue.qsize() < 1000:  # a page that stopped reading is not worth memory
                queue.put_nowait({"kind": kind, **data})


def new_wamid() -> str:
    return "wamid.HBgL" + secrets.token_urlsafe(24).replace("-", "A").replace("_", "B") + "AA=="


def new_id(digits: int = 15) -> str:
    return str(secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1))
