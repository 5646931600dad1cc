"""Find and lock, or create, the conversations of messages to many recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import connection

from messaging.db.model_rows import Columns, any_of, insert_rows
from messaging.db.prepared import Statement, fetch
from messaging.models import Contact, Conversation, DidNumber, OptOut
from messaging.services.contacts.erased_numbers import hold_opt_outs
from messaging.services.history.summary import empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

#: All that writing a message asks of each; of a conversation everything, for it is written again.
_CONVERSATION: Final = Columns(Conversation, "v")
_CONTACT: Final = Columns(Contact, "c", "id", "phone", "phone_key", "blocked_at")
NUMBER: Final = Columns(
    DidNumber, "d", "id", "number", "label", "is_active", "stopped_until", "signature"
)
_LOCK: Final = (
    f"SELECT {_CONVERSATION.sql}, {_CONTACT.sql}, {NUMBER.sql}"  # noqa: S608  (our own names)
    " FROM messaging_conversation v JOIN messaging_contact c ON c.id = v.contact_id"
    " JOIN messaging_didnumber d ON d.id = v.did_number_id"
    " WHERE v.did_number_id = %s AND c.phone_key {phones} ORDER BY v.id{lock}"
)
_FIND_CONTACTS: Final = f"SELECT {_CONTACT.sql} FROM messaging_contact c WHERE c.phone_key "  # noqa: S608


class Target(NamedTuple):
    """A recipient of one of our numbers: the digits that are dialed."""

    number: DidNumber
    digits: str


def locked_targets(targets: Iterable[Target]) -> dict[Target, Conversation]:
    """Return the conversation of each target, locked; one that does not exist is not yet written.

    Must run in a transaction. Locks are taken in the order of the ids.
    """
    wanted = list(dict.fromkeys(targets))
    found = _existing(wanted)
    missing = [target for target in wanted if target not in found]
    if missing:
        contacts = _contacts([target.digits for target in missing])
        for target in missing:
            contact = contacts.setdefault(
                target.digits, Contact(phone=target.digits, phone_key=target.digits)
            )
            found[target] = Conversation(did_number=target.number, contact=contact)
    return found


class Made(NamedTuple):
    """What was written for messages to new recipients."""

    conversations: list[Conversation]
    contacts: list[Contact]


def make_missing(conversations: Iterable[Conversation], *, at: datetime) -> Made:
    """Write the conversations that do not exist yet, and their contacts; they are locked then.

    Where somebody else has just made one, the object becomes that one.

    Args:
        conversations: as `locked_targets` returned them; those with an id are left alone.
        at: now, aware UTC.

    Returns:
        What was not there before.
    """
    missing = sorted(
        {id(row): row for row in conversations if row.pk is None}.values(),
        key=lambda row: (row.contact.phone_key, row.did_number_id),
    )  # everybody in one order: those who wait for each other's would wait for ever
    if not missing:
        return Made([], [])
    contacts = _make_contacts([row.contact for row in missing])
    for row in missing:
        contact = row.contact
        row.contact = contact  # whose id is known now
        for name, value in empty(at=at).items():
            setattr(row, name, value)
    made = insert_rows(missing, or_nothing=("did_number_id", "contact_id"))
    beaten = {
        Target(row.did_number, row.contact.phone_key): row for row in missing if row.pk is None
    }
    for target, found in _existing(list(beaten)).items():
        _become(beaten[target], found)
    return Made(made, contacts)


def see_made_meanwhile(conversations: Iterable[Conversation]) -> None:
    """Turn conversations that do not exist yet into those that somebody else has made by now."""
    missing = {
        Target(row.did_number, row.contact.phone_key): row
        for row in conversations
        if row.pk is None
    }
    for target, found in _existing(list(missing), locks=False).items():
        _become(missing[target], found)


def take_back(made: Made, *, used: Sequence[Conversation]) -> None:
    """Delete what was made for messages that were not written after all.

    Args:
        made: in this transaction, so nobody else has seen it.
        used: conversations that did get a message.
    """
    kept = {row.pk for row in used}
    threads = [row for row in made.conversations if row.pk not in kept]
    Conversation.objects.filter(pk__in=[row.pk for row in threads]).delete()
    kept_contacts = {row.contact_id for row in used}
    contacts = [row.pk for row in made.contacts if row.pk not in kept_contacts]
    OptOut.objects.filter(contact__in=contacts).delete()  # held from before they were erased
    Contact.objects.filter(pk__in=contacts).delete()


def _make_contacts(contacts: Iterable[Contact]) -> list[Contact]:
    new = list({id(row): row for row in contacts if row.pk is None}.values())
    made = insert_rows(new, or_nothing=("phone_key",))
    hold_opt_outs(made)
    beaten = [row for row in new if row.pk is None]
    found = _contacts([row.phone_key for row in beaten])
    for row in beaten:
        _become(row, found[row.phone_key])
    return made


def _become(row: Contact | Conversation, found: Contact | Conversation) -> None:
    """Turn an object into the one that was found in its place."""
    row.__dict__.update(found.__dict__)


def _existing(targets: Sequence[Target], *, locks: bool = True) -> dict[Target, Conversation]:
    lock = " FOR UPDATE OF v" if locks and connection.vendor == "postgresql" else ""
    found: dict[Target, Conversation] = {}
    for number in dict.fromkeys(target.number for target in targets):
        phones, values = any_of(t.digits for t in targets if t.number == number)
        statement = Statement(_LOCK.format(phones=phones, lock=lock), (number.pk, *values))
        for line in fetch(statement):
            conversation = _CONVERSATION.read(line[: _CONVERSATION.count])
            rest = line[_CONVERSATION.count :]
            conversation.contact = _CONTACT.read(rest[: _CONTACT.count])
            conversation.did_number = NUMBER.read(rest[_CONTACT.count :])
            found[Target(number, conversation.contact.phone_key)] = conversation
    return found


def _contacts(phones: Sequence[str]) -> dict[str, Contact]:
    if not phones:
        return {}
    text, values = any_of(phones)
    rows = map(_CONTACT.read, fetch(Statement(_FIND_CONTACTS + text, values)))
    return {row.phone_key: row for row in rows}
