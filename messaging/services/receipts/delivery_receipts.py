"""Apply a delivery receipt to its message.

By the provider's id, or by thread and text when the id is missing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from messaging.models import Contact, Message, Push, StatusChange
from messaging.nxcloud.errors import UnusablePush
from messaging.phone_numbers import address_key
from messaging.reasons import Reason, ReasonCode
from messaging.services.contacts.erased_numbers import erased_contact_ids, is_number_of
from messaging.services.content.digests import is_same, wording_in, wording_of
from messaging.services.history.message_status import change_status, latest_entry_at, note_status
from messaging.services.pushes.outcomes import Effect
from messaging.statuses import Status

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from messaging.nxcloud.push import PushFields

#: How long before a receipt the attempt may have begun that it is matched to by text.
MATCH_WINDOW: Final = timedelta(hours=72)
#: The web node that takes a receipt and the worker that sent have clocks of their own.
CLOCK_TOLERANCE: Final = timedelta(seconds=5)
RECEIPT_STATUS: Final = {"DELIVRD": Status.DELIVERED, "UNDELIVR": Status.UNDELIVERED}


def apply_delivery_receipt(
    *, fields: PushFields, did: str, phone: str, received_at: datetime
) -> Effect:
    """Apply a receipt to the message it speaks of; must run in a transaction.

    Args:
        fields: the parsed push.
        did: our DID number, digits.
        phone: the other side.
        received_at: when the receipt arrived, aware UTC.

    Returns:
        What became of it: applied, duplicate or orphan.

    Raises:
        UnusablePush: it has no id, or its id belongs to a message with other numbers.
    """
    if not fields.message_id:
        raise UnusablePush("no_message_id")
    message = _locked(
        Message.objects.outbound().filter(provider_message_id=fields.message_id)
    ).first()
    if message is None:
        message = _bind_by_text(fields=fields, did=did, phone=phone, received_at=received_at)
    elif not _is_between(message, did=did, phone_key=address_key(phone)):
        raise UnusablePush("receipt_mismatch")
    if message is None:
        return Effect(Push.Outcome.ORPHAN, reason="unknown_message_id")
    return _record_receipt(message=message, fields=fields, received_at=received_at)


def _locked(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.select_for_update(of=("self",)).select_related(
        "conversation__contact", "did_number"
    )


def _is_between(message: Message, *, did: str, phone_key: str) -> bool:
    contact, number = message.conversation.contact, message.did_number.number
    if contact.erased_at is not None:
        return number == did and is_number_of(contact=contact, phone_key=phone_key)
    return {number, contact.phone_key} == {did, phone_key}


def _bind_by_text(
    *, fields: PushFields, did: str, phone: str, received_at: datetime
) -> Message | None:
    """Give an unknown id to the oldest message with this thread and text that lacks one."""
    said = wording_in(fields)
    if said.form == "":
        return None
    key = address_key(phone)
    contacts = Contact.objects.filter(
        Q(phone_key=key) | Q(pk__in=erased_contact_ids([key]).values())
    )
    thread = Message.objects.outbound().filter(
        did_number__number=did,
        conversation__contact__in=contacts,
        provider_message_id__isnull=True,
        attempt_started_at__gte=received_at - MATCH_WINDOW,
        attempt_started_at__lte=received_at + CLOCK_TOLERANCE,
    )
    # While an equal text is on its way its own answer may bring this very id: wait for that.
    if any(is_same(wording_of(m), said) for m in thread.filter(status=Status.SENDING)):
        return None
    open_rows = _locked(thread.filter(status__in=[Status.UNCONFIRMED, Status.SENT]))
    for message in open_rows.order_by("attempt_started_at", "id"):
        if is_same(wording_of(message), said) and _give_id(
            message=message, message_id=fields.message_id
        ):
            return message
    return None


def _give_id(*, message: Message, message_id: str) -> bool:
    try:
        with transaction.atomic():
            given = Message.objects.filter(pk=message.pk, provider_message_id__isnull=True).update(
                provider_message_id=message_id
            )
    except IntegrityError:
        return False
    message.provider_message_id = message_id
    return bool(given)


def _record_receipt(*, message: Message, fields: PushFields, received_at: datetime) -> Effect:
    word = fields.sms_status.strip().upper()
    target = RECEIPT_STATUS.get(word)
    facts = _receipt_facts(message=message, fields=fields)
    if target is None:
        new = {name: fact for name, fact in facts.items() if not getattr(message, name)}
        return _record_other_word(message=message, word=word, facts=new, at=received_at)
    if message.status == target:
        return Effect(Push.Outcome.DUPLICATE, message)
    if message.can_become(target):
        came = _when_it_came(message=message, received_at=received_at)
        reason = Reason(ReasonCode.EARLY_RECEIPT, came) if came else None
        error = None
        if target == Status.UNDELIVERED:
            error = Reason(ReasonCode.NOT_DELIVERED)
            reason = Reason(ReasonCode.NOT_DELIVERED, came)
        change_status(
            message=message, to=target, at=received_at, reason=reason, error=error, **facts
        )
        return Effect(Push.Outcome.APPLIED, message)
    reason = _reported(ReasonCode.CONTRADICTION, word)
    if _is_noted(message=message, reason=reason):
        return Effect(Push.Outcome.DUPLICATE, message, flags=("contradiction",))
    note_status(message=message, at=received_at, reason=reason)
    return Effect(Push.Outcome.APPLIED, message, reason="contradiction", flags=("contradiction",))


def _reported(code: ReasonCode, word: str) -> Reason:
    return Reason(code, {"status": word} if word else {})


def _is_noted(*, message: Message, reason: Reason) -> bool:
    """Tell whether a message's history has an entry for the same reason."""
    entries = StatusChange.objects.filter(message=message, code=reason.code)
    return any(entry.reason == reason for entry in entries)


def _when_it_came(*, message: Message, received_at: datetime) -> dict[str, str]:
    """Return a fact where a receipt overtook the answer to the request, else none."""
    latest = latest_entry_at(message=message)
    if latest is None or latest <= received_at:
        return {}
    return {"received_at": received_at.isoformat()}


def _receipt_facts(*, message: Message, fields: PushFields) -> dict[str, Any]:
    facts: dict[str, Any] = {"has_receipt": True}
    if fields.size is not None:
        facts["billed_segments"] = fields.size
    if fields.price is not None:
        facts["price"] = fields.price
    if fields.provider_time is not None:
        facts["provider_time"] = fields.provider_time
    if message.sent_at is None:
        facts["sent_at"] = message.attempt_started_at
    return facts


def _record_other_word(
    *, message: Message, word: str, facts: dict[str, Any], at: datetime
) -> Effect:
    """Keep a status word that decides nothing.

    On an unconfirmed message it proves that it was sent. Facts that another receipt brought stay.
    """
    reason = _reported(ReasonCode.REPORTED, word)
    if message.status == Status.UNCONFIRMED:
        change_status(message=message, to=Status.SENT, at=at, reason=reason, error=None, **facts)
        return Effect(Push.Outcome.APPLIED, message, reason="other_status_word")
    if _is_noted(message=message, reason=reason):
        return Effect(Push.Outcome.DUPLICATE, message)
    # Also where nothing changes: the fast path sees by the row's version that there is an entry.
    Message.objects.filter(pk=message.pk).update(**{"has_receipt": True} | facts)
    note_status(message=message, at=at, reason=reason)
    return Effect(Push.Outcome.APPLIED, message, reason="other_status_word")
