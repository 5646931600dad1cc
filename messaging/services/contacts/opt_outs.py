"""Opt-outs: who does not want to be messaged, from which number, since when and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.db.model_rows import any_of
from messaging.db.prepared import Statement, fetch
from messaging.models import (
    Conversation,
    DidNumber,
    ImportRow,
    Message,
    OptOut,
    is_administrator,
)
from messaging.policy import Action
from messaging.reasons import Reason, ReasonCode
from messaging.services.audit.record import Subject, record
from messaging.services.errors import InvalidInput
from messaging.services.history.conversation_events import OptedIn, OptedOut, note_event
from messaging.services.history.message_status import change_status
from messaging.statuses import WAITING, Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

_WITH_OPT_OUTS: Final = (
    "SELECT contact_id FROM messaging_optout WHERE ended_at IS NULL AND contact_id "
)


def opt_out_in_force(*, contact_id: int, did_number_id: int) -> OptOut | None:
    """Return the opt-out that forbids writing from this number to this contact, if there is one."""
    return (
        OptOut.objects.covering(contact_id=contact_id, did_number_id=did_number_id)
        .order_by("id")
        .first()
    )


def opt_outs_in_force(
    pairs: Iterable[tuple[int | None, int]],
) -> dict[tuple[int | None, int], OptOut]:
    """Return the opt-outs that forbid writing to contacts, by contact and DID number.

    Most contacts have none: one statement looks for those that have any.

    Args:
        pairs: ids of a contact and a DID number; a contact without an id has no opt-out.
    """
    wanted = {(contact_id, number_id) for contact_id, number_id in pairs if contact_id is not None}
    if not wanted:
        return {}
    text, values = any_of(sorted({contact_id for contact_id, _number_id in wanted}))
    found = {pk for (pk,) in fetch(Statement(_WITH_OPT_OUTS + text, values))}
    opt_outs: dict[tuple[int | None, int], OptOut] = {}
    for contact_id, number_id in wanted:
        if contact_id in found and contact_id is not None:
            opt_out = opt_out_in_force(contact_id=contact_id, did_number_id=number_id)
            if opt_out is not None:
                opt_outs[contact_id, number_id] = opt_out
    return opt_outs


def record_opt_out(
    *,
    conversation: Conversation,
    at: datetime,
    message: Message | None = None,
    by: User | None = None,
    is_for_all_numbers: bool = False,
) -> OptOut:
    """Record that the contact does not want to be written to, and block what waits for them.

    Args:
        conversation: where it was asked.
        at: when, aware UTC.
        message: the contact's message that asked for it (the proof).
        by: who recorded it, when a person did.
        is_for_all_numbers: cover every DID number rather than the conversation's. Anybody may, it
            is the safe direction; every conversation that it covers now has a line about it.

    Returns:
        The opt-out in force; asked twice, the first one.
    """
    number_id = None if is_for_all_numbers else conversation.did_number_id
    with transaction.atomic():
        Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
        existing = (
            OptOut.objects.in_force()
            .filter(contact_id=conversation.contact_id, did_number_id=number_id)
            .first()
        )
        if existing is not None:
            _cover_again(opt_out=existing, by=by, at=at)
            # They asked themselves: undoing the import that brought it no longer ends it.
            ImportRow.objects.filter(opt_out=existing).update(opt_out=None)
            return existing
        opt_out = OptOut.objects.create(
            contact_id=conversation.contact_id,
            did_number_id=number_id,
            message=message,
            created_at=at,
            created_by=by,
        )
        _note_and_block(conversations=covered_by(opt_out), opt_out=opt_out, by=by, at=at)
        audit_opt_out("opt_out", opt_out, by=by, at=at, message=message.pk if message else None)
    return opt_out


def audit_opt_out(
    action: str, opt_out: OptOut, *, by: User | None, at: datetime, **facts: Any
) -> None:
    """Append to the audit log; call it in the transaction of what it records.

    `services/audit/opt_out_proof.py` compares the log with the opt-outs. Where one ends for some
    numbers only, ``allowed`` among the facts says for which.
    """
    record(
        action,
        actor=by,
        about=Subject("optout", opt_out.pk),
        changes={"contact": opt_out.contact_id, "number": opt_out.did_number_id, **facts},
        at=at,
    )


def _cover_again(*, opt_out: OptOut, by: User | None, at: datetime) -> None:
    """Let an opt-out of all numbers cover those again that had been taken out of it."""
    again = list(
        covered_by(opt_out).filter(
            did_number_id__in=opt_out.allowed_numbers.order_by().values("pk")
        )
    )
    opt_out.allowed_numbers.clear()
    _note_and_block(conversations=again, opt_out=opt_out, by=by, at=at)


def covered_by(opt_out: OptOut) -> QuerySet[Conversation]:
    """Return the contact's conversations on the numbers that an opt-out is about."""
    rows = Conversation.objects.filter(contact_id=opt_out.contact_id)
    if opt_out.did_number_id is not None:
        rows = rows.filter(did_number_id=opt_out.did_number_id)
    return rows.select_related("did_number").order_by("pk")


def _note_and_block(
    *, conversations: Iterable[Conversation], opt_out: OptOut, by: User | None, at: datetime
) -> None:
    """Block what waits in conversations that an opt-out covers, and write a line into each."""
    for conversation in conversations:
        block_what_waits(conversation=conversation, at=at)
        note_event(
            conversation=conversation,
            event=OptedOut(is_for_all_numbers=opt_out.did_number_id is None),
            actor=by,
            at=at,
        )


def block_what_waits(*, conversation: Conversation, at: datetime) -> None:
    """Block what waits to be sent in a conversation."""
    waiting = Message.objects.filter(status__in=WAITING, conversation=conversation)
    if waiting.exists():  # the conversation's row is locked before its messages
        Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
    for message in waiting.order_by("id"):
        change_status(message=message, to=Status.BLOCKED, at=at, error=Reason(ReasonCode.OPTED_OUT))


def end_opt_out(
    *,
    opt_out: OptOut,
    at: datetime,
    by: User | None,
    reason: str = "",
    keyword: str = "",
    conversation: Conversation | None = None,
) -> None:
    """End an opt-out, with the reason; a person must give one.

    A person who does not see all the numbers that it covers ends it for their own numbers: the
    others stay covered. A keyword speaks for the number that it was sent to.

    Args:
        opt_out: the opt-out in force.
        at: when, aware UTC.
        by: who ends it; None when the contact's own keyword did.
        reason: what a person says why, at most 300 characters.
        keyword: what the contact wrote, at most 40 characters.
        conversation: where that keyword came.

    Raises:
        InvalidInput: there is neither a reason nor a keyword.
    """
    reason, keyword = reason.strip()[:300], keyword.strip()[:40]
    if not reason and not keyword:
        raise InvalidInput(
            _("Explain why this contact can be messaged again."), field="reason", code="required"
        )
    with transaction.atomic():
        row = OptOut.objects.select_for_update(of=("self",)).get(pk=opt_out.pk)
        if row.ended_at is not None:
            return
        numbers = _numbers_to_allow(opt_out=row, by=by, conversation=conversation)
        allowed = row.allowed_numbers.order_by().values("pk")
        threads = covered_by(row).exclude(did_number_id__in=allowed)
        if numbers is None:
            told = list(threads)
            row.ended_at, row.ended_by = at, by
            row.end_reason, row.end_keyword = reason, keyword
            row.save(update_fields=["ended_at", "ended_by", "end_reason", "end_keyword"])
        else:
            told = list(threads.filter(did_number_id__in=numbers))
            row.allowed_numbers.add(*numbers)
        facts = {} if numbers is None else {"allowed": sorted(numbers)}
        audit_opt_out("opt_out_ended", row, by=by, at=at, reason=reason, keyword=keyword, **facts)
        for thread in told:
            note_event(
                conversation=thread,
                event=OptedIn(reason=reason, keyword=keyword),
                actor=by,
                at=at,
            )


def _numbers_to_allow(
    *, opt_out: OptOut, by: User | None, conversation: Conversation | None
) -> list[int] | None:
    """Return the numbers for which an opt-out ends; None when it ends altogether."""
    if opt_out.did_number_id is not None:
        return None
    if by is None:
        return None if conversation is None else [conversation.did_number_id]
    if is_administrator(by):
        return None
    numbers = DidNumber.objects.order_by()
    own = list(numbers.allowing(by, Action.OPT_OUT).values_list("pk", flat=True))
    return None if len(own) == numbers.count() else own


def end_opt_outs(
    *,
    conversation: Conversation,
    at: datetime,
    by: User | None,
    reason: str = "",
    keyword: str = "",
) -> bool:
    """End every opt-out that forbids writing in a conversation, as far as the user who asks may.

    Args:
        conversation: where its contact may be written to again.
        at: when, aware UTC.
        by: who ends them; None when the contact's own keyword did.
        reason: what a person says why, at most 300 characters.
        keyword: what the contact wrote, at most 40 characters.

    Returns:
        Whether there was one.

    Raises:
        InvalidInput: there is neither a reason nor a keyword.
    """
    # A keyword that waited in the spool or in quarantine ends nothing that was recorded since.
    covering = list(
        OptOut.objects.covering(
            contact_id=conversation.contact_id, did_number_id=conversation.did_number_id
        ).filter(created_at__lte=at)
    )
    with transaction.atomic():
        for opt_out in covering:
            end_opt_out(
                opt_out=opt_out,
                conversation=conversation,
                at=at,
                by=by,
                reason=reason,
                keyword=keyword,
            )
    return bool(covering)
