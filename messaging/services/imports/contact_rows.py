"""Contacts from a file: who is not known yet is added to a number, the others are changed.

What people of other numbers wrote down about a contact stays theirs: to somebody who does not know
it a row looks new, as when they add one contact by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from messaging.models import (
    Contact,
    Conversation,
    DidNumber,
    Draft,
    ImportRow,
    Memo,
    PersonNumber,
)
from messaging.models.contact import LONGEST_FIELD, MOST_FIELDS
from messaging.policy import Action
from messaging.services.contacts.contacts import keep_from_others
from messaging.services.contacts.erased_numbers import contact_of
from messaging.services.contacts.legal_holds import hold_over
from messaging.services.contacts.merged_people import locked_person
from messaging.services.content.field_values import FieldReader, read_value
from messaging.services.errors import InvalidInput
from messaging.services.history.conversation_events import Renamed, row_of
from messaging.services.history.summary import empty

from .columns import EMAIL, FAMILY, FIELD, GIVEN, LANGUAGE, NAME
from .findings import Finding, Refused, cell_of, number_of, unguarded
from .vcards import joined_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from messaging.models import ImportJob

#: Characters of what a contact has, by the column's meaning.
LONGEST: Final = {NAME: 120, EMAIL: 254, LANGUAGE: 40}
_PLAIN: Final = (NAME, EMAIL, LANGUAGE)
Outcome = ImportRow.Outcome


class ContactRows:
    """Imports contacts.

    Args:
        job: the import; its number is the one whose members come to know new contacts.
    """

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._by = job.owner
        self._known_fields = FieldReader()

    @property
    def _did_number(self) -> DidNumber:
        number = self._job.did_number
        if number is None:
            raise ValueError("contacts are imported to a number")
        return number

    def judge(self, rows: Sequence[ImportRow]) -> list[Finding]:
        """Return what would be done with each row now."""
        read: list[tuple[str, dict[str, Any]] | Finding] = [self._read(row) for row in rows]
        keys = [each[0] for each in read if isinstance(each, tuple)]
        present = Contact.objects.filter(phone_key__in=keys)
        known = Contact.objects.known_to(self._by).filter(pk__in=present.values("pk"))
        contacts = {contact.phone_key: contact for contact in known}
        editable = self._editable([contact.pk for contact in contacts.values()])
        return [
            each
            if isinstance(each, Finding)
            else self._compare(*each, contact=contacts.get(each[0]), editable=editable)
            for each in read
        ]

    def _read(self, row: ImportRow) -> tuple[str, dict[str, Any]] | Finding:
        key = ""
        try:
            key = number_of(row, job=self._job)
            return key, self._values(row)
        except Refused as refused:
            return refused.as_finding(key=key)

    def _values(self, row: ImportRow) -> dict[str, Any]:
        """Return what a row says of a contact, by the names in its table; empty cells say nothing.

        Raises:
            Refused: something in it cannot be kept.
        """
        columns = self._job.columns
        found = {each: cell_of(row, each, columns=columns) for each in _PLAIN}
        given, family = (cell_of(row, each, columns=columns) for each in (GIVEN, FAMILY))
        found[NAME] = found[NAME] or joined_name(given=given, family=family)
        for meaning, most in LONGEST.items():
            found[meaning] = " ".join(found[meaning].split())
            if len(found[meaning]) > most:
                raise Refused("too_long", {"column": self._called(meaning), "most": most})
        if found[EMAIL]:
            try:
                validate_email(found[EMAIL])
            except ValidationError as error:
                raise Refused("bad_email") from error
        fields = self._fields(row)
        values: dict[str, Any] = {name: text for name, text in found.items() if text}
        return values | ({"fields": fields} if fields else {})

    def _fields(self, row: ImportRow) -> dict[str, str]:
        fields: dict[str, str] = {}
        for index, meaning in enumerate(self._job.columns):
            text = unguarded(str(row.cells[index])) if index < len(row.cells) else ""
            if meaning != FIELD or not text:
                continue
            name = self._job.header[index] or str(index + 1)
            if len(text) > LONGEST_FIELD:
                raise Refused("too_long", {"column": name, "most": LONGEST_FIELD})
            field = self._known_fields.field_called(name)
            try:
                value = read_value(text, field=field, name=name)
            except InvalidInput as error:
                raise Refused("bad_field", {"column": name}) from error
            fields[name if field is None else field.key] = value
        if len(fields) > MOST_FIELDS:
            raise Refused("too_many_fields", {"most": MOST_FIELDS})
        return fields

    def _called(self, meaning: str) -> str:
        columns: list[str] = self._job.columns
        at = columns.index(meaning) if meaning in columns else -1
        return self._job.header[at] if at >= 0 else ""

    def _editable(self, contact_ids: list[int]) -> set[int]:
        """Return which of these contacts the owner may change."""
        threads = Conversation.objects.visible_to(self._by).filter(contact_id__in=contact_ids)
        numbers = DidNumber.objects.allowing(self._by, Action.EDIT_CONTACTS).order_by()
        allowed = threads.filter(did_number__in=numbers).order_by()
        return set(allowed.values_list("contact_id", flat=True))

    def _compare(
        self, key: str, values: dict[str, Any], *, contact: Contact | None, editable: set[int]
    ) -> Finding:
        if contact is None:
            return Finding(Outcome.CREATE, key, values=values)
        changes = self._changes(contact, values)
        if not changes:
            return Finding(Outcome.SAME, key)
        if contact.pk not in editable:
            return Refused("not_allowed").as_finding(key=key)
        if len(changes.get("fields", {})) > MOST_FIELDS:
            return Refused("too_many_fields", {"most": MOST_FIELDS}).as_finding(key=key)
        return Finding(Outcome.CHANGE, key, values=changes)

    def _changes(self, contact: Contact, values: dict[str, Any]) -> dict[str, Any]:
        """Return what of a contact's own columns becomes different, whole."""
        changes = {
            name: values[name]
            for name in _PLAIN
            if name in values and self._may_replace(getattr(contact, name), values[name])
        }
        fields = {
            name: text
            for name, text in values.get("fields", {}).items()
            if self._may_replace(contact.fields.get(name, ""), text)
        }
        return changes | ({"fields": contact.fields | fields} if fields else {})

    def _may_replace(self, old: str, new: str) -> bool:
        return old != new and not (old and self._job.fills_only)

    def write(self, row: ImportRow, finding: Finding, *, at: datetime) -> None:
        """Add or change the contact."""
        if finding.outcome == Outcome.CREATE:
            self._add(row, finding, at=at)
        elif finding.outcome == Outcome.CHANGE:
            contact = Contact.objects.get(phone_key=finding.key)
            row.contact = contact
            row.before = {name: getattr(contact, name) for name in finding.values}
            self._set(contact, finding.values, at=at)
            row.after = finding.values

    def _add(self, row: ImportRow, finding: Finding, *, at: datetime) -> None:
        contact, is_new = contact_of(phone_key=finding.key, phone=finding.key)
        closed = empty(at=at) | {"status": Conversation.Status.CLOSED}
        if is_new:
            Contact.objects.filter(pk=contact.pk).update(**finding.values)
            thread = Conversation.objects.create(
                did_number=self._did_number, contact=contact, added_at=at, **closed
            )
            row.contact, row.conversation, row.after = contact, thread, finding.values
            row.before = {"new_contact": True, "new_conversation": True}
            return
        contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
        thread, is_new_thread = Conversation.objects.get_or_create(
            did_number=self._did_number, contact=contact, defaults=closed
        )
        row.contact, row.conversation = contact, thread
        row.before = {"new_contact": False, "new_conversation": is_new_thread}
        row.after = {}
        if not (contact.name or contact.email or contact.language or contact.fields):
            for name, value in finding.values.items():
                setattr(contact, name, value)
            contact.save()
            Conversation.objects.filter(pk=thread.pk).update(added_at=at)
            row.after = finding.values

    def _set(self, contact: Contact, values: dict[str, Any], *, at: datetime) -> None:
        """Change all numbers of a person; a new name is a line in conversations, without hints."""
        for each in locked_person(contact.pk):
            is_renamed = each.name != values.get(NAME, each.name)
            for name, value in values.items():
                setattr(each, name, value)
            each.save(update_fields=list(values))
            keep_from_others(each, by=self._by)
            if is_renamed:
                self._note_name(each, at=at)

    def _note_name(self, contact: Contact, *, at: datetime) -> None:
        event = Renamed(name=contact.display_name)
        for thread in Conversation.objects.filter(contact=contact).exchanged().order_by("pk"):
            row_of(event, conversation=thread, actor=self._by, at=at).save(force_insert=True)

    def take_back(self, row: ImportRow, *, at: datetime) -> ImportRow.State:
        """Restore a contact that nobody changed since; take away one that nobody used."""
        contact = (
            Contact.objects.select_for_update(of=("self",))
            .filter(pk=row.contact_id or 0, erased_at__isnull=True)
            .first()
        )
        if contact is None:
            row.reason = "left_gone"
            return ImportRow.State.LEFT
        if hold_over(contact_id=contact.pk, did_number_id=self._job.did_number_id):
            row.reason = "left_on_hold"
            return ImportRow.State.LEFT
        if row.outcome == Outcome.CHANGE:
            return self._restore(contact, row, at=at)
        return self._remove(contact, row)

    def _restore(self, contact: Contact, row: ImportRow, *, at: datetime) -> ImportRow.State:
        ours = {
            name: row.before[name]
            for name, value in row.after.items()
            if getattr(contact, name) == value
        }
        if contact.pk not in self._editable([contact.pk]):
            row.reason = "not_allowed"
            return ImportRow.State.LEFT
        if ours:
            self._set(contact, ours, at=at)
        if len(ours) == len(row.after):
            return ImportRow.State.UNDONE
        row.reason = "left_edited"
        return ImportRow.State.LEFT

    def _remove(self, contact: Contact, row: ImportRow) -> ImportRow.State:
        ours = {name: getattr(contact, name) for name in (*_PLAIN, "fields")}
        written = dict.fromkeys(_PLAIN, "") | {"fields": {}} | row.after
        if (row.before.get("new_contact") or row.after) and ours != written:
            row.reason = "left_edited"
            return ImportRow.State.LEFT
        is_merged = PersonNumber.objects.filter(contact=contact).exists()
        if is_merged and (row.before.get("new_contact") or row.after):
            row.reason = "left_in_use"
            return ImportRow.State.LEFT
        thread = Conversation.objects.filter(pk=row.conversation_id or 0).first()
        if thread is not None and row.before.get("new_conversation") and is_in_use(thread):
            row.reason = "left_in_use"
            return ImportRow.State.LEFT
        row.contact = row.conversation = None
        if thread is not None and row.before.get("new_conversation"):
            thread.delete()
        elif thread is not None and row.after:
            Conversation.objects.filter(pk=thread.pk).update(added_at=None)
        kept = (contact.conversations, contact.opt_outs, contact.legal_holds)
        is_elsewhere = any(rows.exists() for rows in kept)
        if row.before.get("new_contact") and not is_elsewhere and not contact.is_blocked:
            contact.delete()
        elif row.after:
            self._empty(contact)
        return ImportRow.State.UNDONE

    def _empty(self, contact: Contact) -> None:
        for name in _PLAIN:
            setattr(contact, name, "")
        contact.fields = {}
        contact.save()


def is_in_use(thread: Conversation) -> bool:
    """Tell whether anything happened in a conversation since it was made."""
    return (
        thread.messages.exists()
        or thread.notes.exists()
        or thread.events.exists()
        or thread.labels.exists()
        or thread.assignee_id is not None
        or thread.blocked_at is not None
        or thread.status != Conversation.Status.CLOSED
        or Memo.objects.filter(conversation=thread).exists()
        or Draft.objects.filter(conversation=thread).exists()
    )
