"""What the screens and the API may read: always for one member, in pages, without counting everything."""

from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Value
from django.utils import timezone

from clinics.models import Member, Team, TeamMember
from contacts.models import Contact, Identity
from integrations.events import Kind

from . import sight
from .models import Attachment, Conversation, GlassBreak, Mention, Message, Pin, Reaction, Tagging

ROWS = 40  # conversations on a page of the list
BUBBLES = 50  # messages on a page of a thread
MOST_COUNTED = 100  # a count is shown as "99+" beyond this
BEFORE_JUMP = 15  # messages drawn above the one jumped to

NOT_IN_THREAD = (Message.State.SCHEDULED, Message.State.CANCELLED)  # what waits is shown at its foot

# The lists of the menu, in its order; besides these each team has one, called team-<its id>.
VIEWS = ("mine", "team", "unassigned", "unread", "waiting", "overdue", "all", "mentions", "snoozed", "closed")
TEAM = "team-"
# The columns that a row of the list needs: half of it went into reading the others.
ROW = (
    *("contact", "identity", "assignee", "team"),
    "status",
    "is_sensitive",
    "last_message_at",
    "last_inbound_at",
    "waiting_since",
    "reply_due_at",
    "reply_soon_at",
    "snoozed_until",
    "unread",
    "priority",
)
ROW += ("preview", "preview_kind", "preview_direction")
# And those of a bubble; it is not told what allowed a message, nor how often it was tried.
BUBBLE = (
    "conversation",
    "channel",
    "direction",
    "source",
    "kind",
    "text",
    "content",
    "state",
    "author__name",
)
BUBBLE += ("external_id", "client_id", "reply_to_external_id", "error_code", "error_detail")
BUBBLE += ("sent_at", "edited_at", "revoked_at", "send_at", "due_at", "attempts")


def visible_conversations(member: Member) -> QuerySet[Conversation]:
    """The conversations this member may see, as inbox.sight says. Every screen comes through here."""
    return Conversation.objects.filter(sight.seen_by(member), clinic_id=member.clinic_id)


def listed_conversations(member: Member) -> QuerySet[Conversation]:
    """Those that lists show: what the member sees and, for admins, that the others exist (`is_sealed`)."""
    if not member.is_admin:
        return visible_conversations(member).annotate(is_sealed=Value(False))
    everything = Conversation.objects.filter(sight.STAYS, clinic_id=member.clinic_id)
    return everything.annotate(is_sealed=sight.is_false(sight.seen_by(member)))


def with_emergency(conversations: QuerySet[Conversation], member: Member) -> QuerySet[Conversation]:
    """Each with `is_emergency`: the member sees it only because they broke the glass."""
    return conversations.annotate(is_emergency=sight.is_false(sight.by_right(member)))


def hidden_conversations(member: Member) -> QuerySet[Conversation]:
    """Those of the clinic that this member may not see; only whether they exist may ever be told."""
    everything = Conversation.objects.filter(sight.STAYS, clinic_id=member.clinic_id)
    return everything.filter(sight.is_false(sight.seen_by(member)))


def visible_identities(member: Member, contact: Contact) -> QuerySet[Identity]:
    """The addresses of a contact, but for those that only write where the member does not see."""
    others = Conversation.objects.filter(identity=OuterRef("pk"))
    seen = Exists(visible_conversations(member).filter(identity=OuterRef("pk")))
    return Identity.objects.filter(seen | ~Exists(others), contact=contact).order_by("created_at")


def emergencies() -> QuerySet[GlassBreak]:
    """Each time a member of the clinic broke a glass, newest first."""
    return GlassBreak.objects.select_related("member", "noticed_by").order_by("-created_at", "-pk")


def in_view(
    conversations: QuerySet[Conversation], view: str, member: Member, *, status: str = ""
) -> QuerySet[Conversation]:
    """Those that a list called `view` shows; `status`, or "any", instead of the open ones."""
    if view == "mentions":  # whatever their status: a colleague asked for an answer
        conversations = conversations.filter(
            pk__in=Mention.objects.filter(member=member).values("conversation")
        )
        return conversations.filter(status=status) if status not in ("", "any") else conversations
    status = {"snoozed": "snoozed", "closed": "closed"}.get(view) or status or "open"
    if status != "any":
        conversations = conversations.filter(status=status)
    match view:
        case "mine":
            return conversations.filter(assignee=member)
        case "unassigned":
            return conversations.filter(assignee=None)
        case "unread":
            return conversations.filter(unread__gt=0)
        case "waiting":
            return conversations.filter(waiting_since__isnull=False)
        case "overdue":  # past the clinic's target, or soon
            return conversations.filter(reply_due_at__isnull=False, reply_soon_at__lte=timezone.now())
        case "team":
            teams = TeamMember.objects.filter(member=member.pk).values("team")
            return conversations.filter(team__in=teams)
    team = team_of_view(view)
    return conversations.filter(team=team) if team else conversations


def team_of_view(view: str) -> UUID | None:
    """The team whose list it is; None for every other view."""
    try:
        return UUID(view.removeprefix(TEAM)) if view.startswith(TEAM) else None
    except ValueError:
        return None


def with_row_details(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Everything an open conversation shows of itself, in one query, newest first."""
    details = ("contact", "identity", "channel", "assignee", "team")
    return conversations.select_related(*details).order_by("-last_message_at", "-id")


def in_rows(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """What one row of the list shows and nothing else, newest first; whom it names in a query for each kind.

    Not joined: behind row-level security planning the joins takes longer than all these queries, and the planner,
    which cannot know that contacts are of the same clinic, takes the joined rows for few and sorts a large clinic's.
    """
    named = (
        Prefetch("contact", Contact.objects.only("name")),
        Prefetch("identity", Identity.objects.only("wa_id", "username", "user_id")),
        Prefetch("assignee", Member.objects.only("name")),
        Prefetch("team", Team.objects.only("name")),
        Prefetch("taggings", Tagging.objects.select_related("tag").order_by("tag__name"), to_attr="tagged"),
        Prefetch("messages", for_later().only("conversation", "state", "send_at"), to_attr="for_later"),
    )
    return conversations.only(*ROW).prefetch_related(*named).order_by("-last_message_at", "-id")


def for_later() -> QuerySet[Message]:
    """What is to be sent at its time, and what was not sent then; the first comes first."""
    kept = Message.objects.filter(state__in=["scheduled", "failed"], send_at__isnull=False)
    return kept.order_by("send_at", "id")


def cursor(at: datetime, pk: UUID) -> str:
    """A place in a list ordered by time and id, to put into a link."""
    return f"{at.timestamp():.6f}_{pk.hex}"


def read_cursor(text: str) -> tuple[datetime, UUID]:
    """The place a cursor names. Raises ValueError when it was not made by us."""
    seconds, _, pk = text.partition("_")
    whole, _, micros = seconds.partition(".")
    try:
        at = datetime.fromtimestamp(int(whole), tz=UTC).replace(microsecond=int(micros or 0))
    except (OverflowError, OSError) as error:  # further than any calendar goes
        raise ValueError(text) from error
    return at, UUID(pk)


def thread_page(conversation: Conversation, before: str = "") -> tuple[list[Message], bool]:
    """The newest messages, or those before a cursor, oldest first; and whether there are older ones still.

    One more than BUBBLES comes along when there is one: the first only tells what the second follows.
    """
    messages = drawable().filter(conversation=conversation)
    if before:
        at, pk = read_cursor(before)
        messages = messages.filter(Q(sent_at__lt=at) | Q(sent_at=at, pk__lt=pk), sent_at__lte=at)
    rows = list(messages.order_by("-sent_at", "-id")[: BUBBLES + 1])
    return rows[::-1], len(rows) > BUBBLES


def newer_page(conversation: Conversation, after: str) -> tuple[list[Message], bool]:
    """The messages after a cursor, or from the first on, oldest first; and whether there are newer ones still.

    The one the cursor names comes along first: it only tells what the next follows.
    """
    messages = drawable().filter(conversation=conversation)
    if after:
        at, pk = read_cursor(after)
        messages = messages.filter(Q(sent_at__gt=at) | Q(sent_at=at, pk__gte=pk), sent_at__gte=at)
    rows = list(messages.order_by("sent_at", "id")[: BUBBLES + 2])
    return rows[: BUBBLES + 1], len(rows) > BUBBLES + 1


def thread_around(conversation: Conversation, message: Message) -> tuple[list[Message], bool, bool]:
    """Some messages before `message` and a page from it on, for a jump; whether there are older ones, and newer ones.

    As in thread_page() one more comes along first when there are older ones.
    """
    messages = drawable().filter(conversation=conversation)
    before = list(_earlier(messages, message)[: BEFORE_JUMP + 1])
    later = Q(sent_at__gt=message.sent_at) | Q(sent_at=message.sent_at, pk__gte=message.pk)
    later = messages.filter(later, sent_at__gte=message.sent_at)
    after = list(later.order_by("sent_at", "id")[: BUBBLES + 1])
    return before[::-1] + after[:BUBBLES], len(before) > BEFORE_JUMP, len(after) > BUBBLES


def with_the_one_before(message: Message) -> list[Message]:
    """The message, and first what it follows in its thread when there is anything."""
    messages = drawable().filter(conversation_id=message.conversation_id)
    return [*_earlier(messages, message)[:1], message]


def _earlier(messages: QuerySet[Message], message: Message) -> QuerySet[Message]:
    """Those before it, the last one first."""
    earlier = Q(sent_at__lt=message.sent_at) | Q(sent_at=message.sent_at, pk__lt=message.pk)
    return messages.filter(earlier, sent_at__lte=message.sent_at).order_by("-sent_at", "-id")


def drawable() -> QuerySet[Message]:
    """Messages as a thread shows them, with what their bubbles need."""
    # A reaction of ours travels as a message, and shows on the message it is for.
    messages = Message.objects.exclude(kind=Kind.REACTION).exclude(state__in=NOT_IN_THREAD)
    return messages.select_related("author").only(*BUBBLE)


def fetch_files_and_reactions(messages: list[Message]) -> None:
    """Give each message its `files` and `emoji`, as plain lists, and notes their `is_pinned`.

    Two or three queries, and no manager made per message.
    """
    of = {message.pk: message for message in messages}
    for message in messages:
        message.files, message.emoji, message.is_pinned = [], [], False
    for file in Attachment.objects.filter(message__in=of).order_by("created_at"):
        of[file.message_id].files.append(file)
    for reaction in Reaction.objects.filter(message__in=of).exclude(emoji=""):
        of[reaction.message_id].emoji.append(reaction)
    if notes := [pk for pk, message in of.items() if message.direction == Message.Direction.NOTE]:
        for pk in Pin.objects.filter(note__in=notes).values_list("note_id", flat=True):
            of[pk].is_pinned = True


def quoted_by(messages: list[Message]) -> dict[str, Message]:
    """The messages these ones answer, by the provider's id; those we never had are missing."""
    wanted = {message.reply_to_external_id for message in messages} - {""}
    if not wanted:
        return {}
    found = Message.objects.filter(channel_id=messages[0].channel_id, external_id__in=wanted)
    found = found.filter(conversation_id=messages[0].conversation_id)
    return {message.external_id: message for message in found.select_related("author")}
