"""Reading the audit log: what the entries are called, filters, pages, and a file for a spreadsheet.

The file names actions and fields as they are stored, whatever the language of who takes it, so that one file can be
compared with the next; see audit_words.py for the page.
"""

import csv
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from io import StringIO
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import AuditEntry, AuditLink, AuditRoot

PAGE = 50
MOST_EXPORTED = 50_000
# A spreadsheet takes a cell that begins so for a formula; some take the wide letters of East Asia for the same.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

ACTIONS = {
    "sign_in": _("Signed in"),
    "sign_in_failed": _("Sign-in failed"),
    "sign_out": _("Signed out"),
    "password_changed": _("Changed their password"),
    "second_factor.app_added": _("Added an authenticator app"),
    "second_factor.app_removed": _("Removed the authenticator app"),
    "second_factor.passkey_added": _("Added a passkey"),
    "second_factor.passkey_removed": _("Removed a passkey"),
    "second_factor.codes_made": _("Made recovery codes"),
    "second_factor.codes_removed": _("Lost the recovery codes with the last factor"),
    "second_factor.code_used": _("Used a recovery code"),
    "second_factor.failed": _("Second step of a sign-in failed"),
    "second_factor.reset": _("Removed somebody's second factor"),
    "sessions.ended": _("Signed out everywhere else"),
    "conversation.opened": _("Opened a conversation"),
    "conversation.fetched_ahead": _("Had a conversation ready to open"),
    "conversations.listed": _("Listed conversations"),
    "conversations.searched": _("Searched the conversations"),
    "conversation.marked_sensitive": _("Marked a conversation as sensitive"),
    "conversation.unmarked_sensitive": _("Took the mark “sensitive” off a conversation"),
    "conversation.glass_broken": _("Opened a conversation by emergency access"),
    "conversation.glass_refused": _("Was refused emergency access"),
    "emergency.looked_up": _("Looked up a number for emergency access"),
    "emergency.noticed": _("Took note of emergency access"),
    "contact.opened": _("Opened a contact"),
    "contacts.listed": _("Listed contacts"),
    "contact.changed": _("Changed what is known of a contact"),
    "note.pinned": _("Pinned a note"),
    "note.unpinned": _("Unpinned a note"),
    "saved_reply.created": _("Made a saved reply"),
    "saved_reply.changed": _("Changed a saved reply"),
    "saved_reply.deleted": _("Deleted a saved reply"),
    "saved_reply.restored": _("Brought back a saved reply"),
    "contact.field_shown": _("Looked at a hidden field of a contact"),
    "contact.note_added": _("Wrote a note about a contact"),
    "contact.note_changed": _("Changed a note about a contact"),
    "contact.note_deleted": _("Deleted a note about a contact"),
    "patient_field.created": _("Added a patient field"),
    "patient_field.changed": _("Changed a patient field"),
    "patient_field.moved": _("Moved a patient field"),
    "patient_field.deleted": _("Deleted a patient field"),
    "attachment.opened": _("Opened a file"),
    "attachment.described": _("Read what is known of a file"),
    "attachment.uploaded": _("Uploaded a file"),
    "message.sent": _("Sent a message"),
    "message.scheduled": _("Wrote a message to be sent later"),
    "message.rescheduled": _("Changed when a message is sent"),
    "message.forwarded": _("Forwarded a message to another patient"),
    "message.sent_now": _("Sent a scheduled message before its time"),
    "message.taken_back": _("Took back a message before it was sent"),
    "conversation.changed": _("Changed a conversation"),
    "member.availability_changed": _("Changed when rules give a member work"),
    "answering.changed": _("Changed who answers, and when"),
    "on_call.changed": _("Changed who is called when nobody answers"),
    "answering.channel_changed": _("Changed how a channel answers"),
    "answering.team_changed": _("Changed how soon a team answers"),
    "close_reason.added": _("Added a reason for closing"),
    "close_reason.dropped": _("Removed a reason for closing"),
    "hours.changed": _("Changed the business hours"),
    "hours.day_set": _("Set a holiday or a day's own hours"),
    "hours.day_forgotten": _("Removed a holiday"),
    "member.added": _("Added a member"),
    "member.invited": _("Invited somebody"),
    "invitation.accepted": _("Accepted an invitation"),
    "invitation.refused": _("Was refused an invitation"),
    "invitation.withdrawn": _("Withdrew an invitation"),
    "member.role_changed": _("Changed a role"),
    "member.visibility_changed": _("Changed which conversations somebody sees"),
    "member.deactivated": _("Ended a membership"),
    "member.reactivated": _("Renewed a membership"),
    "notifications.browser_added": _("Is told of news in one more browser"),
    "notifications.browser_removed": _("Is no longer told of news in a browser"),
    "notifications.chosen": _("Chose what to be told of"),
    "profile.changed": _("Changed their own settings"),
    "team.created": _("Made a team"),
    "team.renamed": _("Renamed a team"),
    "team.members_changed": _("Changed who is in a team"),
    "team.deleted": _("Deleted a team"),
    "tag.created": _("Made a tag"),
    "tag.changed": _("Changed a tag"),
    "tag.deleted": _("Deleted a tag"),
    "filter.saved": _("Saved a filter"),
    "filter.changed": _("Changed a saved filter"),
    "filter.deleted": _("Deleted a saved filter"),
    "conversations.chosen": _("Chose many conversations at once"),
    "clinic.created": _("Created the clinic"),
    "clinic.changed": _("Changed the clinic's settings"),
    "channel.connected": _("Connected a number"),
    "channel.paused": _("Paused a number"),
    "channel.resumed": _("Resumed a number"),
    "link.created": _("Made a link to a number"),
    "link.deleted": _("Deleted a link to a number"),
    "onboarding.started": _("Began to connect a number with Meta"),
    "onboarding.given_up": _("Gave up connecting a number"),
    "channel.disconnected": _("Disconnected a number"),
    "channel.unsubscribed": _("Asked Meta to send nothing more of a business account"),
    "channel.profile_changed": _("Changed a number's business profile"),
    "channel.subscribed": _("Had a number's webhooks sent here"),
    "channel.registered": _("Registered a number"),
    "channel.token_replaced": _("Replaced an access token"),
    "hook.secret_rotated": _("Replaced an app secret"),
    "hook.previous_secret_forgotten": _("Dropped the previous app secret"),
    "templates.synced": _("Fetched the templates"),
    "template.begun": _("Began to write a template"),
    "template.discarded": _("Threw away what was written of a template"),
    "template.submitted": _("Submitted a template to Meta"),
    "template.deleted": _("Deleted a template"),
    "api_token.created": _("Made an API key"),
    "api_token.revoked": _("Revoked an API key"),
    "patient.erasure_requested": _("Asked for a patient to be erased"),
    "patient.erased": _("Erased a patient"),
    "rates.changed": _("Changed what messages cost"),
    "rates.dropped": _("Removed a rate card"),
    "retention.changed": _("Changed how long data is kept"),
    "retention.applied": _("Deleted what was past its time"),
    "webhooks.replayed": _("Had held webhooks read again"),
    "audit.exported": _("Exported the audit log"),
}


def find_entries(*, member=None, action="", since=None, until=None):
    """Entries of the active clinic, newest first. `since` and `until` are days in the current time zone, inclusive."""
    entries = AuditEntry.objects.select_related("member").order_by("-created_at", "-id")
    if member:
        entries = entries.filter(member=member)
    if action:
        entries = entries.filter(action=action)
    if since:
        entries = entries.filter(created_at__gte=_start_of(since))
    if until:
        entries = entries.filter(created_at__lt=_start_of(until + timedelta(days=1)))
    return entries


def page_after(entries, cursor: str) -> tuple[list[AuditEntry], str]:
    """One page of older entries than the cursor's, and the next cursor; empty after the last page."""
    if position := _read_cursor(cursor):
        moment, pk = position
        entries = entries.filter(Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=pk))
    rows = list(entries[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return rows, f"{rows[-1].created_at.isoformat()}~{rows[-1].pk}" if more else ""


def as_csv(entries: Iterable[AuditEntry]) -> str:
    """The newest entries as a file for a spreadsheet; no cell can become a formula."""
    sheet = StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["time", "who", "action", "target", "target_id", "address", "detail"])
    for entry in entries[:MOST_EXPORTED]:
        moment = timezone.localtime(entry.created_at).isoformat(timespec="seconds")
        target = (entry.target_kind, entry.target_id)
        row = [moment, entry.actor, entry.action, *target, entry.address or "", _as_stored(entry)]
        writer.writerow([as_text(cell) for cell in row])
    return sheet.getvalue()


def as_text(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _as_stored(entry: AuditEntry) -> str:
    """An entry's detail in one line: `role: agent, after: admin`."""
    return ", ".join(f"{key}: {_plain(value)}" for key, value in entry.detail.items())


def sealing() -> tuple[datetime | None, date | None]:
    """How far the chain goes: the time of the entry sealed last, and the last day that was closed."""
    last = AuditLink.objects.order_by("-seq").values_list("entry__created_at", flat=True)[:1]
    closed = AuditRoot.objects.order_by("-day").values_list("day", flat=True)[:1]
    return next(iter(last), None), next(iter(closed), None)


def title(action: str) -> str:
    """What people call the action."""
    return str(ACTIONS.get(action, action))


def _plain(value) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} {each}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _start_of(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def _read_cursor(text: str):
    moment, _tilde, pk = text.partition("~")
    try:
        return (datetime.fromisoformat(moment), UUID(pk)) if text else None
    except ValueError:
        return None
