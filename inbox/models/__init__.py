"""Conversations, their messages, and the ledger of what was sent, told and shown."""

from .alerts import USUAL_PUSHES, AlertChoices, Event, PushAddress, Told, ToldUpTo
from .attachments import Attachment
from .attending import LONGEST_TARGET, LONGEST_TEXT, AnswerRules, ChannelRule, CloseReason, TeamTarget
from .changes import Change, Feed
from .conversations import (
    CLOSING_SOON,
    ENTRY_POINT_WINDOW,
    ERASING,
    LONGEST_SNOOZE,
    PREVIEW,
    WINDOW,
    Conversation,
    Episode,
    GlassBreak,
)
from .drafts import KeptDraft
from .erasures import Erasure, Tombstone, TombstoneKey
from .links import EntryLink, EntryUse
from .lists import TINTS, SavedFilter, Tag, Tagging
from .messages import Amendment, Attempt, Message, Reaction, StatusEvent
from .notices import LONGEST_PATIENCE, Escalation, Letter, Notice, OnCall, OnCallRules
from .rates import RateCard
from .upkeep import MONTH, SHORTEST_TERM, ChannelHour, RetentionRule
from .words import (
    LONGEST_SHORTCUT,
    LONGEST_TITLE,
    Mention,
    NoteAnswer,
    Pin,
    SavedReply,
    SavedReplyFile,
    SavedReplyTeam,
    SavedReplyUse,
)

__all__ = [
    "CLOSING_SOON",
    "ENTRY_POINT_WINDOW",
    "ERASING",
    "LONGEST_PATIENCE",
    "LONGEST_SHORTCUT",
    "LONGEST_SNOOZE",
    "LONGEST_TARGET",
    "LONGEST_TEXT",
    "LONGEST_TITLE",
    "MONTH",
    "PREVIEW",
    "SHORTEST_TERM",
    "TINTS",
    "USUAL_PUSHES",
    "WINDOW",
    "AlertChoices",
    "Amendment",
    "AnswerRules",
    "Attachment",
    "Attempt",
    "Change",
    "ChannelHour",
    "ChannelRule",
    "CloseReason",
    "Conversation",
    "EntryLink",
    "EntryUse",
    "Episode",
    "Erasure",
    "Escalation",
    "Event",
    "Feed",
    "GlassBreak",
    "KeptDraft",
    "Letter",
    "Mention",
    "Message",
    "NoteAnswer",
    "Notice",
    "OnCall",
    "OnCallRules",
    "Pin",
    "PushAddress",
    "RateCard",
    "Reaction",
    "RetentionRule",
    "SavedFilter",
    "SavedReply",
    "SavedReplyFile",
    "SavedReplyTeam",
    "SavedReplyUse",
    "StatusEvent",
    "Tag",
    "Tagging",
    "TeamTarget",
    "Told",
    "ToldUpTo",
    "Tombstone",
    "TombstoneKey",
]
