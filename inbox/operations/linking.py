"""Links and QR codes through which patients come to a number."""

import secrets
from urllib.parse import quote

from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member
from clinics.refusal import Refused
from integrations.models import Channel

from ..models import EntryLink

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
CODE_LENGTH = 5
MOST = 50  # of a number


def create_link(channel: Channel, *, name: str, text: str, by: Member) -> EntryLink:
    """Make a link with a code of its own. Raises Refused."""
    if EntryLink.objects.filter(channel=channel).count() >= MOST:
        raise Refused(_("This number has %(count)d links. Delete one first.") % {"count": MOST})
    code = "".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH))
    link = EntryLink.objects.create(channel=channel, name=name, text=text.strip(), code=code)
    audit.record("link.created", member=by, target=link, detail={"name": name, "code": code})
    return link


def delete_link(link: EntryLink, *, by: Member) -> None:
    """Forget a link and its count. What is printed goes on leading to the number; it is not counted any more."""
    audit.record("link.deleted", member=by, target=link, detail={"name": link.name, "code": link.code})
    link.delete()


def address_of(link: EntryLink) -> str:
    """Where the link leads: the number in WhatsApp, with the text in the patient's field. "" without a number."""
    digits = "".join(filter(str.isdecimal, link.channel.address))
    return f"https://wa.me/{digits}?text={quote(link.prefilled)}" if digits else ""
