"""Emergency access: a member opens for an hour what is not theirs to see, and everybody concerned is told."""

import re
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import AuditEntry, Member
from clinics.refusal import Refused
from integrations.whatsapp.numbers import matching_key

from .. import queries, realtime, telling
from ..models import Conversation, GlassBreak
from .handling import note_event

LASTS = timedelta(minutes=60)
MOST_BROKEN, BROKEN_WITHIN = 5, timedelta(hours=1)
MOST_LOOKED_UP, LOOKED_UP_WITHIN = 10, timedelta(minutes=10)


def break_glass(conversation: Conversation, reason: str, *, by: Member) -> GlassBreak:
    """Let `by` see the conversation for an hour; the access they have already when there is one.

    The admins find the reason in the settings, the thread says who came. Raises Refused when the clinic leaves this to
    its admins, or when `by` did it too often lately.
    """
    _one_at_a_time(by)
    now = timezone.now()
    mine = GlassBreak.objects.filter(member=by)
    if there := mine.filter(conversation=conversation, ends_at__gt=now).first():
        return there
    if not by.may_break_glass:
        raise Refused(_("In this clinic only admins and owners have emergency access."))
    if mine.filter(created_at__gt=now - BROKEN_WITHIN).count() >= MOST_BROKEN:
        audit.record(
            "conversation.glass_refused", member=by, target=conversation, detail={"reason": "too often"}
        )
        raise Refused(
            _("You used emergency access too often within an hour. Ask an admin to assign it to you.")
        )
    made = GlassBreak.objects.create(
        member=by, conversation=conversation, reason=reason, created_at=now, ends_at=now + LASTS
    )
    minutes = int(LASTS.total_seconds() // 60)
    audit.record("conversation.glass_broken", member=by, target=conversation, detail={"minutes": minutes})
    note_event(
        conversation,
        "glass_broken",
        by,
        [telling.sight_of(by.pk), telling.ADMINS],
        until=made.ends_at.isoformat(),
    )
    return made


def look_up(number: str, *, by: Member) -> list[Conversation]:
    """The conversations with exactly this phone number that `by` does not see. On record, without the number.

    Raises Refused as break_glass() does.
    """
    if not by.may_break_glass:
        raise Refused(_("In this clinic only admins and owners have emergency access."))
    _one_at_a_time(by)
    lately = AuditEntry.objects.filter(
        action="emergency.looked_up", member=by, created_at__gt=timezone.now() - LOOKED_UP_WITHIN
    )
    if lately.count() >= MOST_LOOKED_UP:
        raise Refused(_("You looked up too many numbers. Try again in a few minutes."))
    digits = re.sub(r"\D", "", number)
    is_theirs = Q(identity__wa_key=matching_key(digits)) | Q(identity__wa_id=digits)
    found = list(queries.hidden_conversations(by).filter(is_theirs)) if digits else []
    audit.record("emergency.looked_up", member=by, detail={"found": len(found)})
    return found


def _one_at_a_time(by: Member) -> None:
    """Requests of one member that come at once are counted one by one; the lock lasts as long as the request."""
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)


def notice_all(*, by: Member) -> int:
    """An admin has read what is new: the notice goes away for all admins. Returns how many were new."""
    new = GlassBreak.objects.filter(noticed_at=None).update(noticed_by=by, noticed_at=timezone.now())
    if new:
        audit.record("emergency.noticed", member=by, detail={"new": new})
        realtime.publish(telling.ADMINS)
    return new
