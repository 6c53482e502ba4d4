"""A screen that is kept up to date by hints shows what a fresh one shows, whatever was done in between."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic_inbox import vault
from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member, Role, Team
from inbox import realtime
from inbox.delivery.claim import claim
from inbox.delivery.job import Result
from inbox.delivery.record import record
from inbox.intake.drain import drain_batch
from inbox.models import Conversation, Message
from inbox.operations import handling
from inbox.operations.sending import Draft, react, send_message
from inbox.templatetags import bubble_parts
from integrations.credentials import credentials_of
from integrations.events import ErrorClass, ProviderError, Receipt
from integrations.models import WebhookEvent, webhook_context
from tests.factories import make_channel, make_clinic, make_member, make_team
from tests.faults.screens import Screens
from tests.inbox.payloads import messages_webhook, status, text_message, webhook
from tests.inbox.screens import signed_in

PEOPLE = 6
VIEWS = ("all", "mine", "unassigned", "closed", "snoozed")

pytestmark = pytest.mark.django_db(transaction=True)


class Practice:
    """A clinic at work; each deed is one that somebody can do, at random."""

    def __init__(self, chance):
        self.chance, self.clinic = chance, make_clinic()
        with clinic_scope(self.clinic.pk):
            self.channel = make_channel()
            self.me, self.colleague = make_member(role=Role.OWNER), make_member("Olga Other")
            make_team()
        for person in range(PEOPLE):
            self.patient_writes(person)
        self.deeds = [self.patient_writes, self.patient_amends, self.patient_reacts, self.status_comes]
        self.deeds += [self.staff_writes, self.staff_writes, self.delivery_works, self.staff_reacts]
        self.deeds += [self.staff_notes, self.handled, self.handled, self.seen]

    def conversation(self) -> Conversation:
        return self.chance.choice(
            list(Conversation.objects.order_by("pk").select_related("identity", "contact"))
        )

    def message(self, **fields) -> Message | None:
        found = list(Message.objects.filter(**fields).order_by("pk"))
        return self.chance.choice(found) if found else None

    def told(self, body: bytes) -> None:
        hook = self.channel.hook_id
        WebhookEvent.objects.create(
            hook_id=hook, body=vault.seal(body, webhook_context(hook)), state="waiting"
        )
        drain_batch(0)

    def patient_writes(self, person=None):
        person = self.chance.randrange(PEOPLE + 2) if person is None else person
        words = f"word {self.chance.randrange(10**6)}"
        self.told(messages_webhook(self.channel, text_message(words, f"1202555{person:04}")))

    def patient_amends(self):
        with clinic_scope(self.clinic.pk):
            target = self.message(direction="in")
            sender = target.conversation.identity.wa_id
        part = {"original_message_id": target.external_id}
        kind = self.chance.choice(["edit", "revoke"])
        if kind == "edit":
            part |= {"message": {"type": "text", "text": {"body": f"edited {self.chance.randrange(10**6)}"}}}
        told = {**text_message(wa_id=sender), "type": kind, kind: part}
        del told["text"]
        self.told(messages_webhook(self.channel, told))

    def patient_reacts(self):
        with clinic_scope(self.clinic.pk):
            target = self.message(external_id__isnull=False)
            sender = target.conversation.identity.wa_id
        emoji = self.chance.choice(["\N{THUMBS UP SIGN}", "\N{HEAVY BLACK HEART}", ""])
        told = {**text_message(wa_id=sender), "type": "reaction"}
        told["reaction"] = {"message_id": target.external_id, "emoji": emoji}
        del told["text"]
        self.told(messages_webhook(self.channel, told))

    def status_comes(self):
        with clinic_scope(self.clinic.pk):
            target = self.message(direction="out", external_id__isnull=False)
        if target:
            state = self.chance.choice(["sent", "delivered", "read", "failed"])
            fields = {"errors": [{"code": 131026, "title": "Undeliverable"}]} if state == "failed" else {}
            self.told(webhook(self.channel, statuses=[status(target.external_id, state, **fields)]))

    def staff_writes(self):
        with clinic_scope(self.clinic.pk):
            draft = Draft(text=f"answer {self.chance.randrange(10**6)}")
            send_message(self.conversation(), draft, client_id=str(uuid4()), author=self.me)

    def staff_reacts(self):
        with clinic_scope(self.clinic.pk):
            if target := self.message(direction="in", external_id__isnull=False, revoked_at=None):
                react(target, self.chance.choice(["\N{THUMBS UP SIGN}", ""]), author=self.me)

    def staff_notes(self):
        with clinic_scope(self.clinic.pk):
            words = f"note {self.chance.randrange(10**6)}"
            handling.add_note(self.conversation(), words, author=self.me, client_id=str(uuid4()))

    def delivery_works(self):
        jobs = claim(self.clinic.pk, self.channel.pk)
        results = []
        for job in jobs:
            verdict = self.chance.choice([None, ErrorClass.UNCERTAIN, ErrorClass.NEVER])
            if verdict is None:
                results.append(Result(job, Receipt(f"wamid.out{job.attempt_id.hex}", "", "", False)))
            else:
                results.append(Result(job, error=ProviderError(verdict, "131026", "no")))
        if results:
            record(self.clinic.pk, self.channel.pk, results, credentials_of(self.channel))

    def handled(self):
        with clinic_scope(self.clinic.pk):
            found = self.conversation()
            deed = self.chance.choice(["assign", "assign", "close", "reopen", "snooze"])
            if deed == "assign":
                to = self.chance.choice([self.me, self.colleague, Team.objects.first(), None])
                handling.assign(found, to=to, by=self.me)
            elif deed == "snooze":
                handling.snooze(found, until=timezone.now() + timedelta(hours=3), by=self.me)
            else:
                getattr(handling, deed)(found, by=self.me)

    def seen(self):
        with clinic_scope(self.clinic.pk):
            deed = self.chance.choice([handling.mark_read, partial(handling.mark_unread, by=self.me)])
            deed(self.conversation())


def differs(kept: tuple[dict, dict], fresh: tuple[dict, dict]) -> bool:
    """Says where, so that a failure can be understood."""
    for ours, theirs in zip(kept, fresh, strict=True):
        for name in {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}:
            print(f"{name}\nkept:  {ours.get(name)}\nfresh: {theirs.get(name)}")
    return kept != fresh


def stale_screens(chance, deeds: int) -> int:
    """Do so many deeds, keeping each view's screen by hints; returns how often one differed from a fresh one."""
    practice = Practice(chance)
    with clinic_scope(practice.clinic.pk):
        browser = signed_in(Member.objects.get(pk=practice.me.pk))
        at, threads = realtime.current_seq(), list(Conversation.objects.values_list("pk", flat=True))
    kept = {view: Screens(browser, view, chance.choice(threads)) for view in VIEWS}
    known = dict.fromkeys(VIEWS, at)
    stale = 0
    while deeds > 0:
        for _ in range(chance.randint(1, 3)):
            chance.choice(practice.deeds)()
            deeds -= 1
        view = chance.choice(VIEWS)  # the others hear later, of more at once
        with clinic_scope(practice.clinic.pk):
            known[view], topics = realtime.changes_since(known[view])
        kept[view].hear(topics)
        shown = kept[view].shown()
        # A drawn row or bubble is kept by its look: what the look forgets would hide in both.
        bubble_parts._draw_row.cache_clear()
        bubble_parts._draw_message.cache_clear()
        kept[view].reload()
        stale += differs(shown, kept[view].shown())
    return stale


def test_screens_kept_by_hints_show_what_fresh_ones_show(chance, is_long):
    assert stale_screens(chance, 400 if is_long else 40) == 0


@pytest.mark.parametrize("silent", ["handling", "statuses"])
def test_without_a_hint_the_screens_go_stale(long_run, chance, monkeypatch, silent):
    if silent == "handling":
        monkeypatch.setattr(handling.realtime, "topic", lambda pk: f"nothing-{pk}")
    else:
        monkeypatch.setattr(Screens, "hear", lambda screens, topics: None)

    assert stale_screens(chance, 60) > 0
