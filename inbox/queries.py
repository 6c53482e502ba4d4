"""What the screens and the API may read: always for one member, in pages, without counting everything."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from clinics.models import Member
from contacts.models import Contact, Identity
from integrations.events import Kind

from . import sight
from .models import Attachment, Conversation, GlassBreak, Message, Reaction

ROWS = 40  # conversations on a page of the list
BUBBLES = 50  # messages on a page of a thread
MOST_COUNTED = 100  # a count is shown as "99+" beyond this
HITS = 30
MOST_JUMPED = 500  # messages drawn after a jump far back

VIEWS = ("mine", "unassigned", "all", "snoozed", "closed")
EVERYTHING = Q()
COUNTED = ("mine", "unassigned", "all")
# The columns that a row of the list needs: half of it went into reading the others.
ROW = (
    "status",
    "is_sensitive",
    "last_message_at",
    "last_inbound_at",
    "waiting_since",
    "snoozed_until",
    "unread",
)
ROW += ("preview", "preview_kind", "preview_direction", "contact__name", "assignee__name", "team__name")
ROW += ("identity__wa_id", "identity__username", "identity__user_id")
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
BUBBLE += ("sent_at", "edited_at", "revoked_at")


def visible_conversations(member: Member) -> QuerySet[Conversation]:
    """The conversations this member may see, as inbox.sight says. Every screen comes through here."""
    return Conversation.objects.filter(sight.seen_by(member), clinic_id=member.clinic_id)


def listed_conversations(member: Member) -> QuerySet[Conversation]:
    """Those that lists show: what the member sees and, for admins, that the others exist (`is_sealed`)."""
    if not member.is_admin:
        return visible_conversations(member).annotate(is_sealed=Value(False))
    everything = Conversation.objects.filter(clinic_id=member.clinic_id)
    return everything.annotate(is_sealed=sight.is_false(sight.seen_by(member)))


def with_emergency(conversations: QuerySet[Conversation], member: Member) -> QuerySet[Conversation]:
    """Each with `is_emergency`: the member sees it only because they broke the glass."""
    return conversations.annotate(is_emergency=sight.is_false(sight.by_right(member)))


def hidden_conversations(member: Member) -> QuerySet[Conversation]:
    """Those of the clinic that this member may not see; only whether they exist may ever be told."""
    everything = Conversation.objects.filter(clinic_id=member.clinic_id)
    return everything.filter(sight.is_false(sight.seen_by(member)))


def visible_identities(member: Member, contact: Contact) -> QuerySet[Identity]:
    """The addresses of a contact, but for those that only write where the member does not see."""
    others = Conversation.objects.filter(identity=OuterRef("pk"))
    seen = Exists(visible_conversations(member).filter(identity=OuterRef("pk")))
    return Identity.objects.filter(seen | ~Exists(others), contact=contact).order_by("created_at")


def emergencies() -> QuerySet[GlassBreak]:
    """Each time a member of the clinic broke a glass, newest first."""
    return GlassBreak.objects.select_related("member", "noticed_by").order_by("-created_at", "-pk")


def in_view(conversations: QuerySet[Conversation], view: str, member: Member) -> QuerySet[Conversation]:
    """Those that a list called `view` shows."""
    status = {"snoozed": "snoozed", "closed": "closed"}.get(view, "open")
    conversations = conversations.filter(status=status)
    if view == "mine":
        return conversations.filter(assignee=member)
    return conversations.filter(assignee=None) if view == "unassigned" else conversations


def with_row_details(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Everything an open conversation shows of itself, in one query, newest first."""
    details = ("contact", "identity", "channel", "assignee", "team")
    return conversations.select_related(*details).order_by("-last_message_at", "-id")


def in_rows(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """What one row of the list shows and nothing else, in one query, newest first."""
    details = ("contact", "identity", "assignee", "team")
    return conversations.select_related(*details).only(*ROW).order_by("-last_message_at", "-id")


def page_of_conversations(member: Member, view: str, after: str = "") -> tuple[list[Conversation], str]:
    """One page of a list and the cursor of the next, "" at the end."""
    older = _older_than(after) if after else EVERYTHING
    listed = listed_conversations(member)
    rows = list(_rows_of_newest(listed, _newest(listed, member, view, ROWS + 1, older), ROWS + 1))
    more = len(rows) > ROWS
    return rows[:ROWS], cursor(rows[ROWS - 1].last_message_at, rows[ROWS - 1].pk) if more else ""


def _rows_of_newest(conversations: QuerySet, wanted: QuerySet, most: int) -> QuerySet[Conversation]:
    """The rows of the newest of those wanted.

    Which they are is settled before anything is joined. Behind row-level security the planner cannot know that contacts
    are of the same clinic, takes the joined rows for few, and would join and sort all of a large clinic's.
    """
    newest = wanted.order_by("-last_message_at", "-id").values("pk")[:most]
    return in_rows(conversations.filter(pk__in=newest))


def counts(member: Member) -> dict[str, int]:
    """How many conversations the views at the top hold, each counted to MOST_COUNTED at most; one query."""
    seen = Conversation.objects.filter(clinic_id=member.clinic_id)
    seen = seen if member.is_admin else visible_conversations(member)
    first, *others = (
        _newest(seen, member, view, MOST_COUNTED).order_by().values_list(Value(view))[:MOST_COUNTED]
        for view in COUNTED
    )
    found = Counter(view for (view,) in first.union(*others, all=True))
    return {view: found[view] for view in COUNTED}


def _newest(conversations: QuerySet, member: Member, view: str, most: int, older=EVERYTHING) -> QuerySet:
    """A view's conversations for a page of `most`.

    A restricted member's rule is an "or" that no index gives in order: it is asked of the newest of each part only.
    """
    found = in_view(conversations, view, member).filter(older)
    if member.sees_all or view == "mine":
        return found
    parts = [
        in_view(Conversation.objects.filter(part), view, member)
        .filter(older)
        .order_by("-last_message_at", "-id")
        .values("pk")[:most]
        for part in sight.parts_of(member)
    ]
    return found.filter(pk__in=parts[0].union(*parts[1:], all=True))


def _older_than(after: str) -> Q:
    at, pk = read_cursor(after)
    older = Q(last_message_at__lt=at) | Q(last_message_at=at, pk__lt=pk)
    return older & Q(last_message_at__lte=at)  # the second lets the index seek


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
    messages = _drawn(conversation)
    if before:
        at, pk = read_cursor(before)
        messages = messages.filter(Q(sent_at__lt=at) | Q(sent_at=at, pk__lt=pk), sent_at__lte=at)
    rows = list(messages.order_by("-sent_at", "-id")[: BUBBLES + 1])
    return rows[::-1], len(rows) > BUBBLES


def thread_around(conversation: Conversation, message: Message) -> tuple[list[Message], bool]:
    """The thread from some messages before `message` up to the newest, for a jump to an old one."""
    messages = _drawn(conversation)
    earlier = messages.filter(Q(sent_at__lt=message.sent_at) | Q(sent_at=message.sent_at, pk__lt=message.pk))
    before = list(earlier.order_by("-sent_at", "-id")[:15])
    later = messages.filter(Q(sent_at__gt=message.sent_at) | Q(sent_at=message.sent_at, pk__gte=message.pk))
    return before[::-1] + list(later.order_by("sent_at", "id")[:MOST_JUMPED]), len(before) == 15


def _drawn(conversation: Conversation) -> QuerySet[Message]:
    # A reaction of ours travels as a message, and shows on the message it is for.
    messages = Message.objects.filter(conversation=conversation).exclude(kind=Kind.REACTION)
    return messages.select_related("author").only(*BUBBLE)


def fetch_files_and_reactions(messages: list[Message]) -> None:
    """Give each message its `files` and `emoji`, as plain lists: two queries, and no manager made per message."""
    of = {message.pk: message for message in messages}
    for message in messages:
        message.files, message.emoji = [], []
    for file in Attachment.objects.filter(message__in=of).order_by("created_at"):
        of[file.message_id].files.append(file)
    for reaction in Reaction.objects.filter(message__in=of).exclude(emoji=""):
        of[reaction.message_id].emoji.append(reaction)


def quoted_by(messages: list[Message]) -> dict[str, Message]:
    """The messages these ones answer, by the provider's id; those we never had are missing."""
    wanted = {message.reply_to_external_id for message in messages} - {""}
    if not wanted:
        return {}
    found = Message.objects.filter(channel_id=messages[0].channel_id, external_id__in=wanted)
    found = found.filter(conversation_id=messages[0].conversation_id)
    return {message.external_id: message for message in found.select_related("author")}


@dataclass(frozen=True)
class Hit:
    """One conversation that a search found, and the message that matched when a message did."""

    conversation: Conversation
    where: str  # name, number or message
    message: Message | None = None


def find_conversations(member: Member, text: str) -> list[Hit]:
    """Conversations whose name, number or messages match all the words typed so far, best kind first."""
    words, digits = _words(text), re.sub(r"\D", "", text)
    seen = visible_conversations(member)
    hits = []
    if words:
        # Not by _rows_of_newest(): without columns to fetch the planner would rather walk through all conversations.
        named = in_rows(seen.filter(_matches("contacts_contact", words)))
        hits += [Hit(each, "name") for each in named[:HITS]]
    if len(digits) >= 3 and not re.search(r"[^\W\d_]", text):
        numbered = in_rows(seen.filter(identity__wa_id__contains=digits))
        hits += [Hit(each, "number") for each in numbered[:HITS]]
    if words:
        hits += _said(member, words)
    return list({(hit.conversation.pk, hit.message and hit.message.pk): hit for hit in hits}.values())


def _said(member: Member, words: str) -> list[Hit]:
    said = Message.objects.filter(_matches("inbox_message", words), revoked_at=None).exclude(
        direction="event"
    )
    seen = visible_conversations(member)
    # Who sees nearly all is spared the join: the few that are left out have an index.
    hidden = hidden_conversations(member).filter(is_sensitive=True).values("pk")
    said = said.exclude(conversation__in=hidden) if member.sees_all else said.filter(conversation__in=seen)
    said = list(said.order_by("-sent_at", "-id")[:HITS])
    found = {each.pk: each for each in in_rows(seen.filter(pk__in={m.conversation_id for m in said}))}
    return [Hit(found[m.conversation_id], "message", m) for m in said if m.conversation_id in found]


def _words(text: str) -> str:
    """The text as a prefix query: every word must start one in the row. Only letters and digits pass."""
    spaced = re.sub(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])", r" \1 ", text)
    return " & ".join(f"'{word}':*" for word in re.findall(r"\w+", spaced)[:8])


def _matches(table: str, words: str):
    # The generated columns are not declared in the models; search_words() made them without accents.
    query = "to_tsquery('simple', public.unaccent('public.unaccent'::regdictionary, %s))"
    return RawSQL(f'"{table}"."search" @@ {query}', [words], BooleanField())  # noqa: S611  table is ours, the words are a parameter
