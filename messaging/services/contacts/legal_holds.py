"""Place and lift legal holds, and refuse what would delete something that is on hold.

A hold on a contact is one on all numbers of the person. While it is in force nothing of it is
hidden, erased, pruned or deleted after a time; what comes in is kept as ever. What deletes by age
leaves out what is held by itself: `deletable` in `services/operations/old_messages.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from messaging.models import Contact, Conversation, DidNumber, LegalHold
from messaging.models.legal_hold import LONGEST_REASON
from messaging.services.audit.record import Subject, record
from messaging.services.errors import InvalidInput, WrongState

from .merged_people import locked_person

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet


class OnLegalHold(WrongState):
    """Something would be deleted that is on legal hold."""

    code = "legal_hold"

    def __init__(self, hold: LegalHold) -> None:
        words = (
            _(
                "This contact is on legal hold. Nothing about it can be hidden, erased or deleted"
                " until an administrator lifts the hold."
            )
            if hold.contact_id is not None
            else _(
                "This number is on legal hold. Nothing on it can be hidden, erased or deleted until"
                " an administrator lifts the hold."
            )
        )
        super().__init__(words)
        self.hold = hold


def check_not_on_hold(*, contact_id: int, did_number_id: int | None = None) -> None:
    """Refuse to delete something of a contact.

    Args:
        contact_id: whose.
        did_number_id: on which DID number; on any that the contact has a conversation with when
            not given.

    Raises:
        OnLegalHold: the contact is on hold, or the number.
    """
    hold = hold_over(contact_id=contact_id, did_number_id=did_number_id)
    if hold is not None:
        raise OnLegalHold(hold)


def hold_over(*, contact_id: int, did_number_id: int | None = None) -> LegalHold | None:
    """Return a hold that keeps something of a contact, its own before that on a number.

    Args:
        contact_id: whose.
        did_number_id: as `check_not_on_hold` takes it.
    """
    numbers = Conversation.objects.filter(contact_id=contact_id).order_by().values("did_number")
    on_number = Q(did_number=did_number_id) if did_number_id else Q(did_number__in=numbers)
    holds = LegalHold.objects.in_force().filter(Q(contact_id=contact_id) | on_number)
    rows = holds.select_related("placed_by", "did_number")
    return rows.order_by(F("contact").asc(nulls_last=True), "pk").first()


def place_hold(*, on: Contact | DidNumber, reason: str, by: User, at: datetime) -> LegalHold:
    """Put a contact with all its person's numbers, or a DID number, on hold.

    Args:
        on: what.
        reason: why, at most LONGEST_REASON characters.
        by: the administrator who does it.
        at: now, aware UTC.

    Raises:
        InvalidInput: the reason is missing or too long (field ``reason``).
        WrongState: it is on hold already, or the contact was erased.
    """
    text = reason.strip()
    if not text or "\0" in text or len(text) > LONGEST_REASON:
        raise InvalidInput(
            _("Enter a reason of at most %(most)d characters.") % {"most": LONGEST_REASON},
            field="reason",
            code="required" if not text else "invalid",
        )
    with transaction.atomic():
        targets = _locked(on)
        if any(isinstance(row, Contact) and row.erased_at is not None for row in targets):
            raise WrongState(_("This contact was erased."), code="erased")
        if _on(on).exists():
            raise WrongState(_("This is on legal hold already."), code="on_hold")
        placed = [
            LegalHold.objects.create(**_target(row), reason=text, placed_at=at, placed_by=by)
            for row in targets
            if not _on(row).exists()
        ]
        record("legal_hold_placed", actor=by, about=_subject(on), changes={"reason": text}, at=at)
    return placed[0]


def lift_hold(*, on: Contact | DidNumber, by: User, at: datetime) -> None:
    """Lift the hold on a contact with all its person's numbers, or on a DID number.

    Raises:
        WrongState: it is not on hold.
    """
    with transaction.atomic():
        targets = _locked(on)
        if not _on(on).exists():
            raise WrongState(_("This is not on legal hold."), code="not_on_hold")
        for row in targets:
            _on(row).update(lifted_at=at, lifted_by=by)
        record("legal_hold_lifted", actor=by, about=_subject(on), at=at)


def hold_together(contact_ids: Iterable[int], *, by: User, at: datetime) -> None:
    """Let all numbers of a person that was just merged be on hold where one of them is.

    Must run in the transaction of the merge.

    Args:
        contact_ids: the person's.
        by: who merges.
        at: now, aware UTC.
    """
    ids = set(contact_ids)
    holds = list(LegalHold.objects.in_force().filter(contact__in=ids).order_by("pk"))
    for pk in sorted(ids - {hold.contact_id for hold in holds}) if holds else ():
        LegalHold.objects.create(
            contact_id=pk, reason=holds[0].reason, placed_at=at, placed_by=holds[0].placed_by
        )
        changes = {"with_contact": holds[0].contact_id}
        about = Subject("contact", pk)
        record("legal_hold_placed", actor=by, about=about, changes=changes, at=at)


def _locked(on: Contact | DidNumber) -> list[Contact] | list[DidNumber]:
    if isinstance(on, Contact):
        return locked_person(on.pk)
    return [DidNumber.objects.select_for_update(of=("self",)).get(pk=on.pk)]


def _target(on: Contact | DidNumber) -> dict[str, Contact | DidNumber]:
    return {"contact": on} if isinstance(on, Contact) else {"did_number": on}


def _on(on: Contact | DidNumber) -> QuerySet[LegalHold]:
    return LegalHold.objects.in_force().filter(**_target(on))


def _subject(on: Contact | DidNumber) -> Subject:
    return Subject("contact", on.pk) if isinstance(on, Contact) else Subject("didnumber", on.pk)
