"""What members wish to be told, and in which browsers. All run inside clinic_scope()."""

import hashlib
from collections.abc import Sequence
from datetime import time
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope
from clinics import audit
from clinics.models import Member
from clinics.queries import memberships_of
from clinics.refusal import Refused
from integrations import webpush

from ..models import AlertChoices, PushAddress

MOST_BROWSERS = 20  # of one member
COOKIE = "clinic-told"  # in a browser that is told: the id of its own row


def choose(
    member: Member,
    *,
    pushes: list[str],
    sounds: list[str],
    mails: Sequence[str] = (),
    mail_after: int = AlertChoices.MailAfter.FIFTEEN,
    quiet_from: time | None,
    quiet_until: time | None,
) -> None:
    """Remember what a member wishes to hear of, and from when until when nothing is to be heard.

    `mail_after` are the minutes in which they did not look before they are written to.
    """
    values = {"pushes": pushes, "sounds": sounds, "quiet_from": quiet_from, "quiet_until": quiet_until}
    values |= {"mails": list(mails), "mail_after": mail_after}
    AlertChoices.objects.update_or_create(member=member, defaults=values)
    audit.record("notifications.chosen", member=member, target=member)


def add_browser(member: Member, *, address: str, device: str) -> PushAddress:
    """Tell this member in one more browser; the same browser again only brings its keys up to date.

    `address` is what PushSubscription.toJSON() gives, as text. Raises Refused.
    """
    try:
        target = webpush.Target.read(address)
    except webpush.Invalid:
        raise Refused(_("This browser gave no address at which it can be told.")) from None
    digest = hashlib.sha256(target.endpoint.encode()).hexdigest()
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        # The browser had somebody else at it before: they are told elsewhere.
        PushAddress.objects.filter(digest=digest).exclude(member=member).delete()
        found = PushAddress.objects.filter(member=member, digest=digest).first()
        if found is None and PushAddress.objects.filter(member=member).count() >= MOST_BROWSERS:
            raise Refused(_("You are told in twenty browsers already. Remove one of them first."))
        found = found or PushAddress(member=member, digest=digest)
        is_new, found.device, found.target = found._state.adding, device, target.written()
        found.save()
    if is_new:
        audit.record("notifications.browser_added", member=member, target=member, detail={"device": device})
    return found


def forget_this_browser(sender, request, user, **news) -> None:
    """Receiver of user_logged_out: whoever signs out is no longer told in that browser. Called outside any scope."""
    told = request.COOKIES.get(COOKIE, "") if request else ""
    if user is None or not _is_id(told):
        return
    members, digests = memberships_of(user), []
    for member in members:
        with clinic_scope(member.clinic_id):
            digests += PushAddress.objects.filter(pk=told, member=member).values_list("digest", flat=True)
    for member in members if digests else ():  # the same browser, told by other clinics of theirs
        with clinic_scope(member.clinic_id):
            PushAddress.objects.filter(digest__in=digests, member=member).delete()


def forget_browser(address: PushAddress, *, by: Member) -> None:
    """No longer tell a member in this browser."""
    address.delete()
    audit.record("notifications.browser_removed", member=by, target=by, detail={"device": address.device})


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
