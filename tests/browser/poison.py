"""A clinic in which everything that anybody could have written is an attempt to run a script."""

import itertools
import json
from pathlib import Path

from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics import audit
from clinics.models import Clinic
from inbox.models import Message
from integrations.models import Template
from tests.factories import make_message
from tests.isolation.world import World

WORD = (
    '"><xss-probe><img src=x onerror=window.__xss=1>'  # short, and without a slash: it is a file's name too
)
ATTEMPTS = [
    WORD,
    "'\"></textarea></title></style></script><xss-probe><script>window.__xss=1</script>",
    "javascript:window.__xss=1//<xss-probe>",
    "<xss-probe><svg onload=window.__xss=1>",
    '<xss-probe><iframe srcdoc="<script>parent.__xss=1</script>"></iframe>',
    '<xss-probe><a href="javascript:window.__xss=1">press</a>',
    '<xss-probe style="background:url(//evil.example)" hx-on:load="window.__xss=1" hx-get="/" hx-trigger="load">',
    '<xss-probe><base href="//evil.example"><meta http-equiv="refresh" content="0;url=javascript:1">',
    '<xss-probe> https://x.example/"onmouseover="window.__xss=1"<xss-probe>',
    "*<xss-probe>* _<xss-probe>_ ~<xss-probe>~ ```<xss-probe>``` `<xss-probe>`",
    "&lt;xss-probe&gt;<xss-probe>\u2028\u202e{{ settings.SECRET_KEY }}{% load static %}{0.__class__}",
    "data:text/html,<xss-probe><script>opener.__xss=1</script>",
]
PAYLOADS = Path(__file__).parents[1] / "integrations" / "payloads"
# What the parser goes by. Everything else that is text is replaced.
SAID_BY_META = {
    "object", "id", "field", "messaging_product", "phone_number_id", "display_phone_number", "wa_id", "user_id",
    "from", "from_user_id", "to", "to_user_id", "timestamp", "type", "status", "mime_type", "sha256", "message_id",
    "original_message_id", "recipient_id", "recipient_user_id", "event", "waba_id", "new_wa_id", "parent_user_id",
}  # fmt: skip
MOVING = ("system_new", "user_id", "two_accounts", "beside", "without_a_number", "without_number")


class Poisoned(World):
    """One clinic with one row of everything, and one message of each kind in one thread."""

    def __init__(self):
        super().__init__(WORD)
        self.attempts = itertools.cycle(ATTEMPTS)
        with clinic_scope(self.clinic.pk):
            self._write_ourselves()
            self.channel, self.thread = self.rows["channel"], self.rows["conversation"]

    def _write_ourselves(self):
        conversation, channel = self.rows["conversation"], self.rows["channel"]
        for attempt in ATTEMPTS:
            make_message(conversation, attempt, "note")
            make_message(
                conversation, attempt, "out", state="failed", error_code=131047, error_detail=attempt
            )
            audit.record("settings.changed", actor=attempt, detail={attempt: attempt, "after": [attempt]})
        rendered = {
            "header": WORD,
            "body": WORD,
            "footer": WORD,
            "buttons": [{"text": WORD, "url": ATTEMPTS[2]}],
        }
        content = {"name": WORD, "language": "en", "rendered": rendered}
        make_message(conversation, WORD, "out", kind="template", content=content)
        Template.objects.create(
            provider="whatsapp", business_id=channel.business_id, name="asks", language="en", category="UTILITY",
            status="APPROVED", reason=WORD, parameter_format="positional", components=[
                {"type": "HEADER", "format": "TEXT", "text": f"{WORD} {{{{1}}}}", "example": {"header_text": [WORD]}},
                {"type": "BODY", "text": f"{WORD} {{{{1}}}}", "example": {"body_text": [[WORD]]}},
                {"type": "FOOTER", "text": WORD},
                {"type": "BUTTONS", "buttons": [{"type": "URL", "text": WORD, "url": "https://x.example/{{1}}"}]},
            ],
        )  # fmt: skip

    def webhooks(self) -> list[bytes]:
        """Every captured webhook, as if this clinic's patient had sent it, with an attempt in every text."""
        files = sorted(path for path in PAYLOADS.glob("*.json") if '"entry"' in path.read_text())
        kept = [path for path in files if not any(part in path.stem for part in MOVING)]
        return [self._own(path) for path in kept] + [self._of_unknown_type()]

    def said(self, text: str, type_="text") -> bytes:
        """A webhook of one message."""
        message = {"from": self._number, "id": f"wamid.{text[:9]}{next(_numbers)}", "type": type_}
        message |= {"timestamp": str(int(timezone.now().timestamp())), type_: {"body": text}}
        people = [{"wa_id": self._number, "profile": {"name": WORD}}]
        value = {
            "metadata": {"phone_number_id": self.channel.external_id},
            "contacts": people,
            "messages": [message],
        }
        entry = {"id": self.channel.business_id, "changes": [{"field": "messages", "value": value}]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    @property
    def _number(self) -> str:
        return self.rows["identity"].wa_id

    def _of_unknown_type(self) -> bytes:
        return self.said(ATTEMPTS[1], ATTEMPTS[3][:40])

    def _own(self, path: Path) -> bytes:
        tree = json.loads(path.read_text())
        return json.dumps(self._poisoned(tree.get("webhook", tree), "", path.stem)).encode()

    def _poisoned(self, value, key: str, name: str):
        if isinstance(value, dict):
            # Without user ids it is our patient's number alone that says who writes.
            kept = {each: part for each, part in value.items() if each not in ("user_id", "from_user_id")}
            return {each: self._poisoned(part, each, name) for each, part in kept.items()}
        if isinstance(value, list):
            return [self._poisoned(part, key, name) for part in value]
        if key == "phone_number_id":
            return self.channel.external_id
        if key in ("from", "wa_id", "recipient_id") and isinstance(value, str) and value.isdigit():
            return self._number
        if key == "id" and isinstance(value, str):
            return self.channel.business_id if value.startswith("2000") else f"{value}.{name}"
        if key == "response_json":
            return json.dumps({next(self.attempts): next(self.attempts)})
        return next(self.attempts) if isinstance(value, str) and key not in SAID_BY_META else value


_numbers = itertools.count(1)


def count_kinds(clinic: Clinic) -> int:
    """How many kinds of messages the clinic has."""
    with clinic_scope(clinic.pk):
        return Message.objects.values("kind").distinct().count()
