"""What an audit entry says beside its title, in the reader's language.

The log keeps names and codes of the program, in no language. What is not in these tables (names people gave, addresses,
numbers, a clinic's own fields) is shown as it is.
"""

from django.utils.translation import gettext_lazy as _

from .models import AuditEntry, EmergencyAccess, Role, Visibility

# What an entry tells of, and the fields that may be named as changed.
NAMES = {
    "about": _("In a line"),
    "account": _("Account"),
    "address": _("Address"),
    "admins_minutes": _("Minutes more until the admins"),
    "after": _("After"),
    "amendment": _("Edits by the patient"),
    "answers": _("answers by itself"),
    "answers_away": _("Answer outside the hours that nobody is there"),
    "archived": _("archived"),
    "asks_reason": _("When a conversation is closed, its reason is"),
    "assignee": _("Assigned to"),
    "assigning": _("Conversations that begin"),
    "attachment": _("Attachments"),
    "attempt": _("Tries to send"),
    "away": _("Away reply"),
    "before": _("Before"),
    "by": _("By"),
    "changed": _("Changed"),
    "channel": _("Channel"),
    "channelevent": _("Reports of providers"),
    "choices": _("Choices"),
    "close_note": _("A line about it"),
    "close_reason": _("Reason"),
    "code": _("Code"),
    "consent": _("Consents"),
    "contact": _("Patients"),
    "contactnote": _("Notes about the patient"),
    "conversation": _("Conversations"),
    "count": _("How many"),
    "day": _("Day"),
    "density": _("Density"),
    "description": _("Description"),
    "device": _("Browser"),
    "email": _("E-mail address"),
    "emergency": _("Emergency access"),
    "emergency_access": _("Emergency access"),
    "entryuse": _("Uses of links"),
    "episode": _("Times opened and closed"),
    "escalation": _("Calls to who is on call"),
    "field": _("Field"),
    "files": _("Files"),
    "first_reply_minutes": _("First answer within"),
    "found": _("Found"),
    "from": _("From"),
    "glassbreak": _("Emergency access"),
    "greeting": _("Greeting"),
    "greets": _("Greet whoever begins a conversation within the hours"),
    "handed_over": _("Handed over"),
    "heeds_languages": _("Rather somebody who speaks the patient's language"),
    "heir": _("Who gets it"),
    "hint": _("Last letters"),
    "identity": _("Addresses"),
    "idle_timeout_minutes": _("Sign out after"),
    "inside_minutes": _("Minutes while the clinic is open"),
    "is_away": _("Away"),
    "is_hidden": _("Hidden until somebody asks to see it; who did is in the audit log"),
    "is_sticky": _("Whoever held the conversation before keeps it, if they are here"),
    "keptdraft": _("Drafts"),
    "kind": _("Kind"),
    "language": _("Language"),
    "members": _("Members"),
    "mention": _("Mentions"),
    "message": _("Messages"),
    "messages": _("Messages"),
    "minutes": _("Minutes"),
    "most_open": _("At most so many open conversations"),
    "name": _("Name"),
    "new": _("new"),
    "next_reply_minutes": _("Each further answer within"),
    "note": _("Note"),
    "noteanswer": _("Answers to notes"),
    "notice": _("Letters to members"),
    "number": _("Number"),
    "offers_back": _("What waits for somebody who is away is offered to the others"),
    "on_overdue": _("For patients who wait past the target"),
    "on_urgent": _("For patients who are marked as urgent"),
    "outcome": _("Outcome"),
    "outside_minutes": _("Minutes while it is closed"),
    "own": _("Only for themselves"),
    "pin": _("Pinned notes"),
    "place": _("Position"),
    "priority": _("Priority"),
    "profile_picture_handle": _("New picture"),
    "quiet_minutes": _("Stay quiet after a person wrote"),
    "reaction": _("Reactions"),
    "reason": _("Reason"),
    "reports": _("What WhatsApp reports"),
    "requires_mfa": _("Everybody here signs in with a second step"),
    "result": _("Outcome"),
    "role": _("Role"),
    "rows": _("How many"),
    "second_factor": _("Second step"),
    "sees": _("Sees"),
    "shared": _("Shared"),
    "shortcuts": _("Keyboard shortcuts"),
    "shortcuts_on": _("Single keys act"),
    "snoozed_until": _("Until"),
    "spans": _("Business hours"),
    "speaks": _("Languages they answer in"),
    "status": _("State"),
    "statusevent": _("States of messages"),
    "step": _("Where it stands"),
    "tagging": _("Tags"),
    "tags": _("Tags"),
    "team": _("Team"),
    "time_zone": _("Time zone"),
    "tint": _("Colour"),
    "title": _("Title"),
    "told": _("Notifications"),
    "undo_seconds": _("Undo sending"),
    "values": _("How many"),
    "vertical": _("Kind of business"),
    "visibility": _("Sees"),
    "webhookevent": _("Stored webhooks"),
    "websites": _("Website"),
    "writing_for": _("Writing for"),
}
YES = {"yes": _("Yes")}
# By what they are told of: the same word may be somebody's name elsewhere.
VALUES = {
    "asks_reason": {
        "off": _("Not asked"),
        "optional": _("Asked, may be left out"),
        "required": _("Asked, one has to be chosen"),
    },
    "assigning": {
        "off": _("By hand"),
        "round_robin": _("In turn: who was given one longest ago"),
        "least_open": _("To who has the fewest open"),
    },
    "by": {"command line": _("Command line")},
    "emergency": YES,
    "emergency_access": dict(EmergencyAccess.choices),
    "files": {"kept": _("As long as the clinic")},
    "kind": {
        "text": _("Text"),
        "number": _("Number"),
        "date": _("Date"),
        "choice": _("One of several"),
        "yes_no": _("Yes or no"),
    },
    "messages": {"kept": _("As long as the clinic")},
    "outcome": {"done": _("Done")},
    "own": YES,
    "reason": {
        "ended": _("Its time was over"),
        "asked": _("The patient asked for it"),
        "unneeded": _("The clinic has no reason any more to keep it"),
        "mistake": _("It should never have come here, such as a wrong number"),
        "duty": _("An authority or a court asked for it"),
        "no longer a member": _("No longer here"),
        "other address": _("Another address"),
        "signed in with another address": _("Another address"),
        "too often": _("Too many tries"),
    },
    "reports": {"kept": _("As long as the clinic")},
    "result": {"registered": _("Registered"), "subscribed": _("Subscribed")},
    "role": dict(Role.choices),
    "sees": {"sensitive, too": _("sensitive, too")},
    "shared": YES,
    "step": {
        "check": _("Meta's permission"),
        "choose": _("The number"),
        "register": _("Registration"),
        "subscribe": _("Webhooks"),
        "connect": _("Connected"),
    },
    "visibility": dict(Visibility.choices),
}
CHANGES = {  # of one field, which the entry does not name
    "hours.changed": "spans",
    "member.role_changed": "role",
    "member.visibility_changed": "visibility",
}
LAST = ("before", "after")  # the database keeps no order
# Who acted when it was no person.
NOBODY = {
    "command line": _("Command line"),
    "erasure": _("Erasure"),
    "retention": _("Data retention"),
}


def describe(entry: AuditEntry) -> str:
    """What the entry's detail says, in one line: `Name: Ada · Before: Agent · After: Admin`."""
    fields = dict.fromkeys(LAST, CHANGES[entry.action]) if entry.action in CHANGES else {}
    told = sorted(entry.detail.items(), key=lambda each: LAST.index(each[0]) if each[0] in LAST else -1)
    return " · ".join(f"{_name(key)}: {_words(fields.get(key, key), value)}" for key, value in told)


def actor(entry: AuditEntry) -> str:
    """Who it was: a member's or key's name at that time, or the program's own work."""
    return str(NOBODY.get(entry.actor, entry.actor)) if entry.member_id is None else entry.actor


def _name(key: str) -> str:
    return str(NAMES.get(key, key))


def _words(field: str, value) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_name(key)}: {_words(key, each)}" for key, each in value.items()) or "–"
    if isinstance(value, list):
        return _many(field, value) or "–"
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "–" if value is None or value == "" else str(VALUES.get(field, {}).get(value, value))


def _many(field: str, values: list) -> str:
    if field == "changed":
        return ", ".join(map(_name, values))
    if field == "spans" and all(isinstance(each, int) for each in values):
        return "–".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in values)
    is_week = any(isinstance(each, list) and any(isinstance(part, list) for part in each) for each in values)
    return ("; " if is_week else ", ").join(_words(field, each) for each in values)
