"""Finding conversations by name, number and what was said, within what one member may see."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from clinics.models import Member

from . import asking, queries
from .asking import Asked
from .models import Conversation, Message
from .sought import Sought, read_conditions

HITS = 30
LOOKED_BACK = 1_000  # messages
LOOKED_FAR = 20_000  # messages or conversations, where no index knows what is asked for
MOST_IN_ONE = 200  # messages found in one conversation
RARE = 2_000  # messages with a word that are few enough to look at each
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
LETTER = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")  # each is a word in search_words()


@dataclass(frozen=True)
class Hit:
    """One conversation that a search found, and the message that matched when a message did."""

    conversation: Conversation
    where: str  # name, number, message, or "" when only conditions were asked for
    message: Message | None = None


@dataclass(frozen=True)
class Found:
    """What a search found, and what is to be said about it."""

    hits: list[Hit]
    sought: str = ""  # the words to mark
    problems: list[str] = field(default_factory=list)
    is_cut: bool = False  # only the newest were looked through


def find(member: Member, text: str) -> Found:
    """What answers all words, phrases and conditions of a search as inbox.asking reads it."""
    asked = asking.read(text)
    sought = read_conditions(asked.conditions, member)
    hits, is_cut = _find(member, asked, sought)
    return Found(hits, asked.sought, sought.problems, is_cut)


def find_conversations(member: Member, text: str) -> list[Hit]:
    """The hits alone, best kind first."""
    return find(member, text).hits


def _find(member: Member, asked: Asked, sought: Sought) -> tuple[list[Hit], bool]:
    seen = queries.visible_conversations(member).filter(*sought.of_conversations)
    words = _words(asked.words, asked.phrases)
    hits, is_cut = [], False
    if words and not sought.of_messages:
        hits += [Hit(each, "name") for each in _by_name(seen, words, _none_of(asked))]
        hits += [Hit(each, "number") for each in _by_number(seen, asked.sought)]
    if words or sought.of_messages or asked.without:
        said, is_cut = _said(member, words, _none_of(asked), sought)
        hits += said
    elif sought.of_conversations:
        found, is_cut = _newest_conversations(seen)
        hits += [Hit(each, "") for each in found]
    unique = {(hit.conversation.pk, hit.message and hit.message.pk): hit for hit in hits}
    return list(unique.values()), is_cut


def find_in(conversation: Conversation, text: str, member: Member) -> Found:
    """The newest messages of one conversation, which the member sees, that answer a search."""
    asked = asking.read(text)
    sought = read_conditions(asked.conditions, member)
    words, without = _words(asked.words, asked.phrases), _none_of(asked)
    if not words and not without and not sought.of_messages:
        return Found([], problems=sought.problems)
    said = Message.objects.filter(conversation=conversation, revoked_at=None).exclude(direction="event")
    said = said.exclude(state__in=queries.NOT_IN_THREAD).filter(*sought.of_messages)
    if words:
        said = said.filter(_matches("inbox_message", words, "IS TRUE"))
    if without:
        said = said.filter(_matches("inbox_message", without, "IS NOT TRUE"))
    found = list(said.order_by("-sent_at", "-id")[: MOST_IN_ONE + 1])
    hits = [Hit(conversation, "message", each) for each in found[:MOST_IN_ONE]]
    return Found(hits, asked.sought, sought.problems, is_cut=len(found) > MOST_IN_ONE)


def find_people(member: Member, text: str, recent: list[str], most: int = 8) -> list[Conversation]:
    """Conversations by the patient's name or number, those of `recent` (ids) first; without a text those alone."""
    seen, words = queries.visible_conversations(member), _words(text)
    if text:
        found = _by_name(seen, words)[:most] if words else []
        found += _by_number(seen, text)[:most]
    else:
        found = list(queries.in_rows(seen.filter(pk__in=recent)))
    place = {pk: at for at, pk in enumerate(recent)}
    known = {each.pk: each for each in found}.values()
    return sorted(known, key=lambda each: place.get(str(each.pk), len(recent)))[:most]


def _by_name(seen: QuerySet[Conversation], words: str, without: str = "") -> list[Conversation]:
    seen = seen.filter(_matches("contacts_contact", words))
    if without:
        seen = seen.filter(_matches("contacts_contact", without, "IS NOT TRUE"))
    named = queries.in_rows(seen).select_related("contact")
    return list(named.only(*queries.ROW, "contact__name")[:HITS])


def _by_number(seen: QuerySet[Conversation], text: str) -> list[Conversation]:
    digits = re.sub(r"\D", "", text)
    if len(digits) < 3 or re.search(r"[^\W\d_]", text):
        return []
    return list(queries.in_rows(seen.filter(identity__wa_id__contains=digits))[:HITS])


def _newest_conversations(seen: QuerySet[Conversation]) -> tuple[list[Conversation], bool]:
    """The newest that the conditions leave. Most conditions have no index: only so many are looked at."""
    times = Conversation.objects.order_by("-last_message_at", "-pk").values_list("last_message_at", flat=True)
    oldest = list(times[LOOKED_FAR : LOOKED_FAR + 1])
    near = seen.filter(last_message_at__gt=oldest[0]) if oldest else seen
    found = list(queries.in_rows(near)[:HITS])
    return found, bool(oldest) and len(found) < HITS


def _said(member: Member, words: str, without: str, sought: Sought) -> tuple[list[Hit], bool]:
    said = Message.objects.filter(revoked_at=None).exclude(direction="event")
    said = said.exclude(state__in=queries.NOT_IN_THREAD)
    seen = queries.visible_conversations(member).filter(*sought.of_conversations)
    # Who sees nearly all is spared the join: the few that are left out have an index.
    if member.sees_all and not sought.of_conversations:
        hidden = queries.hidden_conversations(member).filter(is_sensitive=True).values("pk")
        said = said.exclude(conversation__in=hidden)
    else:
        said = said.filter(conversation__in=seen)
    if without:
        said = said.filter(_matches("inbox_message", without, "IS NOT TRUE"))
    said, is_cut = _newest_said(said.order_by("-sent_at", "-id"), words, sought)
    found = {each.pk: each for each in queries.in_rows(seen.filter(pk__in={m.conversation_id for m in said}))}
    return [Hit(found[m.conversation_id], "message", m) for m in said if m.conversation_id in found], is_cut


def _newest_said(said: QuerySet[Message], words: str, sought: Sought) -> tuple[list[Message], bool]:
    """The newest HITS messages with these words.

    A frequent word's index would have all its messages fetched and sorted, and holds those of every clinic: the newest
    LOOKED_BACK of the clinic are looked at first, and are often enough. "IS TRUE" keeps that look off the index.
    """
    said = said.filter(*sought.of_messages)
    if not words:
        return _among_the_newest(said, sought, LOOKED_FAR)
    here = said.filter(_matches("inbox_message", words, "IS TRUE"))
    found, is_cut = _among_the_newest(here, sought, LOOKED_BACK)
    if not is_cut:
        return found, False
    if not sought.of_messages and not sought.of_conversations:
        return list(said.filter(_matches("inbox_message", words))[:HITS]), False
    # Few have the word: each of those. Many: only the newest messages, whatever else is asked of them.
    having = Message.objects.filter(_matches("inbox_message", words)).values_list("pk", flat=True)
    few = list(having[: RARE + 1])
    if len(few) <= RARE:
        return list(said.filter(pk__in=few)[:HITS]), False
    return _among_the_newest(here, sought, LOOKED_FAR)


def _among_the_newest(said: QuerySet[Message], sought: Sought, most: int) -> tuple[list[Message], bool]:
    """Those among the newest messages of the days asked for; and whether older ones were left out without need."""
    days = Q(*(rule for rule in sought.of_messages if _is_about_days(rule)))
    times = Message.objects.filter(days).order_by("-sent_at", "-id").values_list("sent_at", flat=True)
    oldest = list(times[most : most + 1])
    found = list(said.filter(sent_at__gt=oldest[0] if oldest else LONG_AGO)[:HITS])
    return found, bool(oldest) and len(found) < HITS


def _is_about_days(rule: Q) -> bool:
    return not rule.negated and all(
        not isinstance(each, Q) and each[0].startswith("sent_at") for each in rule.children
    )


def _none_of(asked: Asked) -> str:
    """What must not be said, as a query; "" when nothing is excluded."""
    queries_of = (_words("", (each,)) if " " in each else _words(each) for each in asked.without)
    return " | ".join(f"({each})" for each in queries_of if each)


def _words(text: str, phrases: tuple[str, ...] = ()) -> str:
    """The text as a query: every word must start one in the row, every Chinese letter, kana or Hangul be in it.

    Those letters are each a word of their own. Only letters and digits pass. Accents go as search_words() has it, once
    and not for each row that a statement looks at; they go first, because some letters leave a quotation mark.
    The words of a phrase are whole, and follow one another.
    """
    parts = [" & ".join(_lexeme(word) for word in _split(text)[:8])]
    parts += [" <-> ".join(f"'{word}'" for word in _split(phrase)[:16]) for phrase in phrases[:4]]
    return " & ".join(f"({part})" if " <-> " in part else part for part in parts if part)


def _lexeme(word: str) -> str:
    return f"'{word}'" if LETTER.match(word) else f"'{word}':*"


def _split(text: str) -> list[str]:
    if not re.search(r"\w", text):
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.unaccent('public.unaccent'::regdictionary, %s)", [text])
        plain = cursor.fetchone()[0]
    return re.findall(r"\w+", LETTER.sub(r" \1 ", plain))


def _matches(table: str, words: str, how: str = ""):
    # The generated columns are not declared in the models.
    said = f"""("{table}"."search" @@ to_tsquery('simple', %s)) {how}"""
    return RawSQL(said, [words], BooleanField())  # noqa: S611  table is ours, the words are a parameter
