"""What the matrix must be told of each route, name and task. Without its entry here a new one fails the tests."""

ANYBODY, PERSON, MEMBER, ADMIN, MACHINE = "anybody", "person", "member", "admin", "machine"
# Who is let in, and as whom the matrix's actors count.
LET_IN = {
    ANYBODY: {"owner", "admin", "agent", "token", "stranger", "removed"},
    PERSON: {"owner", "admin", "agent", "removed"},  # their own sign-in, whether or not they work anywhere
    MEMBER: {"owner", "admin", "agent"},
    ADMIN: {"owner", "admin"},
    MACHINE: {"token"},
}
ACCOUNTS = [
    "login/",
    "logout/",
    "inactive/",
    "password/reset/",
    "password/reset/done/",
    "password/reset/key/done/",
]
ACCOUNTS += ["signup/", "password/set/", "reauthenticate/"]
SECOND_FACTOR = ["", "authenticate/", "reauthenticate/", "app/add/", "app/remove/", "codes/", "codes/new/"]
SECOND_FACTOR += [f"passkeys/{path}" for path in ("", "add/", "login/", "reauthenticate/")]
CONVERSATION = [
    "",
    "older/",
    "newer/",
    "panel/",
    "news/",
    "messages/",
    "read/",
    "typing/",
    "assign/",
    "close/",
    "reopen/",
    "snooze/",
]
CONVERSATION += [
    "unread/",
    "later/",
    "templates/",
    "templates/<uuid:template_pk>/",
    "attachments/",
    "sensitive/",
    "emergency/",
    "replies/",
    "people/",
    "draft/",
    "priority/",
    "tags/",
]
LISTS = ["views/", "chosen/", "choices/", "bulk/", "bulk/undo/", "filter/", "filters/", "filters/<uuid:pk>/"]
LISTS += ["filters/<uuid:pk>/delete/"]
FOR_ADMINS = [
    "details/", "hours/", "hours/always/", "hours/days/", "hours/days/<uuid:pk>/delete/",
    "members/<uuid:pk>/work/", "answering/", "answering/texts/", "answering/assigning/", "answering/targets/",
    "answering/on-call/",
    "answering/asking/", "answering/reasons/", "answering/reasons/<uuid:pk>/drop/", "answering/channels/<uuid:pk>/",
    "answering/targets/<uuid:pk>/",
    "members/", "members/invite/", "members/<uuid:pk>/role/", "members/<uuid:pk>/deactivate/",
    "members/<uuid:pk>/reactivate/", "members/<uuid:pk>/second-factor/",
    "invitations/<uuid:pk>/withdraw/", "teams/", "teams/create/",
    "teams/<uuid:pk>/", "teams/<uuid:pk>/delete/", "tokens/", "tokens/create/", "tokens/<uuid:pk>/revoke/",
    "audit/", "audit/export/", "channels/", "channels/connect/", "channels/<uuid:pk>/", "channels/<uuid:pk>/check/",
    "channels/<uuid:pk>/access-token/", "channels/<uuid:pk>/app-secret/", "channels/<uuid:pk>/app-secret/forget/",
    "channels/<uuid:pk>/pause/", "channels/<uuid:pk>/resume/", "channels/<uuid:pk>/disconnect/",
    "channels/<uuid:pk>/subscribe/", "channels/<uuid:pk>/register/", "channels/connect/simulator/",
    "channels/connect/meta/", "channels/connect/meta/<uuid:pk>/", "channels/connect/meta/<uuid:pk>/give-up/",
    "templates/", "templates/sync/", "templates/new/", "templates/<uuid:pk>/", "templates/<uuid:pk>/save/",
    "templates/<uuid:pk>/submit/", "templates/<uuid:pk>/status/", "templates/<uuid:pk>/languages/",
    "templates/<uuid:pk>/copy/", "templates/<uuid:pk>/sample/", "templates/<uuid:pk>/sample/file/",
    "templates/<uuid:pk>/sample/remove/",
    "templates/<uuid:pk>/discard/", "templates/<uuid:pk>/delete/", "health/",
    "channels/<uuid:pk>/profile/", "channels/<uuid:pk>/links/",
    "links/<uuid:pk>/svg/", "links/<uuid:pk>/png/", "links/<uuid:pk>/poster/",
    "links/<uuid:pk>/delete/",
    "first-steps/", "health/replay/", "retention/", "erasures/", "erasures/<uuid:pk>/",
    "emergency/",
    "rates/", "rates/countries/",
    "patient-fields/", "patient-fields/create/", "patient-fields/<uuid:pk>/", "patient-fields/<uuid:pk>/move/",
    "patient-fields/<uuid:pk>/delete/",
    "tags/", "tags/create/", "tags/<uuid:pk>/", "tags/<uuid:pk>/delete/",
]  # fmt: skip
FOR_MACHINES = [
    "tags/", "channels/", "channels/<uuid:pk>/", "templates/", "contacts/", "contacts/<uuid:pk>/", "conversations/",
    "conversations/<uuid:pk>/", "conversations/<uuid:pk>/messages/", "messages/<uuid:pk>/", "attachments/",
    "contacts/find/", "conversations/<uuid:pk>/scheduled/", "messages/<uuid:pk>/cancel/",
    "attachments/<uuid:pk>/", "attachments/<uuid:pk>/file/", "saved-replies/",
    "patient-fields/",
]  # fmt: skip
SAVED_REPLIES = ["", "new/", "<uuid:pk>/", "<uuid:pk>/delete/", "<uuid:pk>/restore/", "<uuid:pk>/files/"]
SAVED_REPLIES += ["files/<uuid:pk>/remove/"]

NOTIFICATIONS = ["", *(f"browsers/{path}" for path in ("", "<uuid:pk>/forget/", "<uuid:pk>/try/"))]

# Every route of the resolver, and who is let in.
ACCESS = (
    dict.fromkeys(
        [
            "api/v1/schema/",
            "invitation/",
            "sign-up/",
            "sign-up/clinic/",
            *("accounts/" + path for path in ACCOUNTS),
        ],
        ANYBODY,
    )
    # allauth's own pages know a person and no clinic; they send away who is not signed in, or not half signed in.
    | dict.fromkeys(["accounts/2fa/" + path for path in SECOND_FACTOR], ANYBODY)
    | dict.fromkeys(
        ["", "conversations/", "conversations/rows/", "styleguide/", "emergency/", "first-steps/"], MEMBER
    )
    | dict.fromkeys(["conversations/<uuid:pk>/" + path for path in CONVERSATION], MEMBER)
    | dict.fromkeys(["conversations/" + path for path in LISTS], MEMBER)
    | dict.fromkeys(["media/<uuid:pk>/", "media/<uuid:pk>/thumbnail/", "contacts/<uuid:pk>/"], MEMBER)
    | dict.fromkeys(["media/<uuid:pk>/playable/", "messages/<uuid:pk>/retry/"], MEMBER)
    | dict.fromkeys(["messages/<uuid:pk>/reaction/", "messages/<uuid:pk>/schedule/"], MEMBER)
    | dict.fromkeys(["messages/<uuid:pk>/send-now/", "messages/<uuid:pk>/take-back/"], MEMBER)
    | dict.fromkeys(["messages/<uuid:pk>/pin/"], MEMBER)
    | dict.fromkeys(["settings/replies/" + path for path in SAVED_REPLIES], MEMBER)
    | dict.fromkeys(["messages/<uuid:pk>/why/", "messages/<uuid:pk>/forward/"], MEMBER)
    | dict.fromkeys(["contacts/<uuid:pk>/fields/<uuid:field_pk>/", "contacts/<uuid:pk>/notes/"], MEMBER)
    | dict.fromkeys(["contacts/<uuid:pk>/notes/<uuid:note_pk>/"], MEMBER)
    | dict.fromkeys(["settings/", "settings/profile/", "settings/availability/", "settings/clinic/"], MEMBER)
    | dict.fromkeys(
        [
            "settings/shortcuts/",
            "conversations/jump/",
            "conversations/times/",
            "conversations/<uuid:pk>/find/",
        ],
        MEMBER,
    )
    | dict.fromkeys(["settings/security/", "settings/security/sign-out-elsewhere/"], PERSON)
    | dict.fromkeys(["accounts/password/change/"], MEMBER)
    | dict.fromkeys(["settings/" + path for path in FOR_ADMINS], ADMIN)
    | dict.fromkeys(["api/v1/" + path for path in FOR_MACHINES], MACHINE)
    | dict.fromkeys(["settings/notifications/" + path for path in NOTIFICATIONS], MEMBER)
    | dict.fromkeys(["manifest.webmanifest", "worker.js", "offline/"], ANYBODY)
)

# Whose ids stand behind this word of an address: those of tests.isolation.world.World.rows.
FITS = {
    "conversations": ("conversation",), "templates": ("template",), "media": ("attachment",),
    "messages": ("message", "failed", "note", "answer"), "contacts": ("contact",), "members": ("member",),
    "days": ("day",), "reasons": ("close_reason",),
    "invitations": ("invitation",), "teams": ("team",), "targets": ("team",), "tokens": ("token",),
    "channels": ("channel",),
    "attachments": ("attachment", "upload"), "replies": ("own_reply", "reply"),
    "browsers": ("agents_browser", "admins_browser", "browser"),
    "fields": ("filled",), "erasures": ("contact",), "notes": ("remark",), "patient-fields": ("field",),
    "tags": ("tag",), "filters": ("filter",),
    "files": ("own_reply_file", "reply_file"),
    "meta": ("onboarding",), "links": ("link",),
}  # fmt: skip

# Every name under which a view, a form or the API takes an id, and whose: those of tests.isolation.world.World.rows.
IDS = {
    "after": "conversation", "assignee": "member", "attachment": "upload", "before": "message", "channel": "channel",
    "clinic": "clinic", "contact": "contact", "cursor": "conversation", "hook": "hook", "id": "conversation",
    "ids": "conversation", "member": "member", "members": "member", "message": "message", "reply_to": "message",
    "reply": "reply", "teams": "team",
    "close_reason": "close_reason",
    "heir": "team", "open": "team", "team": "team",
    "template": "template", "to": "member", "client_id": "clinic", "conversation": "conversation",
    "tag": "tag", "tags": "tag",
    "saved": "filter", "share": "team",
}  # fmt: skip
# Every other name that may carry any text: what is in it is looked for nowhere but among the clinic's own rows.
TEXTS = {
    "access_token", "action", "address", "app_secret", "body", "business_id", "button", "buttons", "cards", "choices",
    "clinic_name", "code", "company", "credential",
    "fields", "pushes", "quiet_from", "quiet_until", "sounds", "value", "writing_for",
    "data", "density", "description", "email", "emails", "emergency_access", "emoji", "files", "flow_id", "flow_name",
    "footer", "header", "kind", "label", "language", "messages", "mode", "name", "note", "number", "off", "password",
    "phone", "phone_number_id", "phones", "q", "reason", "reports", "role", "screen", "secret", "seen", "status",
    "shortcut", "text", "time_zone", "title", "token", "until", "url", "verify_token", "view", "visibility", "waba_id",
    "at", "undo_seconds",
    "about", "pin", "second_website", "typed", "vertical", "website",
    "draft", "revision",
    "act", "default_for", "listing", "priority", "save",
    "command", "key", "on", "reset",
    "copy", "switch", "speaks", "is_away", "most_open", "day", "greets", "answers_away", "quiet_minutes", "assigning",
    "is_sticky", "heeds_languages", "offers_back", "first_reply_minutes", "next_reply_minutes", "asks_reason",
    "answers", "close_note", "mails", "mail_after", "on_urgent", "on_overdue", "inside_minutes", "outside_minutes",
    "admins_minutes",
    "all", "category", "copies", "words", "base", "mark",
    "card", "country", "currency", "market", "rows", "since",
}  # fmt: skip

# What each task takes, by the name of its argument. `shard` and `typing` are numbers that name nothing.
TASK_IDS = {
    "clinic_id": "clinic", "channel_id": "channel", "conversation_id": "conversation", "attachment_id": "attachment",
    "erasure_id": "erasure", "shard": None, "typing": None,
}  # fmt: skip

# What keeps each command from reaching two clinics at once. All are run by who has the server anyway.
COMMANDS = {
    "add_whatsapp_channel": "a number belongs to one clinic; tests/isolation/test_tasks.py",
    "backup": "the whole installation",
    "create_api_token": "makes a row of the clinic it names",
    "create_clinic": "makes a clinic",
    "create_member": "makes a row of the clinic it names",
    "reapply_erasures": "each line names its clinic, and is done in that scope",
    "replay_webhooks": "each body is taken in for the clinic of its number",
    "reset_second_factor": "a person's own sign-in, whichever clinics they work in",
    "restore_check": "the whole installation, elsewhere",
    "rotate_keys": "every clinic in turn, each in its own scope",
    "show_meta_app": "the installation's own app",
    "seed_demo": "makes its own clinics",
    "seed_kinds": "works in the demo's clinic",
    "verify_audit": "reads each clinic's chain in its own scope",
}
