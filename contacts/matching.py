"""Who wrote this: from what a provider tells of a sender to our identity and contact. In batches, no row twice."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from clinic_inbox.tenancy import current_clinic_id, uuid7
from integrations.events import IdentityChanged, Sender
from integrations.whatsapp.numbers import matching_key

from .models import Contact, Identity


@dataclass(slots=True)
class Known:
    """One identity of the batch: what is stored, and whether this batch changed it."""

    id: UUID
    contact_id: UUID
    user_id: str | None
    parent_user_id: str
    wa_id: str | None
    wa_key: str
    username: str
    profile_name: str
    is_new: bool = False
    is_changed: bool = False
    absorbed: set[UUID] = field(
        default_factory=set
    )  # identities of the same person that it took the number from
    former: set[UUID] = field(default_factory=set)  # and the contacts that those had

    def learn(self, **facts) -> None:
        """Take over what the provider told; empty values teach nothing."""
        for name, value in facts.items():
            if value and getattr(self, name) != value:
                setattr(self, name, value)
                self.is_changed = True


COLUMNS = ("id", "contact_id", "user_id", "parent_user_id", "wa_id", "wa_key", "username", "profile_name")
# Two arrays instead of a thousand parameters, and a seek in its own index for each.
FIND = """
SELECT id, contact_id, user_id, parent_user_id, wa_id, wa_key, username, profile_name FROM contacts_identity
WHERE clinic_id = %(clinic)s AND provider = %(provider)s AND portfolio = %(portfolio)s
    AND (user_id = ANY(%(user_ids)s) OR (wa_key = ANY(%(wa_keys)s) AND wa_key <> ''))
"""


def match_or_create(provider: str, portfolio: str, senders: set[Sender]) -> dict[Sender, Known]:
    """The identity of each sender. Order of trust: user id, then number (variants match), else a new contact.

    A known number that first comes with a user id is linked. A number that comes with another user id than before
    belongs to somebody else now: it leaves the old identity, whose history stays with the old person.
    """
    book = _AddressBook(provider, portfolio, senders)
    found = {sender: book.find(sender) for sender in senders}
    book.save()
    return found


class _AddressBook:
    """The identities a batch is about, by user id and by number."""

    def __init__(self, provider: str, portfolio: str, senders: set[Sender]):
        self.provider, self.portfolio = provider, portfolio
        user_ids = {sender.user_id for sender in senders if sender.user_id}
        wa_keys = {matching_key(sender.wa_id) for sender in senders if sender.wa_id}
        scope = {"clinic": current_clinic_id(), "provider": provider, "portfolio": portfolio}
        with connection.cursor() as cursor:
            cursor.execute(FIND, scope | {"user_ids": list(user_ids), "wa_keys": list(wa_keys)})
            self.known = [Known(*row) for row in cursor.fetchall()]
        self.by_user_id = {known.user_id: known for known in self.known if known.user_id}
        self.by_number = {known.wa_key: known for known in self.known if known.wa_key}

    def find(self, sender: Sender) -> Known:
        wa_key = matching_key(sender.wa_id) if sender.wa_id else ""
        known = self.by_user_id.get(sender.user_id) if sender.user_id else None
        holder = self.by_number.get(wa_key) if wa_key else None
        if holder and holder.wa_key != wa_key:
            holder = None  # it was theirs, until an earlier message of this batch
        if known is None and holder and (not holder.user_id or not sender.user_id):
            known = holder
        if known is None:
            known = self._create()
        if holder and holder is not known:
            self._take_number(holder, known)
        known.learn(
            user_id=sender.user_id,
            parent_user_id=sender.parent_user_id,
            wa_id=sender.wa_id,
            wa_key=wa_key,
            username=sender.username,
            profile_name=sender.name[:200],
        )
        if sender.user_id:
            self.by_user_id[sender.user_id] = known
        if wa_key:
            self.by_number[wa_key] = known
        return known

    def _create(self) -> Known:
        known = Known(uuid7(), uuid7(), None, "", None, "", "", "", is_new=True)
        self.known.append(known)
        return known

    def _take_number(self, holder: Known, known: Known) -> None:
        if not holder.user_id:  # the same person, met once by number and once by user id
            if known.is_new:
                known.contact_id = holder.contact_id
            known.former |= {holder.contact_id} - {known.contact_id}
            holder.contact_id = known.contact_id
            known.absorbed.add(holder.id)
        holder.wa_id, holder.wa_key, holder.is_changed = None, "", True

    def save(self) -> None:
        new = [known for known in self.known if known.is_new]
        met = {known.contact_id for known in self.known if not known.is_new}
        Contact.objects.bulk_create(
            Contact(id=known.contact_id, name=known.profile_name)
            for known in new
            if known.contact_id not in met
        )
        changed = [known for known in self.known if known.is_changed and not known.is_new]
        # Numbers are freed before they are taken: the unique constraint holds at each step.
        changed.sort(key=lambda known: known.wa_id is not None)
        for known in changed:
            self._update(known)
        Identity.objects.bulk_create(self._row(known) for known in new)

    def _row(self, known: Known) -> Identity:
        values = {name: getattr(known, name) for name in COLUMNS}
        return Identity(provider=self.provider, portfolio=self.portfolio, **values)

    def _update(self, known: Known) -> None:
        values = {name: getattr(known, name) for name in COLUMNS if name != "id"}
        Identity.objects.filter(pk=known.id).update(**values)
        if known.profile_name:
            Contact.objects.filter(pk=known.contact_id, is_name_edited=False).update(name=known.profile_name)


def move_identity(
    provider: str, portfolio: str, change: IdentityChanged
) -> tuple[Identity, UUID] | tuple[None, None]:
    """The person has a new number or user id: their identity, and with it the thread, moves along.

    Returns the identity, or None when the old address was never ours. When the new address already wrote to us,
    both identities end with the same contact; also returned is the contact that the newer one had until then.
    """
    mine = Identity.objects.filter(provider=provider, portfolio=portfolio)
    identity = _holder(mine, change.old_user_id, change.old_wa_id)
    if identity is None:
        return None, None
    newcomer = _holder(mine.exclude(pk=identity.pk), change.new_user_id, change.new_wa_id)
    if newcomer is not None:
        former, newcomer.contact_id = newcomer.contact_id, identity.contact_id
        newcomer.save(update_fields=["contact"])
        return identity, former
    if change.new_wa_id:
        identity.wa_id, identity.wa_key = change.new_wa_id, matching_key(change.new_wa_id)
    if change.new_user_id:
        identity.user_id = change.new_user_id
        identity.parent_user_id = change.new_parent_user_id or identity.parent_user_id
    identity.save()
    return identity, identity.contact_id


def _holder(identities, user_id: str, wa_id: str) -> Identity | None:
    if user_id and (found := identities.filter(user_id=user_id).first()):
        return found
    return identities.filter(wa_key=matching_key(wa_id)).first() if wa_id else None
