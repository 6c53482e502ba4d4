"""A sender that behaves like Meta: duplicates, reorders, batches anew, and repeats what was not answered with 200."""

import queue
import threading
import time
from collections import Counter

import httpx2

from tests.inbox.payloads import change, person, sign, webhook

SENDERS = 6
MOST_IN_A_POST = 1000  # Meta's own limit
BREATH = (0.1, 0.8)  # seconds between two posts of one sender, so that the harm falls between them
PAUSES = (0.05, 0.2, 0.5, 1, 2)  # seconds between repetitions, growing
SECONDS = 15  # that Meta waits for an answer


class Meta:
    """Delivers updates of one channel until each has been acknowledged.

    `acknowledged` holds the id of each update that got a 200, and how often; `answers` counts what was answered,
    None for no answer at all. With several addresses, each post goes to one by chance.
    """

    def __init__(self, channel, addresses: str | list[str], chance, breath=BREATH):
        self.channel, self.chance, self.breath = channel, chance, breath
        self.turn_to(*([addresses] if isinstance(addresses, str) else addresses))
        self.posts: queue.Queue = queue.Queue()
        self.acknowledged: Counter[str] = Counter()
        self.answers: Counter[int | None] = Counter()
        self.under_way = 0
        self.slowest = 0.0  # seconds until an answer came
        self.lock = threading.Lock()

    def turn_to(self, *addresses: str) -> None:
        """Send new posts to these."""
        self.urls = [f"{address}/webhooks/whatsapp/{self.channel.hook_id}/" for address in addresses]

    @property
    def refusals(self) -> int:
        return self.answers.total() - self.answers[200]

    def plan(self, updates: list[dict], most_copies: int = 5, most_in_a_post: int = 30) -> None:
        """Queue each update one to `most_copies` times, shuffled, in posts of random size."""
        copies = [update for update in updates for _ in range(self.chance.randint(1, most_copies))]
        self.chance.shuffle(copies)
        while copies:
            size = self.chance.randint(1, most_in_a_post)
            batch, copies = copies[:size], copies[size:]
            self.posts.put((batch, 0))

    def deliver(self, seconds: float) -> None:
        """Post everything; raises AssertionError when something is not acknowledged in time."""
        deadline = time.monotonic() + seconds
        threads = [threading.Thread(target=self._send, args=(deadline,)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.posts.empty(), f"{self.posts.qsize()} posts were not acknowledged: {self.answers}"

    def post(self, updates: list[dict], client: httpx2.Client | None = None) -> bool:
        """One post; True when it was acknowledged."""
        body = self.body(updates)
        url = self.chance.choice(self.urls)
        headers = {"x-hub-signature-256": sign(body)}
        started = time.monotonic()
        try:
            if client:
                status = client.post(url, content=body, headers=headers).status_code
            else:
                status = httpx2.post(url, content=body, headers=headers, timeout=SECONDS).status_code
        except httpx2.HTTPError:
            status = None
        with self.lock:
            self.answers[status] += 1
            self.slowest = max(self.slowest, time.monotonic() - started)
            if status == 200:
                self.acknowledged.update(key(update) for update in updates)
        return status == 200

    def _send(self, deadline: float) -> None:
        with httpx2.Client(timeout=SECONDS) as client:
            while time.monotonic() < deadline:
                try:
                    batch, tries = self._take()
                except queue.Empty:
                    if not self.under_way:
                        return
                    continue
                time.sleep(self.chance.uniform(*self.breath))
                if not self.post(batch, client):
                    time.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                    self._queue_again(batch, tries + 1)
                with self.lock:
                    self.under_way -= 1

    def _take(self) -> tuple[list[dict], int]:
        post = self.posts.get(timeout=0.2)
        with self.lock:
            self.under_way += 1
        return post

    def _queue_again(self, batch: list[dict], tries: int) -> None:
        """What was refused comes anew in other batches: put together with another, or cut in two."""
        try:
            if len(batch) < MOST_IN_A_POST / 2 and self.chance.random() < 0.5:
                other, others_tries = self.posts.get_nowait()
                batch, tries = batch + other, max(tries, others_tries)
        except queue.Empty:
            pass
        self.chance.shuffle(batch)
        cut = self.chance.randint(1, len(batch)) if self.chance.random() < 0.3 else len(batch)
        cut = min(cut, MOST_IN_A_POST)
        for part in (batch[:cut], batch[cut:]):
            if part:
                self.posts.put((part, tries))

    def body(self, updates: list[dict]) -> bytes:
        changes = []
        for update in updates:
            if "from" in update:
                value = {
                    "contacts": [person(update["from"], f"Person {update['from'][-4:]}")],
                    "messages": [update],
                }
            else:
                value = {"statuses": [update]}
            changes.append(change(self.channel, **value))
        return webhook(self.channel, *changes)


def key(update: dict) -> str:
    """What makes an update itself: a message's id, a status' message and state."""
    return f"{update['id']} {update['status']}" if "status" in update else update["id"]
