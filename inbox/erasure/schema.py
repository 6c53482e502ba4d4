"""Every table of a clinic, and what an erasure does with it: the one place that says so.

A test goes through all models and fails for one that is neither deleted from nor kept with a reason. Counts in the
receipt go by the labels here.
"""

from contacts.models import Consent, Contact, ContactNote, Identity

from ..models import (
    Amendment,
    Attachment,
    Attempt,
    Conversation,
    EntryUse,
    Episode,
    Escalation,
    GlassBreak,
    KeptDraft,
    Mention,
    Message,
    NoteAnswer,
    Notice,
    Pin,
    Reaction,
    StatusEvent,
    Tagging,
    Told,
)

# What hangs on a message, by the column that says on which; goes with its message, batch by batch.
OF_MESSAGE = (
    (Attempt, "message"),
    (StatusEvent, "message"),
    (Reaction, "message"),
    (Attachment, "message"),
    (Mention, "note"),
    (Pin, "note"),
    (NoteAnswer, "answer"),
    (NoteAnswer, "note"),
)
# What came about a message that is, or is not, there yet: by channel and the provider's id.
BY_EXTERNAL_ID = {
    StatusEvent: "external_id",
    Reaction: "target_external_id",
    Amendment: "target_external_id",
}
# What hangs on a conversation; goes when its messages are gone.
OF_CONVERSATION = (
    KeptDraft,
    Episode,
    Tagging,
    GlassBreak,
    EntryUse,
    Told,
    Notice,
    Escalation,
    Mention,
    Pin,
)
# And the person, in the order in which rows point at each other.
OF_PERSON = {
    Consent: "identity__contact",
    Conversation: "contact",
    Identity: "contact",
    ContactNote: "contact",
}

ERASED = {
    Message,
    Contact,
    *(model for model, _ in OF_MESSAGE),
    *BY_EXTERNAL_ID,
    *OF_CONVERSATION,
    *OF_PERSON,
}
# Looked through by what their rows tell, not by a column.
SEARCHED = {
    "integrations.ChannelEvent": "reports whose payload names the patient or a message of theirs are deleted",
    "integrations.WebhookEvent": "the patient is taken out of stored bodies, and a body about nobody else is deleted",
}
MEMBERS_OWN = "what a member or the clinic has settled for itself; names no patient"
CLINICS_OWN = "the clinic's own words and rules; names no patient"
KEPT = {
    "clinics.AuditEntry": "the log only grows; it holds ids of ours and no word of a patient",
    "clinics.AuditLink": "the log's chain",
    "clinics.AuditRoot": "the log's chain",
    "clinics.Member": MEMBERS_OWN,
    "clinics.Team": CLINICS_OWN,
    "clinics.TeamMember": MEMBERS_OWN,
    "clinics.Invitation": MEMBERS_OWN,
    "clinics.ApiToken": CLINICS_OWN,
    "clinics.BusinessHours": CLINICS_OWN,
    "clinics.SpecialDay": CLINICS_OWN,
    "contacts.PatientField": CLINICS_OWN,
    "integrations.Channel": CLINICS_OWN,
    "integrations.Route": CLINICS_OWN,
    "integrations.Checkup": CLINICS_OWN,
    "integrations.Onboarding": CLINICS_OWN,
    "integrations.Template": CLINICS_OWN,
    "integrations.TemplateDecision": CLINICS_OWN,
    "inbox.SavedReply": CLINICS_OWN,
    "inbox.SavedReplyFile": CLINICS_OWN,
    "inbox.SavedReplyTeam": CLINICS_OWN,
    "inbox.SavedReplyUse": MEMBERS_OWN,
    "inbox.SavedFilter": MEMBERS_OWN,
    "inbox.Tag": CLINICS_OWN,
    "inbox.EntryLink": CLINICS_OWN,
    "inbox.AnswerRules": CLINICS_OWN,
    "inbox.ChannelRule": CLINICS_OWN,
    "inbox.TeamTarget": CLINICS_OWN,
    "inbox.CloseReason": CLINICS_OWN,
    "inbox.RateCard": CLINICS_OWN,
    "inbox.RetentionRule": CLINICS_OWN,
    "inbox.OnCall": MEMBERS_OWN,
    "inbox.OnCallRules": CLINICS_OWN,
    "inbox.AlertChoices": MEMBERS_OWN,
    "inbox.PushAddress": MEMBERS_OWN,
    "inbox.ChannelHour": "how many messages came in an hour, not from whom",
    "inbox.Feed": "a number",
    "inbox.ToldUpTo": "a number",
    "inbox.Change": "ids of ours whose rows are gone, for seven days",
    "inbox.Erasure": "the receipt: an id of ours, a reason from a list, counts",
    "inbox.Tombstone": "keyed hashes, so that the erased does not come back",
    "inbox.TombstoneKey": "the key of those",
}
