"""Signed webhooks of about 650 bytes, one message each, from fictional people."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass

BODY = (
    '{"object":"whatsapp_business_account","entry":[{"id":"%s","changes":[{"value":{"messaging_product":"whatsapp",'
    '"metadata":{"display_phone_number":"12025550100","phone_number_id":"%s"},"contacts":[{"profile":{"name":'
    '"Example Person %d"},"wa_id":"%s","user_id":"%s"}],"messages":[{"from":"%s","from_user_id":"%s",'
    '"id":"wamid.HBgLMTIwMjU1NTAxMDAVAgASGBQzQTU4NkQ0RTkyQjE%012d","timestamp":"%d","text":{"body":"Message %d. %s"},'
    '"type":"text"}]},"field":"messages"}]}]}'
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
    """One WhatsApp number that patients write to."""

    path: str
    secret: str
    business_id: str
    number_id: str
    contacts: int

    def requests(self, first: int) -> Iterator[bytes]:
        """Requests without end. Who writes jumps about, so that a batch holds many people."""
        at, number = int(time.time()), first
        while True:
            yield self.request(number, at)
            number += 1

    def contact(self, number: int) -> int:
        """Who sends the message of this number."""
        return number * 7919 % self.contacts

    def request(self, number: int, at: int) -> bytes:
        contact = self.contact(number)
        person, user = wa_id(contact), user_id(contact)
        names = (self.business_id, self.number_id, contact, person, user, person, user)
        body = (BODY % (*names, number, at, number, TEXT)).encode()
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return REQUEST % (self.path.encode(), len(body), signature.encode(), body)
