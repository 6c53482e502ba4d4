"""The agents' sockets: hints about what changed, in order and without gaps; never patient text."""

import asyncio
import json
import logging
import time
from collections import Counter
from uuid import UUID

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from clinic_inbox.networks import network_of
from clinics.middleware import SECOND_FACTOR

from . import realtime, telling, welcome
from .hub import Hint, hub
from .missed import missed
from .presence import DOINGS, Seat, presence

logger = logging.getLogger(__name__)

SIGNED_OUT = 4401  # the browser goes to the sign-in page
COME_BACK = 4408  # the browser reconnects after a random pause
TOO_MUCH = 4429
PING_EVERY = 25  # seconds
PING = object()  # in a queue: nothing was said for a while
WHISPER = object()  # in a queue: something without a number waits in `whispers`
OLDEST = 11 * 3600  # seconds; a fresh socket is cheap, one that outlived its session is not
MOST_COMMANDS = 20  # a second
LARGEST_COMMAND = 4096  # bytes
CHECK_SESSIONS_EVERY = 3  # seconds
LOOK_FOR_IDLE_EVERY = 20  # seconds; reading what is in a session costs more than finding it there
CLOSING_SECONDS = 1
MOST_OF_A_MEMBER = 40  # tabs, in this process
MOST_OF_AN_ADDRESS = (
    1000  # a clinic's whole house may come from one; a proxy that does not tell is not counted
)


class Agent(AsyncWebsocketConsumer):
    """One browser tab of one member."""

    open_sockets: set["Agent"] = set()
    open_by: Counter = Counter()  # member or address
    counted: tuple = ()

    async def connect(self):
        self.member = await database_sync_to_async(welcome.member_of)(self.scope)
        if self._is_one_too_many():
            await self.close()  # not accepted: the browser waits longer before each new try
            return
        await self.accept()
        if self.member is None:
            await self.close(SIGNED_OUT)
            return
        self.clinic_id = str(self.member.clinic_id)
        self.session_key = self.scope["session"].session_key
        self.is_strong = bool(self.scope["session"].get(SECOND_FACTOR))
        self.at = None  # the number up to which the browser knows; None until it has told
        self.opened = self.counted_since = time.monotonic()
        self.commands = 0
        self.turn = (
            asyncio.Lock()
        )  # catching up and passing on hints take turns, so that nothing is told twice
        self.queue = hub.join(self.clinic_id, self.member.pk)
        self.whispers: dict[str, bytes] = {}  # by what they are about: a newer one takes an older one's place
        self.seat = Seat(self.clinic_id, self.member.pk, self._whisper)
        presence.sit(self.seat)
        self.open_sockets.add(self)
        self.pump = asyncio.create_task(self._pump())
        self._ping_later()

    def _is_one_too_many(self) -> bool:
        """Count this socket; True, uncounted, when its member or its address has enough of them."""
        address, *_ = self.scope.get("client") or ("",)
        is_told = address not in ("", "127.0.0.1", "::1")
        counted = {network_of(address): MOST_OF_AN_ADDRESS} if is_told else {}
        counted |= {self.member.pk: MOST_OF_A_MEMBER} if self.member else {}
        if any(self.open_by[who] >= most for who, most in counted.items()):
            return True
        self.counted = tuple(counted)
        self.open_by.update(self.counted)
        return False

    async def disconnect(self, code):
        self.open_by.subtract(self.counted)
        for who in self.counted:
            if self.open_by[who] <= 0:
                del self.open_by[who]
        if getattr(self, "pump", None):
            self.pump.cancel()
            self.timer.cancel()
            self.open_sockets.discard(self)
            hub.leave(self.clinic_id, self.queue)
            await presence.stand(self.seat)

    async def receive(self, text_data=None, bytes_data=None):
        if self._is_too_much(text_data):
            await self.close(TOO_MUCH)
            return
        command = _read(text_data) if self.member is not None else {}
        if (since := _since(command)) is not None:
            async with self.turn:
                self.at = since
                await self._catch_up()
        if (here := _here(command)) is not None:
            await self._sit(*here)

    async def _sit(self, conversation: str, doing: str) -> None:
        try:
            await presence.move(self.seat, conversation, doing)
        except Exception as error:  # Postgres is away: said again in some seconds
            logger.warning("presence_not_checked", extra={"reason": type(error).__name__})

    def _whisper(self, about: str, text: bytes) -> None:
        """Say this when the socket next says something, which is soon; not in order with the hints."""
        self.whispers[about] = text
        if not self.queue.full():
            self.queue.put_nowait(WHISPER)

    def _is_too_much(self, text: str | None) -> bool:
        now = time.monotonic()
        if now - self.counted_since > 1:
            self.commands, self.counted_since = 0, now
        self.commands += 1
        return text is None or len(text) > LARGEST_COMMAND or self.commands > MOST_COMMANDS

    def _ping_later(self) -> None:
        """One timer every so often: a timeout around each hint would cost about as much as passing it on."""
        self.timer = asyncio.get_running_loop().call_later(PING_EVERY, self._ping)

    def _ping(self) -> None:
        if self.queue.empty():
            self.queue.put_nowait(PING)
        self._ping_later()

    async def _pump(self) -> None:
        try:
            while time.monotonic() - self.opened < OLDEST:
                hint = await self.queue.get()
                if hint is PING:
                    await self._say(b'{"ping":true}')
                elif hint is not WHISPER:
                    async with self.turn:
                        await self._tell(hint)
                while self.whispers:
                    await self._say(self.whispers.pop(next(iter(self.whispers))))
            await self.close(COME_BACK)
        except Exception as error:
            logger.warning("socket_failed", extra={"reason": type(error).__name__})
            await self.close(COME_BACK)

    async def _tell(self, hint: Hint | None) -> None:
        """Pass on a hint and those that wait behind it as one; after a gap ask Postgres instead.

        A hint of which the member may hear nothing is told with its number only, so that numbers have no gap.
        """
        if self.at is None:
            return
        topics, was_at = set(), self.at
        while True:
            if hint is None or hint.seq > self.at + 1:
                await self._catch_up(topics)
                return
            if hint.seq == self.at + 1:
                told = await hint.told(self.member.pk)
                topics.update(told)
                self.at = hint.seq
                await self._keep_seat(told, hint.topics)
            if self.queue.empty() or (hint := self.queue.get_nowait()) in (PING, WHISPER):
                break
        if self.at != was_at:
            await self._send(seq=self.at, topics=sorted(topics))

    async def _catch_up(self, topics=()) -> None:
        now_at, found = await missed.since(self.clinic_id, self.member.pk, self.at)
        was_at, self.at = self.at, now_at
        await self._keep_seat(found)
        if found is None:
            await self._send(seq=now_at, resync=True)
        elif topics or found or now_at != was_at:
            await self._send(seq=now_at, topics=sorted({*topics, *found}))

    async def _keep_seat(self, told: list[str] | None, topics=()) -> None:
        """After what may have changed the member's sight: who does not see a conversation is not shown there."""
        own = realtime.topic(self.seat.conversation)
        if self.seat.conversation and (
            told is None or telling.LIST in told or (own in topics and own not in told)
        ):
            await presence.check(self.seat)

    async def _send(self, **message) -> None:
        await self._say(orjson.dumps(message))

    async def _say(self, text: bytes) -> None:
        # Around this, Channels' session middleware looks for a changed session at every message.
        await self.scope["bare_send"]({"type": "websocket.send", "text": text.decode()})


async def watch_sessions() -> None:
    """Close the sockets of people who signed out or were signed out, who left their screen, who work here no longer."""
    looked_for_idle_at = time.monotonic()
    while True:
        await asyncio.sleep(CHECK_SESSIONS_EVERY)
        sockets = list(Agent.open_sockets)
        if not sockets:
            continue
        asked = [
            (each.session_key, each.member.clinic_id, each.member.pk, each.is_strong) for each in sockets
        ]
        ended, is_time = set(), time.monotonic() - looked_for_idle_at > LOOK_FOR_IDLE_EVERY
        try:
            valid = await database_sync_to_async(welcome.still_welcome)(asked)
            if is_time:
                ended = await database_sync_to_async(welcome.ended)(asked)
                looked_for_idle_at = time.monotonic()
        except Exception as error:  # the database is away: nobody is thrown out for that
            logger.warning("sessions_not_checked", extra={"reason": type(error).__name__})
            continue
        unwelcome = [
            each
            for each in sockets
            if (each.session_key, each.member.pk) not in valid or each.session_key in ended
        ]
        await asyncio.gather(*(_shut_out(socket) for socket in unwelcome))
        if is_time:
            await _note_who_is_here([each for each in asked if each[0] not in ended])


async def _note_who_is_here(asked: list[tuple]) -> None:
    """For the rules that give conversations to whoever is here; when it fails, nobody stays open for that."""
    try:
        await database_sync_to_async(welcome.note_here)(asked)
    except Exception as error:
        logger.warning("presence_not_noted", extra={"reason": type(error).__name__})


async def _shut_out(socket: Agent) -> None:
    """Close a socket, whatever becomes of it: one that does not read, or has just gone, keeps nobody else's open."""
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            await socket.close(SIGNED_OUT)
    except Exception as error:
        logger.info("socket_not_closed", extra={"reason": type(error).__name__})


def _read(text: str) -> dict:
    try:
        command = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return command if isinstance(command, dict) else {}


def _here(command: dict) -> tuple[str, str] | None:
    """Where a tab says it is, "" for nowhere, and what its member does there; None when it does not say."""
    here, doing = command.get("here", 0), command.get("doing", DOINGS[-1])
    if here is None:
        return "", DOINGS[-1]
    try:
        return (str(UUID(here)), doing) if doing in DOINGS else None
    except (ValueError, TypeError, AttributeError):
        return None


def _since(command: dict) -> int | None:
    since = command.get("since")
    is_number = isinstance(since, int) and not isinstance(since, bool)
    return since if is_number and 0 <= since < 2**62 else None
