"""Finding conversations by name, number and what was said, within what one member may see."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from clinics.models import Member

from . import queries
from .models import Conversation, Message

HITS = 30
LOOKED_BACK = 1_000  # messages
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
LETTER = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")  # each is a word in search_words()


@dataclass(frozen=True)
class Hit:
    """One conversation that a search found, and the message that matched when a message did."""

    conversation: Conversation
    where: str  # name, number or message
    message: Message | None = None


def find_conversations(member: Member, text: str) -> list[Hit]:
    """Conversations whose name, number or messages match all the words typed so far, best kind first."""
    words, seen = _words(text), queries.visible_conversations(member)
    hits = [Hit(each, "name") for each in _by_name(seen, text)]
    hits += [Hit(each, "number") for each in _by_number(seen, text)]
    if words:
        hits += _said(member, words)
    return list({(hit.conversation.pk, hit.message and hit.message.pk): hit for hit in hits}.values())


def find_people(member: Member, text: str, recent: list[str], most: int = 8) -> list[Conversation]:
    """Conversations by the patient's name or number, those of `recent` (ids) first; without a text those alone."""
    seen = queries.visible_conversations(member)
    if text:
        found = _by_name(seen, text)[:most] + _by_number(seen, text)[:most]
    else:
        found = list(queries.in_rows(seen.filter(pk__in=recent)))
    place = {pk: at for at, pk in enumerate(recent)}
    known = {each.pk: each for each in found}.values()
    return sorted(known, key=lambda each: place.get(str(each.pk), len(recent)))[:most]


def _by_name(seen: QuerySet[Conversation], text: str) -> list[Conversation]:
    words = _words(text)
    if not words:
        return []
    named = queries.in_rows(seen.filter(_matches("contacts_contact", words))).select_related("contact")
    return list(named.only(*queries.ROW, "contact__name")[:HITS])


def _by_number(seen: QuerySet[Conversation], text: str) -> list[Conversation]:
    digits = re.sub(r"\D", "", text)
    if len(digits) < 3 or re.search(r"[^\W\d_]", text):
        return []
    return list(queries.in_rows(seen.filter(identity__wa_id__contains=digits))[:HITS])


def _said(member: Member, words: str) -> list[Hit]:
    said = Message.objects.filter(revoked_at=None).exclude(direction="event")
    said = said.exclude(state__in=queries.NOT_IN_THREAD)
    seen = queries.visible_conversations(member)
    # Who sees nearly all is spared the join: the few that are left out have an index.
    hidden = queries.hidden_conversations(member).filter(is_sensitive=True).values("pk")
    said = said.exclude(conversation__in=hidden) if member.sees_all else said.filter(conversation__in=seen)
    said = _newest_said(said.order_by("-sent_at", "-id"), words)
    found = {each.pk: each for each in queries.in_rows(seen.filter(pk__in={m.conversation_id for m in said}))}
    return [Hit(found[m.conversation_id], "message", m) for m in said if m.conversation_id in found]


def _newest_said(said: QuerySet[Message], words: str) -> list[Message]:
    """The newest HITS messages with these words.

    A frequent word's index would have all its messages fetched and sorted, and holds those of every clinic: the newest
    LOOKED_BACK of the clinic are looked at first, and are often enough. "IS TRUE" keeps that look off the index.
    """
    times = Message.objects.order_by("-sent_at", "-id").values_list("sent_at", flat=True)
    oldest = list(times[LOOKED_BACK : LOOKED_BACK + 1])
    newest = said.filter(
        _matches("inbox_message", words, "IS TRUE"), sent_at__gt=oldest[0] if oldest else LONG_AGO
    )
    found = list(newest[:HITS])
    if len(found) == HITS or not oldest:
        return found
    return list(said.filter(_matches("inbox_message", words))[:HITS])


def _words(text: str) -> str:
    """The text as a query: every word must start one in the row, every Chinese letter, kana or Hangul be in it.

    Those letters are each a word of their own. Only letters and digits pass. Accents go as search_words() has it, once
    and not for each row that a statement looks at; they go first, because some letters leave a quotation mark.
    """
    if not re.search(r"\w", text):
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.unaccent('public.unaccent'::regdictionary, %s)", [text])
        plain = cursor.fetchone()[0]
    words = re.findall(r"\w+", LETTER.sub(r" \1 ", plain))[:8]
    return " & ".join(f"'{word}'" if LETTER.match(word) else f"'{word}':*" for word in words)


def _matches(table: str, words: str, how: str = ""):
    # The generated columns are not declared in the models.
    said = f"""("{table}"."search" @@ to_tsquery('simple', %s)) {how}"""
    return RawSQL(said, [words], BooleanField())  # noqa: S611  table is ours, the words are a parameter
