"""What a load sends: endless requests, each with the messages whose storing its 200 promises."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.webhooks import Sender

REDELIVERED, FORGED, SEVERAL = 0.30, 0.05, 0.05
WINDOW = 2_000  # a redelivery is of one of so many requests before
LATE_SECONDS = 600  # messages are told up to so much after they were written


@dataclass(frozen=True, slots=True)
class Request:
    """Bytes to send. Once they are answered with 200, messages `first` to `first + count - 1` are promised."""

    content: bytes
    first: int = 0
    count: int = 1


def plain(sender: Sender, first: int) -> Iterator[Request]:
    """One new message per POST. Who writes jumps about, so that a batch holds many people."""
    at, number = int(time.time()), first
    while True:
        yield Request(sender.request(number, at), number)
        number += 1


def dups(sender: Sender, first: int) -> Iterator[Request]:
    """As a bad day at Meta's: redelivered, forged, many in one, out of order, some people without a number."""
    chance, number = random.Random(first), first
    sent: list[Request] = []
    while True:
        at = int(time.time()) - chance.randrange(LATE_SECONDS)
        draw = chance.random()
        if sent and draw < REDELIVERED:
            yield chance.choice(sent)
            continue
        if draw < REDELIVERED + FORGED:
            yield Request(_forged(sender.request(900_000_000 + number, at)), count=0)
            continue
        count = chance.randint(10, 100) if draw < REDELIVERED + FORGED + SEVERAL else 1
        made = Request(sender.several(range(number, number + count), at), number, count)
        number += count
        sent[:-WINDOW] = []
        sent.append(made)
        yield made


def _forged(request: bytes) -> bytes:
    head, _, tail = request.partition(b"sha256=")
    return head + b"sha256=" + b"0" * 64 + tail[64:]


def statuses(sender: Sender, first: int) -> Iterator[Request]:
    """Sent messages are delivered and read, one status per POST, now and then in the wrong order."""
    at, number = int(time.time()), first
    while True:
        pair = ("read", "delivered") if number % 10 == 0 else ("delivered", "read")
        for status in pair:
            yield Request(sender.status(_sent(number), status, at), number)
        number += 1


def _sent(number: int) -> int:
    """The number that bench.filling gave to the large clinic's message of ours at this place."""
    conversation, place = divmod(number, 5)
    return (conversation // 20 * 25 + conversation % 20) * 10 + 2 * place + 1


STREAMS: dict[str, Callable[[Sender, int], Iterator[Request]]] = {
    each.__name__: each for each in (plain, dups, statuses)
}
