"""Erase one person: their texts, name and numbers, wherever they are kept.

The rows stay, so that figures, costs and the order of things stay right; what told of the person is
gone from them. Of the number a keyed digest is left, by which their opt-outs hold
(`services/contacts/erased_numbers.py`).
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils.translation import gettext as _

from messaging.db.search_index import forget_deleted_words
from messaging.models import (
    Change,
    Contact,
    Conversation,
    ConversationEvent,
    Draft,
    ErasedNumber,
    LegalHold,
    Memo,
    Message,
    Note,
    Push,
    Reaction,
    StatusChange,
)
from messaging.reasons import Reason, ReasonCode
from messaging.services.audit.erasure import ERASED, chain_all, count_in_audit, erase_in_audit
from messaging.services.audit.record import Subject, record
from messaging.services.contacts.erased_numbers import remember
from messaging.services.contacts.legal_holds import check_not_on_hold
from messaging.services.contacts.merged_people import contact_ids_of_person, leave_person
from messaging.services.content.digests import digest_of, hidden_identity
from messaging.services.errors import WrongState
from messaging.services.exports.retention import erase_exports, exports_holding
from messaging.services.feed.changes import announce_many
from messaging.services.history.message_status import change_status
from messaging.services.history.summary import rebuild, settled
from messaging.services.imports.retention import erase_import_rows, unconfirmed_telling_of
from messaging.services.pushes.erased_spool_files import remove_files_with
from messaging.services.pushes.hidden_pushes import ERASED_FLAG
from messaging.statuses import WAITING, Status

from .personal_data import Person

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

#: Rows written with one statement.
BATCH: Final = 500
#: A transaction that began before an erasure has ended by then.
MAY_STILL_COME: Final = timedelta(hours=1)
#: What an event may say of a person.
TELLING_EVENTS: Final = (
    ConversationEvent.Kind.RENAMED,
    ConversationEvent.Kind.OPTED_IN,
    ConversationEvent.Kind.NUMBER_CHANGED,
)


def count_personal_data(contact: Contact) -> dict[str, int]:
    """Return how many rows of each kind hold something of a person, before they are erased."""
    person = Person(contact)
    texts = {"conversation__contact": contact}
    return {
        "conversations": person.conversations.count(),
        "messages": person.messages.count(),
        "canceled": person.messages.filter(status__in=WAITING).count(),
        "notes": person.notes.count(),
        "contact_notes": Memo.objects.filter(**texts).count(),
        "drafts": Draft.objects.filter(**texts).count(),
        "events": ConversationEvent.objects.filter(**texts, kind__in=TELLING_EVENTS).count(),
        "opt_outs": person.opt_outs.count(),
        "pushes": person.pushes.count() + len(person.unread_pushes),
        "audit_entries": count_in_audit(objects=person.object_ids, tells_of=person.is_in),
    }


def erase_contact(*, contact: Contact, by: User, at: datetime) -> dict[str, int]:
    """Erase a person for good.

    What waits to be sent is canceled first and stays canceled, whatever comes then.

    Args:
        contact: who.
        by: the administrator who does it.
        at: now, aware UTC.

    Returns:
        How many rows of each kind were erased.

    Raises:
        WrongState: they were erased before; or a message to them is being sent at this moment:
            its outcome is not known yet.
    """
    if contact.erased_at is not None:
        raise WrongState(_("This contact was already erased."), code="already_erased")
    check_not_on_hold(contact_id=contact.pk)
    with transaction.atomic():
        canceled = _cancel_what_waits(contact, by=by, at=at)
    chain_all()
    exports = exports_holding(contact)
    uploads = unconfirmed_telling_of(tells_of=Person(contact).is_in)
    with transaction.atomic():
        # No conversation can begin for it meanwhile: its row is locked.
        locked = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
        if locked.erased_at is not None:
            raise WrongState(_("This contact was already erased."), code="already_erased")
        check_not_on_hold(contact_id=locked.pk)
        person = Person(locked)
        list(person.conversations.select_for_update(of=("self",)).values_list("pk", flat=True))
        canceled += _cancel_what_waits(locked, by=by, at=at)
        _check_nothing_is_being_sent(person)
        counts = _erase(person, by=by, at=at) | {"canceled": canceled}
        number = locked.phone_key
        counts["import_rows"] = erase_import_rows(
            phone_key=number, contact_id=locked.pk, tells_of=person.is_in, jobs=uploads
        )
        counts["exports"] = erase_exports(exports)
        _forget(locked, by=by, at=at)
        record("contact_erased", actor=by, about=Subject("contact", locked.pk), changes=counts)
        announce_many(
            kind=Change.Kind.CONVERSATION,
            threads=list(person.conversations.values_list("pk", "did_number_id")),
        )
    forget_deleted_words(connection)
    counts["spool_files"] = remove_files_with(phone_key=number)
    return counts


def erase_person(*, contact: Contact, by: User, at: datetime) -> dict[str, int]:
    """Erase a person with all their numbers, one after the other, as `erase_contact` does.

    Returns:
        How many rows of each kind were erased for all numbers together.

    Raises:
        WrongState: as `erase_contact`; a message to any of the numbers is being sent, and none was
            erased; what waited is canceled.
    """
    ids = contact_ids_of_person(contact.pk)
    for pk in ids:
        check_not_on_hold(contact_id=pk)
    contacts = list(Contact.objects.filter(pk__in=ids).order_by("pk"))
    total: Counter[str] = Counter(canceled=0)
    if len(contacts) > 1:
        with transaction.atomic():
            total["canceled"] += sum(_cancel_what_waits(row, by=by, at=at) for row in contacts)
        for row in contacts:
            _check_nothing_is_being_sent(Person(row))
    for row in contacts:
        total.update(erase_contact(contact=row, by=by, at=at))
    return dict(total)


def finish_erasures(*, at: datetime) -> int:
    """Erase what came at the very moment in which its contact was erased; return how many.

    A message that was on its way into the database then belongs to the emptied row.
    """
    recent = ErasedNumber.objects.filter(erased_at__gte=at - MAY_STILL_COME)
    late = Message.objects.filter(
        conversation__contact__in=recent.values("contact"), redacted_at__isnull=True
    )
    rows = recent.filter(contact__in=late.values("conversation__contact")).select_related(
        "contact", "erased_by"
    )
    for row in rows:
        with transaction.atomic():
            threads = Conversation.objects.filter(contact=row.contact).order_by("pk")
            list(threads.select_for_update(of=("self",)).values_list("pk", flat=True))
            _cancel_all(row.contact, by=row.erased_by, at=at)
            _erase(Person(row.contact), by=row.erased_by, at=at)
    return len(rows)


def _cancel_what_waits(contact: Contact, *, by: User, at: datetime) -> int:
    """Cancel what waits to be sent to a contact; conversations are locked before their messages."""
    threads = Conversation.objects.filter(contact=contact).order_by("pk")
    list(threads.select_for_update(of=("self",)).values_list("pk", flat=True))
    return _cancel_all(contact, by=by, at=at)


def _cancel_all(contact: Contact, *, by: User | None, at: datetime) -> int:
    waiting = Message.objects.filter(conversation__contact=contact, status__in=WAITING)
    reason = Reason(ReasonCode.CANCELED, {"by": by.get_username() if by else ""})
    return sum(
        change_status(message=message, to=Status.CANCELED, at=at, reason=reason, error=reason)
        for message in waiting.order_by("pk")
    )


def _check_nothing_is_being_sent(person: Person) -> None:
    """Refuse while an outcome is not known: it would be lost, and its answer may quote the text."""
    if person.messages.filter(status__in=[*WAITING, Status.SENDING]).exists():
        raise WrongState(
            _(
                "A message to this contact is being sent right now. What was waiting has been"
                " canceled. Try again in a minute."
            ),
            code="being_sent",
        )


def _erase(person: Person, *, by: User | None, at: datetime) -> dict[str, int]:
    """Take out what is not in the contact's own row; return from how many rows of each kind."""
    texts = {"conversation__contact": person.contact}
    counts = {
        "conversations": person.conversations.count(),
        "messages": _erase_messages(person, by=by, at=at),
        "notes": _erase_notes(person, at=at),
        "contact_notes": Memo.objects.filter(**texts).delete()[0],
        "drafts": Draft.objects.filter(**texts).delete()[0],
        "events": _erase_events(person),
        "opt_outs": _erase_opt_outs(person),
        "pushes": _erase_pushes(person),
    }
    counts["audit_entries"] = erase_in_audit(
        objects=person.object_ids, tells_of=person.is_in, at=at
    )
    _erase_admin_log(person)
    for conversation in person.conversations:
        conversation.labels.clear()
        Conversation.objects.filter(pk=conversation.pk).update(
            status=Conversation.Status.CLOSED, snoozed_until=None, assignee=None, added_at=None,
            **settled(),
        )  # fmt: skip
        rebuild(conversation.pk)
    return counts


def _erase_messages(person: Person, *, by: User | None, at: datetime) -> int:
    columns = [
        "content", "signature", "search_text", "is_damaged", "suggests_opt_out", "redacted_at",
        "redacted_by", "text_digest", "dedup_key", "client_id", "error_facts",
    ]  # fmt: skip
    count, after = 0, 0
    while rows := list(person.messages.filter(pk__gt=after)[:BATCH]):
        for message in rows:
            _erase_message(message, person=person, by=by, at=at)
        Message.objects.bulk_update(rows, columns)
        _erase_history(rows, person=person)
        count, after = count + len(rows), rows[-1].pk
    Reaction.objects.filter(message__in=person.messages).update(sign=ERASED)
    return count


def _erase_message(message: Message, *, person: Person, by: User | None, at: datetime) -> None:
    if message.redacted_at is None:
        message.text_digest = digest_of(message.content)
        message.redacted_at, message.redacted_by = at, by
    if message.dedup_key and message.dedup_key.startswith("sha256:"):
        message.dedup_key = hidden_identity(message.dedup_key)
    if message.client_id and person.is_in(message.client_id):
        message.client_id = None
    message.content, message.suggests_opt_out = ERASED, False
    message.signature = message.search_text = message.is_damaged = None
    message.error_facts = _without(message.error_facts, person=person)


def _erase_history(messages: list[Message], *, person: Person) -> None:
    """Drop what NXCloud answered, which may quote text and number, and facts that tell of them."""
    for change in StatusChange.objects.filter(message__in=messages).exclude(
        facts__isnull=True, trace__isnull=True
    ):
        trace = dict(change.trace or {})
        trace.pop("answer", None)
        facts = _without(change.facts, person=person)
        if (facts, trace) != (change.facts, change.trace or {}):
            StatusChange.objects.filter(pk=change.pk).update(facts=facts, trace=trace or None)


def _without(value: Any, *, person: Person) -> Any:
    """Return facts without the texts that tell of a person."""
    if isinstance(value, dict):
        return {name: _without(each, person=person) for name, each in value.items()}
    if isinstance(value, list):
        return [_without(each, person=person) for each in value]
    return ERASED if isinstance(value, str) and person.is_in(value) else value


def _erase_notes(person: Person, *, at: datetime) -> int:
    count = 0
    for note in person.notes:
        client_id = note.client_id
        if client_id and person.is_in(client_id):
            client_id = None
        count += Note.objects.filter(pk=note.pk).update(
            content="", search_text=None, client_id=client_id, deleted_at=note.deleted_at or at
        )
    return count


def _erase_events(person: Person) -> int:
    events = ConversationEvent.objects.filter(conversation__contact=person.contact)
    count = events.filter(kind__in=TELLING_EVENTS).update(facts=None)
    for event in events.filter(facts__isnull=False):
        facts = _without(event.facts, person=person)
        if facts != event.facts:
            count += ConversationEvent.objects.filter(pk=event.pk).update(facts=facts)
    return count


def _erase_opt_outs(person: Person) -> int:
    """Take out why opt-outs ended; that and when they did is the proof, and stays."""
    ended = person.opt_outs.filter(ended_at__isnull=False)
    ended.exclude(end_reason="").update(end_reason=ERASED)
    return person.opt_outs.count()


def _erase_pushes(person: Person) -> int:
    """Empty the raw bodies; what waits or could not be used goes altogether."""
    count = 0
    useless = [push.pk for push in person.unread_pushes]
    for push in person.pushes.defer("raw_body"):
        if push.is_replayable:
            useless.append(push.pk)
            continue
        count += Push.objects.filter(pk=push.pk).update(
            raw_body=b"", phone_key="", flags=sorted({*push.flags, ERASED_FLAG})
        )
    return count + Push.objects.filter(pk__in=useless).delete()[0]


def _erase_admin_log(person: Person) -> None:
    for kind, ids in person.object_ids.items():
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_by_natural_key("messaging", kind),
            object_id__in=[str(pk) for pk in ids],
        ).update(object_repr=ERASED, change_message="")


def _forget(contact: Contact, *, by: User, at: datetime) -> None:
    """Empty the contact's own row; no normalized number has capital letters."""
    LegalHold.objects.filter(contact=contact).update(reason=ERASED)
    remember(phone_key=contact.phone_key, contact=contact, by=by, at=at)
    leave_person(contact)
    contact.phone, contact.phone_key = "erased", f"ERASED:{contact.pk}"
    contact.name = contact.email = contact.language = ""
    contact.fields, contact.erased_at = {}, at
    contact.save()
