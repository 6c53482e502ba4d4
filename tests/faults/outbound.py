"""The way out, for the fault runs: numbers whose provider is the simulator, what they send, and what became of it."""

import time
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import cycle, pairwise

import httpx2
from django.db.models import F, Q

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Role
from inbox.models import Attempt, Message
from inbox.operations.sending import Draft, send_message
from integrations.models import Channel
from tests.factories import (
    make_channel,
    make_clinic,
    make_contact,
    make_conversation,
    make_identity,
    make_member,
)
from tests.faults.proxy import Proxy
from tests.inbox.screens import HTMX, signed_in
from tests.inbox.templates import BODY, FILLED, make_template

ENDED = {"sent", "delivered", "read", "failed", "uncertain"}
ARRIVED = ("sent", "delivered", "read")
REFUSED, TOLD_LATER = "131026", "131049"  # why a message of these runs may fail: at once, or by a status
SHOWN = "This may not have been sent."


class Number:
    """One clinic's number. `through` leads to the simulator: harm it to harm the way to the provider."""

    def __init__(self, supervisor, through: Proxy, people: int = 10):
        self.api = f"{supervisor.simulator}/simulator/api"
        self.lease = timedelta(seconds=float(supervisor.environment["DELIVERY_LEASE_SECONDS"]))
        clinic = make_clinic()
        self.clinic_id = clinic.pk
        with clinic_scope(self.clinic_id):
            self.channel = make_channel(api_url=through.url(f"{supervisor.simulator}/graph"))
            self.conversations = [
                make_conversation(
                    make_identity(make_contact(), wa_id=f"1202555{1000 + person}"), self.channel
                )
                for person in range(people)
            ]
        self.turns = cycle(self.conversations)  # nobody gets more than ten a minute
        callback = f"{supervisor.address}/webhooks/whatsapp/{self.channel.hook_id}/"
        number = {
            "phone_number_id": self.channel.external_id,
            "display_phone_number": self.channel.address,
            "verified_name": "Test",
        }
        self._tell(
            "apps", app_secret="app-secret", verify_token="verify-token", access_token=f"token-{clinic.pk}",
            waba_id=self.channel.business_id, numbers=[number], callback_url=callback,
        )  # fmt: skip
        with clinic_scope(self.clinic_id):
            self.channel.access_token = f"token-{clinic.pk}"
            self.channel.save()

    def _tell(self, path: str, **values) -> dict:
        answer = httpx2.post(f"{self.api}/{path}", json=values, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def chaos(self, **values) -> None:
        """How this number's provider misbehaves from now on; nothing given: not at all."""
        httpx2.delete(f"{self.api}/chaos", params={"phone_number_id": self.channel.external_id})
        self._tell("chaos", phone_number_id=self.channel.external_id, **values)

    def lead_to(self, api_url: str) -> None:
        """Where the provider is found from now on."""
        with clinic_scope(self.clinic_id):
            Channel.objects.filter(pk=self.channel.pk).update(api_url=api_url)

    def approve_template(self) -> None:
        """A reminder's template, approved by the provider and known to us."""
        graph = f"{self.api.removesuffix('/simulator/api')}/graph/v26.0/{self.channel.business_id}/message_templates"
        told = {"name": "visit_reminder", "language": "en", "category": "UTILITY", "components": [BODY]}
        headers = {"authorization": f"Bearer token-{self.clinic_id}"}
        made = httpx2.post(graph, json=told, headers=headers)
        made.raise_for_status()
        self._tell(f"templates/{made.json()['id']}/status", status="APPROVED")
        with clinic_scope(self.clinic_id):
            self.template = make_template(self.channel, BODY)

    def queue(self, count: int, name: str = "message", *, reminders: bool = False) -> None:
        """Queue so many messages, to each person in turn; reminders are templates that a machine sends."""
        for number in range(count):
            with clinic_scope(self.clinic_id):
                options = {"client_id": f"{name}-{number}"}
                draft = Draft(text=f"{name} {number}")
                if reminders:
                    draft = Draft(template=self.template, values=FILLED)
                    options["source"] = Message.Source.SYSTEM
                send_message(next(self.turns), draft, **options)

    def ids(self, name: str) -> set:
        """The ids of the messages queued under this name."""
        with clinic_scope(self.clinic_id):
            return set(Message.objects.filter(client_id__startswith=f"{name}-").values_list("pk", flat=True))

    def states(self) -> Counter:
        with clinic_scope(self.clinic_id):
            return Counter(Message.objects.filter(direction="out").values_list("state", flat=True))

    def accepted(self) -> list:
        """The ids of our messages in the order in which the provider took them, each as often as it did."""
        query = {"phone_number_id": self.channel.external_id}
        log = httpx2.get(f"{self.api}/accepted", params=query, timeout=30).json()["accepted"]
        with clinic_scope(self.clinic_id):
            owner = {
                attempt.hex: message for attempt, message in Attempt.objects.values_list("pk", "message_id")
            }
        return [owner[entry["attempt"].replace("-", "")] for entry in log]

    def wrong(self) -> dict[str, int]:
        """All that must be zero once everything has come to rest."""
        taken = self.accepted()
        with clinic_scope(self.clinic_id):
            rows = list(Message.objects.filter(direction="out").order_by("created_at", "pk"))
        invented = [row for row in rows if row.state in ARRIVED and row.pk not in taken]
        failed = [row for row in rows if row.state == "failed"]
        denied = [row for row in failed if row.pk in taken and row.error_code != TOLD_LATER]
        given_up = [row for row in failed if row.error_code not in (REFUSED, TOLD_LATER)]
        return {
            "sent twice": sum(count > 1 for count in Counter(taken).values()),
            "told sent, never taken": len(invented),
            "told failed, yet taken": len(denied),
            "given up": len(given_up),
            "unsettled": sum(row.state not in ENDED for row in rows),
            "out of order": self._out_of_order(rows, taken),
            "in doubt, not shown": self._hidden(rows),
        }

    def _out_of_order(self, rows: list[Message], taken: list) -> int:
        """Messages the provider took before an earlier one of the same conversation.

        Those ever in doubt are left out: what still travels to the provider when its answer is given up cannot be
        called back, and the next message does not wait for it for ever. In doubt was also what a frozen worker told
        only after its lease, be it that it had sent nothing. Reminders in doubt go out once more, later.
        """
        place = {pk: at for at, pk in reversed(list(enumerate(taken)))}  # where it was taken first
        with clinic_scope(self.clinic_id):
            late = Q(finished_at__gt=F("started_at") + self.lease)
            in_doubt = Attempt.objects.filter(late | Q(outcome__in=("", "uncertain")))
            doubted = set(in_doubt.values_list("message_id", flat=True))
        threads = defaultdict(list)
        for row in rows:
            if row.pk in place and row.pk not in doubted and row.source != Message.Source.SYSTEM:
                threads[row.conversation_id].append(place[row.pk])
        return sum(after < before for places in threads.values() for before, after in pairwise(places))

    def _hidden(self, rows: list[Message]) -> int:
        """Messages in doubt of which the conversation's page does not tell."""
        doubtful = Counter(row.conversation_id for row in rows if row.state == "uncertain")
        with clinic_scope(self.clinic_id):
            browser = signed_in(make_member(role=Role.OWNER))
        hidden = 0
        for conversation_id, count in doubtful.items():
            page = browser.get(f"/conversations/{conversation_id}/", headers=HTMX).content.decode()
            hidden += max(0, count - page.count(SHOWN))
        return hidden

    def reconnect(self) -> None:
        """As an admin does after a new token was given."""
        with clinic_scope(self.clinic_id):
            Channel.objects.filter(pk=self.channel.pk).update(state="connected", problem="")


def wait_until_ended(numbers: list[Number], seconds: float) -> float:
    """Until nothing is queued or claimed any more, or the time is over; returns the seconds that took."""
    started = time.monotonic()
    while time.monotonic() - started < seconds and any(set(each.states()) - ENDED for each in numbers):
        time.sleep(0.5)
    return time.monotonic() - started
