"""Merge two contacts that are one person, and separate them again as they were.

Both stay contacts: conversations, opt-outs and blocks stay with their number. Name, email, language
and fields are the same for all of a person's numbers from then on, and on each number of ours the
contact note.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Contact, Conversation, MergedPerson, PersonNumber
from messaging.services.audit.record import Subject, record
from messaging.services.errors import InvalidInput, WrongState

from .contacts import tell_of_change, write_memos
from .known_contacts import conversation_to_edit
from .legal_holds import hold_together
from .merge_tree import Parting, contacts_in, merged, part
from .merged_people import contact_ids_of_person, locked_person
from .shared_values import SharedValues, joined_memo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from .merge_tree import Tree

#: Numbers of one person.
MOST_NUMBERS: Final = 20


def values_after_merge(*, kept: Contact, joined: Contact) -> SharedValues:
    """Return what both contacts would have: what one has, and the other where that is empty."""
    return SharedValues.of(kept).filled_from(SharedValues.of(joined))


def merge_contacts(*, kept: Contact, joined: Contact, by: User, at: datetime) -> None:
    """Merge two contacts, and with them all contacts that they were merged with before.

    Args:
        kept: whose name and fields win.
        joined: the other; what it has is taken where the first has nothing.
        by: who does it; knows both and may edit both.
        at: now, aware UTC.

    Raises:
        InvalidInput: they are one contact, or one person already (field ``contact``).
        WrongState: one was erased, or the person would have too many numbers.
    """
    if kept.pk == joined.pk:
        raise InvalidInput(_("Choose another contact."), field="contact", code="same_contact")
    with transaction.atomic():
        first, second = _locked(kept.pk, joined.pk)
        kept_ids, joined_ids = [row.pk for row in first], [row.pk for row in second]
        if joined.pk in kept_ids:
            raise InvalidInput(
                _("These two are merged already."), field="contact", code="already_merged"
            )
        if any(row.erased_at is not None for row in (*first, *second)):
            raise WrongState(_("This contact was erased."), code="erased")
        if len(first) + len(second) > MOST_NUMBERS:
            raise WrongState(
                _("A person can have at most %(most)d numbers.") % {"most": MOST_NUMBERS},
                code="too_many",
            )
        before = _snapshot([*first, *second])
        _link(kept_ids, joined_ids, before=before, by=by, at=at)
        _share_memos(kept_ids, joined_ids)
        hold_together([*kept_ids, *joined_ids], by=by, at=at)
        shared = values_after_merge(kept=first[0], joined=second[0])
        _write({row.pk: shared for row in (*first, *second)}, by=by, at=at)
        record(
            "contacts_merged",
            actor=by,
            about=Subject("contact", kept.pk),
            changes={"kept": kept_ids, "joined": joined_ids},
            at=at,
        )


def parting_of(contact: Contact, *, user: User) -> Parting | None:
    """Return what separating would do to a contact's person, as far as a reader knows of it.

    Args:
        contact: one of the person's.
        user: who reads; None is returned where they know of no other number.
    """
    link = PersonNumber.objects.filter(contact=contact).select_related("person").first()
    if link is None:
        return None
    ids = contacts_in(link.person.tree)
    known = Contact.objects.known_to(user).filter(pk__in=ids, erased_at__isnull=True)
    return part(link.person.tree, known=set(known.values_list("pk", flat=True)))


def check_parts(contact: Contact, other: Contact, parting: Parting | None) -> None:
    """Check that taking back a merge separates two contacts.

    Raises:
        WrongState: they are separated already, or something else was merged since.
    """
    if parting is None:
        raise _not_merged()
    if other.pk not in contact_ids_of_person(contact.pk):
        raise _changed(code="not_merged")
    if (contact.pk in parting.kept) == (other.pk in parting.kept):
        raise _changed()


def _not_merged() -> WrongState:
    return WrongState(_("This contact has one number only."), code="not_merged")


def _changed(*, code: str = "changed") -> WrongState:
    return WrongState(
        _("These contacts were merged or separated meanwhile. Look at them again."), code=code
    )


def separate_contacts(
    *, contact: Contact, by: User, at: datetime, merged_at: str | None = None
) -> None:
    """Take back the newest merge of a person: each contact has again what it had before.

    What was changed since the merge is lost. Under a merge that this reader does not know of, those
    that stay keep it.

    Args:
        contact: one of the person's.
        by: who does it; knows contacts on both sides and may edit them.
        at: now, aware UTC.
        merged_at: of the merge that they looked at; None for the newest, whichever it is.

    Raises:
        WrongState: it is not merged with a contact that they know, or the newest merge is another.
    """
    with transaction.atomic():
        locked_person(contact.pk)
        parting = parting_of(contact, user=by)
        if parting is None:
            raise _not_merged()
        if merged_at is not None and merged_at != parting.merged_at:
            raise _changed()
        person = PersonNumber.objects.get(contact=contact).person
        _regroup(person, parting, by=by, at=at)
        _restore_threads(parting.before)
        shared = {
            pk: SharedValues(**{name: values[name] for name in SharedValues().as_json()})
            for pk, values in parting.before.items()
        }
        _write(shared, by=by, at=at, keeps_from_others=False)
        record(
            "contacts_separated",
            actor=by,
            about=Subject("contact", contact.pk),
            changes={"kept": parting.kept, "joined": parting.joined},
            at=at,
        )


def may_edit_all(groups: Iterable[Iterable[int]], *, user: User) -> bool:
    """Tell whether a person may edit one contact at least of each of some groups of ids."""
    contacts = (Contact.objects.filter(pk__in=list(ids)) for ids in groups)
    return all(
        any(conversation_to_edit(contact=row, user=user) is not None for row in group)
        for group in contacts
    )


# Rows --------------------------------------------------------------------------------------------


def _locked(kept_id: int, joined_id: int) -> tuple[list[Contact], list[Contact]]:
    """Lock two people's contacts, in the order of their ids; return each, who was asked first."""
    rows: dict[int, Contact] = {}
    kept_ids, joined_ids = contact_ids_of_person(kept_id), contact_ids_of_person(joined_id)
    while not set(kept_ids) | set(joined_ids) <= set(rows):
        rows = _lock_ids([*kept_ids, *joined_ids])
        kept_ids, joined_ids = contact_ids_of_person(kept_id), contact_ids_of_person(joined_id)
    return (
        sorted((rows[pk] for pk in kept_ids), key=lambda row: row.pk != kept_id),
        sorted((rows[pk] for pk in joined_ids), key=lambda row: row.pk != joined_id),
    )


def _lock_ids(ids: Iterable[int]) -> dict[int, Contact]:
    locked = Contact.objects.select_for_update(of=("self",), no_key=True)  # as `locked_person`
    rows = locked.filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: row for row in rows}


def _snapshot(contacts: list[Contact]) -> dict[int, dict[str, Any]]:
    """Return what contacts are, with their notes and where they were added by hand."""
    found: dict[int, dict[str, Any]] = {
        row.pk: SharedValues.of(row).as_json() | {"memos": {}, "added": {}} for row in contacts
    }
    threads = Conversation.objects.filter(contact__in=contacts).select_related("memo_row")
    for thread in threads:
        values = found[thread.contact_id]
        values["memos"][str(thread.pk)] = thread.memo
        if thread.added_at is not None:
            values["added"][str(thread.pk)] = thread.added_at.isoformat()
    return found


def _tree_of(ids: list[int]) -> Tree:
    link = PersonNumber.objects.filter(contact=ids[0]).select_related("person").first()
    tree: Tree = ids[0] if link is None else link.person.tree
    return tree


def _link(
    kept_ids: list[int],
    joined_ids: list[int],
    *,
    before: dict[int, dict[str, Any]],
    by: User,
    at: datetime,
) -> None:
    tree = merged(_tree_of(kept_ids), _tree_of(joined_ids), before=before, by=by.pk, at=at)
    old = MergedPerson.objects.filter(numbers__contact__in=[*kept_ids, *joined_ids])
    MergedPerson.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
    _make_person(tree, by=by, at=at)


def _make_person(tree: Tree, *, by: User, at: datetime) -> None:
    """Make a person of a tree; a single contact needs none."""
    ids = contacts_in(tree)
    if len(ids) > 1:
        person = MergedPerson.objects.create(tree=tree, created_at=at, created_by=by)
        PersonNumber.objects.bulk_create(PersonNumber(contact_id=pk, person=person) for pk in ids)


def _regroup(person: MergedPerson, parting: Parting, *, by: User, at: datetime) -> None:
    person.delete()
    for tree in (parting.rest, parting.leaving):
        _make_person(tree, by=by, at=at)


def _share_memos(kept_ids: list[int], joined_ids: list[int]) -> None:
    """Let conversations of both sides on one of our numbers have one contact note."""
    sides: dict[int, dict[bool, list[Conversation]]] = defaultdict(lambda: {True: [], False: []})
    threads = Conversation.objects.filter(contact__in=[*kept_ids, *joined_ids])
    for thread in threads.select_related("memo_row").order_by("pk"):
        sides[thread.did_number_id][thread.contact_id in kept_ids].append(thread)
    for both in sides.values():
        if both[True] and both[False]:
            texts = (next((row.memo for row in both[is_kept] if row.memo), "") for is_kept in both)
            write_memos([*both[True], *both[False]], joined_memo(*texts))


def _restore_threads(before: dict[int, dict[str, Any]]) -> None:
    for pk, values in before.items():
        threads = {str(row.pk): row for row in Conversation.objects.filter(contact_id=pk)}
        for thread_id, text in values["memos"].items():
            if thread_id in threads:
                write_memos([threads[thread_id]], text)
        for thread_id, added_at in values["added"].items():
            if thread_id in threads:
                Conversation.objects.filter(pk=threads[thread_id].pk).update(
                    added_at=datetime.fromisoformat(added_at)
                )


def _write(
    values: dict[int, SharedValues], *, by: User, at: datetime, keeps_from_others: bool = True
) -> None:
    """Give contacts their values, where they differ, and tell of it."""
    for row in Contact.objects.filter(pk__in=values).order_by("pk"):
        old = SharedValues.of(row)
        new = values[row.pk]
        if new != old:
            new.put_into(row)
            row.save(update_fields=list(new.as_json()))
        tell_of_change(
            row,
            by=by,
            at=at,
            is_renamed=new.name != old.name,
            keeps_from_others=keeps_from_others and new != old,
        )
