"""Who has a conversation open, and whether they are writing: for those who have it open too, and for nobody else.

Each tab says where it is, and says so again every few seconds. Valkey keeps that for KEPT seconds, ids only: a tab that
ends without a word is forgotten by itself. Without Valkey nobody is seen, and nothing else suffers.
"""

import asyncio
import logging
import time
from collections import defaultdict
from uuid import UUID, uuid4

import orjson
import redis.asyncio
from channels.db import database_sync_to_async
from django.conf import settings

from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.valkey import SECONDS, Latch
from clinics.models import Member

from . import queries, whispers

logger = logging.getLogger(__name__)

HERE = "clinic-inbox:here:"  # + clinic:conversation; a hash of seats: "member doing until"
KEPT = 25  # seconds since a tab last said so; it does every ten
LOOK_EVERY = 5  # seconds: where somebody was seen, whether they still are
CHECK_EVERY = 60  # seconds: whether a member may still be where they are; emergency access ends by the clock
NAMES_KEPT = 600  # seconds
# What somebody does, the most telling first: with two tabs they are told by that of one.
DOINGS = ("writing", "noting", "drafting", "reading")

Place = tuple[str, str]  # clinic, conversation
People = tuple[tuple[str, str], ...]  # (member, doing) of each


class Seat:
    """One tab of one member, and where it is."""

    def __init__(self, clinic_id: str, member_id: UUID, whisper):
        self.id, self.clinic_id, self.member_id = uuid4().hex[:12], clinic_id, str(member_id)
        self.whisper = whisper  # called with the bytes of a message and what it is about
        self.conversation = self.doing = ""
        self.checked_at = 0.0
        self.told: People | None = None

    @property
    def place(self) -> Place:
        return self.clinic_id, self.conversation


class Presence:
    """The seats of this process."""

    def __init__(self):
        self.of_member: dict[Place, set[Seat]] = defaultdict(set)  # clinic, member
        self.at: dict[Place, set[Seat]] = defaultdict(set)
        self.names: dict[Place, tuple[float, str, str]] = {}
        self.looking: dict[Place, bool] = {}  # True: look again when this look is done
        self.looks: set[asyncio.Task] = set()
        self.latch = Latch()
        self.valkey = self.task = None

    async def open(self) -> None:
        limits = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
        self.valkey = redis.asyncio.Redis.from_url(settings.REDIS_URL, **limits)
        self.task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.valkey.aclose()

    def sit(self, seat: Seat) -> None:
        """A tab that may be told things; it is nowhere yet."""
        self.of_member[seat.clinic_id, seat.member_id].add(seat)

    async def stand(self, seat: Seat) -> None:
        """The tab is gone."""
        _forget(self.of_member, (seat.clinic_id, seat.member_id), seat)
        await self.leave(seat)

    async def move(self, seat: Seat, conversation: str, doing: str) -> None:
        """The tab says where it is and what its member does there. Where they may not be, they are not."""
        if conversation != seat.conversation:
            await self.leave(seat)
            seat.conversation, seat.checked_at = conversation, 0.0
        if time.monotonic() - seat.checked_at > CHECK_EVERY:
            await self.check(seat)
        if not seat.conversation:
            return
        is_news, seat.doing = seat.doing != doing, doing
        self.at[seat.place].add(seat)
        until = int(time.time()) + KEPT
        await self._keep(seat, f"{seat.member_id} {doing} {until}", is_news)

    async def check(self, seat: Seat) -> None:
        """Whether the member may (still) be where the tab is; otherwise it is nowhere."""
        if not seat.conversation:
            return
        asked = seat.conversation
        if await database_sync_to_async(_sees)(seat.clinic_id, seat.member_id, asked):
            seat.checked_at = time.monotonic()
        elif seat.conversation == asked:
            await self.leave(seat)

    async def leave(self, seat: Seat) -> None:
        """The tab shows no conversation any more."""
        if not seat.conversation:
            return
        place, was_here = seat.place, bool(seat.doing)
        _forget(self.at, place, seat)
        seat.conversation = seat.doing = ""
        seat.told = None
        if was_here:
            await self._ask(lambda pipe: pipe.hdel(_key(place), seat.id).publish(*_changed(place)))

    def hear(self, clinic: str, member: str = "", news: dict | None = None, conversation: str = "") -> None:
        """What another process, or this one, has whispered."""
        if conversation:
            self._look_soon((clinic, conversation))
        for seat in self.of_member.get((clinic, member), ()):
            seat.whisper(str(news and news.get("mode")), orjson.dumps(news))

    async def _keep(self, seat: Seat, value: str, is_news: bool) -> None:
        key = _key(seat.place)

        def ask(pipe):
            pipe.hset(key, seat.id, value).expire(key, KEPT * 2)
            return pipe.publish(*_changed(seat.place)) if is_news else pipe

        await self._ask(ask)

    async def _ask(self, build) -> list | None:
        """Valkey's answers; None, and nothing else, while it is away."""
        if self.latch.is_shut or self.valkey is None:
            return None
        try:
            async with self.valkey.pipeline(transaction=False) as pipe:
                return await build(pipe).execute()
        except (redis.RedisError, OSError) as error:
            self.latch.shut()
            logger.warning("presence_not_kept", extra={"reason": type(error).__name__})
            return None

    def _look_soon(self, place: Place) -> None:
        if place not in self.at:
            return
        if place in self.looking:
            self.looking[place] = True
        else:
            self.looking[place] = False
            looks = asyncio.create_task(self._look(place))
            self.looks.add(looks)  # the loop keeps only weak references
            looks.add_done_callback(self.looks.discard)

    async def _look(self, place: Place) -> None:
        try:
            people = await self._people(place)
            names = await self._names(place[0], {member for member, _ in people})
        except Exception as error:  # Postgres is away: the next look will tell
            logger.warning("presence_not_told", extra={"reason": type(error).__name__})
            people = names = None
        if people is not None:
            for seat in self.at.get(place, ()):
                _tell(seat, tuple(each for each in people if each[0] != seat.member_id), names)
        if self.looking.pop(place, False):
            self._look_soon(place)

    async def _people(self, place: Place) -> People:
        answers = await self._ask(lambda pipe: pipe.hgetall(_key(place)))
        doings, now, ended = defaultdict(set), time.time(), []
        for seat_id, value in (answers[0] if answers else {}).items():
            member, doing, until = value.decode().split()
            if int(until) > now:
                doings[member].add(doing)
            else:
                ended.append(seat_id)
        if ended:
            await self._ask(lambda pipe: pipe.hdel(_key(place), *ended))
        return tuple((member, min(found, key=DOINGS.index)) for member, found in sorted(doings.items()))

    async def _names(self, clinic_id: str, members: set[str]) -> dict[str, tuple[str, str]]:
        now = time.monotonic()
        known = {each: self.names.get((clinic_id, each), (0, "", "")) for each in members}
        if unknown := [each for each, (until, *_) in known.items() if until < now]:
            for pk, name, initials in await database_sync_to_async(_name)(clinic_id, unknown):
                known[pk] = self.names[clinic_id, pk] = (now + NAMES_KEPT, name, initials)
        return {each: (name, initials) for each, (_, name, initials) in known.items()}

    async def _watch(self) -> None:
        """Those who ended without a word go from the screens of those who saw them."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for place, seats in list(self.at.items()):
                if any(seat.told for seat in seats):
                    self._look_soon(place)


def _tell(seat: Seat, people: People, names: dict) -> None:
    if people == seat.told:
        return
    seat.told = people
    told = [
        {"id": member, "name": names[member][0], "initials": names[member][1], "doing": doing}
        for member, doing in people
    ]
    seat.whisper("presence", orjson.dumps({"presence": seat.conversation, "people": told}))


def _forget(seats: dict[Place, set[Seat]], place: Place, seat: Seat) -> None:
    seats[place].discard(seat)
    if not seats[place]:
        del seats[place]


def _key(place: Place) -> str:
    return f"{HERE}{place[0]}:{place[1]}"


def _changed(place: Place) -> tuple[str, bytes]:
    return whispers.CHANNEL, orjson.dumps({"clinic": place[0], "conversation": place[1]})


def _sees(clinic_id: str, member_id: str, conversation: str) -> bool:
    with clinic_scope(UUID(clinic_id)):
        member = Member.objects.filter(pk=member_id, is_active=True).first()
        return member is not None and queries.visible_conversations(member).filter(pk=conversation).exists()


def _name(clinic_id: str, members: list[str]) -> list[tuple[str, str, str]]:
    with clinic_scope(UUID(clinic_id)):
        found = Member.objects.filter(pk__in=members)
        return [(str(member.pk), member.name, member.initials) for member in found]


presence = Presence()
