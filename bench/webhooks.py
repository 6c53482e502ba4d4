"""Signed webhooks as WhatsApp sends them, from fictional people."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

BODY = (
    '{"object":"whatsapp_business_account","entry":[{"id":"%s","changes":[{"value":{"messaging_product":"whatsapp",'
    '"metadata":{"display_phone_number":"12025550100","phone_number_id":"%s"},%s},"field":"messages"}]}]}'
)
CONTACT = '{"profile":{"name":"Example Person %d"},"wa_id":"%s","user_id":"%s"}'
MESSAGE = (
    '{"from":"%s","from_user_id":"%s","id":"wamid.HBgLMTIwMjU1NTAxMDAVAgASGBQzQTU4NkQ0RTkyQjE%012d",'
    '"timestamp":"%d","text":{"body":"Message %d. %s"},"type":"text"}'
)
# Somebody who uses a name of their own: no number is told.
NAMED_CONTACT = '{"profile":{"name":"Example Person %d"},"user_id":"%s"}'
NAMED_MESSAGE = (
    '{"from_user_id":"%s","id":"wamid.HBgLMTIwMjU1NTAxMDAVAgASGBQzQTU4NkQ0RTkyQjE%012d",'
    '"timestamp":"%d","text":{"body":"Message %d. %s"},"type":"text"}'
)
STATUS = (
    '"statuses":[{"id":"wamid.HBgLMTIwMjU1NTAxMDAVAgASGBQz%012d","status":"%s","timestamp":"%d","recipient_id":"%s",'
    '"pricing":{"billable":true,"pricing_model":"PMP","category":"service","type":"free_customer_service"}}]'
)
TEXT = "Good morning, could I move my visit on Thursday to the week after? Any time before noon is fine."
REQUEST = (
    b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"X-Hub-Signature-256: sha256=%s\r\n\r\n%s"
)


def wa_id(number: int) -> str:
    """A number reserved for fiction: 100 in each North American area code; then those of a country there is not."""
    return f"1{200 + number // 100}55501{number % 100:02}" if number < 80_000 else f"999{number:09}"


def user_id(number: int) -> str:
    return f"US.900000{number:09}"


@dataclass
class Sender:
    """One WhatsApp number that patients write to. Of `contacts` every `named`-th is known by user id only."""

    path: str
    secret: str
    business_id: str
    number_id: str
    contacts: int
    named: int = 0

    def contact(self, number: int) -> int:
        """Who sends the message of this number."""
        return number * 7919 % self.contacts

    def request(self, number: int, at: int) -> bytes:
        """One message of about 650 bytes."""
        return self.several((number,), at)

    def several(self, numbers: Iterable[int], at: int) -> bytes:
        """These messages in one POST."""
        told = [self._told(number, at) for number in numbers]
        contacts = ",".join(dict.fromkeys(contact for contact, _ in told))
        messages = ",".join(message for _, message in told)
        return self._sign(f'"contacts":[{contacts}],"messages":[{messages}]')

    def status(self, number: int, status: str, at: int) -> bytes:
        """One status of the message that bench.filling gave this number."""
        return self._sign(STATUS % (number, status, at, wa_id(number % 1000)))

    def _told(self, number: int, at: int) -> tuple[str, str]:
        contact = self.contact(number)
        user, text = user_id(contact), (number, at, number, TEXT)
        if self.named and contact % self.named == 0:
            return NAMED_CONTACT % (contact, user), NAMED_MESSAGE % (user, *text)
        person = wa_id(contact)
        return CONTACT % (contact, person, user), MESSAGE % (person, user, *text)

    def _sign(self, value: str) -> bytes:
        body = (BODY % (self.business_id, self.number_id, value)).encode()
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return REQUEST % (self.path.encode(), len(body), signature.encode(), body)
