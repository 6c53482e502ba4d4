"""A sender that behaves like Meta: duplicates, reorders, batches anew, and repeats what was not answered with 200."""

import queue
import threading
import time

import httpx2

from tests.inbox.payloads import change, person, sign, webhook

SENDERS = 6
BREATH = (0.1, 0.8)  # seconds between two posts of one sender, so that the harm falls between them
PAUSES = (0.05, 0.2, 0.5, 1, 2)  # seconds between repetitions, growing


class Meta:
    """Delivers updates of one channel until each post has been acknowledged."""

    def __init__(self, channel, address: str, chance):
        self.channel, self.chance = channel, chance
        self.url = f"{address}/webhooks/whatsapp/{channel.hook_id}/"
        self.posts: queue.Queue = queue.Queue()
        self.refusals = 0

    def plan(self, updates: list[dict], most_copies: int = 5, most_in_a_post: int = 30) -> None:
        """Queue each update one to `most_copies` times, shuffled, in posts of random size."""
        copies = [update for update in updates for _ in range(self.chance.randint(1, most_copies))]
        self.chance.shuffle(copies)
        while copies:
            size = self.chance.randint(1, most_in_a_post)
            batch, copies = copies[:size], copies[size:]
            self.posts.put((self._body(batch), 0))

    def deliver(self, seconds: float) -> None:
        """Post everything; raises AssertionError when something is not acknowledged in time."""
        deadline = time.monotonic() + seconds
        threads = [threading.Thread(target=self._send, args=(deadline,)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.posts.empty(), f"{self.posts.qsize()} posts were not acknowledged"

    def _send(self, deadline: float) -> None:
        with httpx2.Client(timeout=15) as client:
            while time.monotonic() < deadline:
                try:
                    body, tries = self.posts.get(timeout=2.5)
                except queue.Empty:
                    return
                time.sleep(self.chance.uniform(*BREATH))
                if not self._post(client, body):
                    self.refusals += 1
                    time.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                    self.posts.put((body, tries + 1))

    def _post(self, client, body: bytes) -> bool:
        try:
            return (
                client.post(self.url, content=body, headers={"x-hub-signature-256": sign(body)}).status_code
                == 200
            )
        except httpx2.HTTPError:
            return False

    def _body(self, updates: list[dict]) -> bytes:
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
