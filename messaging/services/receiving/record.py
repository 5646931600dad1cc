"""Record a push raw and apply it once, in one transaction.

A push that cannot be used, even by a fault of ours, goes into quarantine with the reason. So does
one that can never be stored. Only errors that may pass, such as a database away, are raised.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import Contact, Conversation, DidNumber, Message, Push
from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push import ClassificationFacts, KnownMessage, classify
from messaging.phone_numbers import address_key
from messaging.services.background.row_guard import is_about_the_row
from messaging.services.contacts.erased_numbers import is_number_of
from messaging.services.content.digests import is_same, wording_in, wording_of
from messaging.services.pushes.hidden_pushes import Body, body_to_keep, outcome_to_keep
from messaging.services.pushes.outcomes import PushOutcome
from messaging.services.pushes.stored_pushes import fields_of
from messaging.services.receipts.delivery_receipts import MATCH_WINDOW, apply_delivery_receipt

from .inbound import receive_inbound

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import datetime

    from messaging.nxcloud.push import Classification, PushEnvelope, PushFields
    from messaging.services.pushes.outcomes import Effect

logger = logging.getLogger(__name__)

SIGNED_KINDS: Final = {"mo": Push.Kind.INBOUND, "dr": Push.Kind.RECEIPT}
#: What the column of a push's other side holds.
MOST_OF_NUMBERS: Final = 64


def record_push(*, envelope: PushEnvelope, spool_name: str | None = None) -> Push | None:
    """Evaluate, apply and store one push in one transaction.

    Args:
        envelope: the push as it arrived.
        spool_name: the spool file that it comes from; the same name is recorded once.

    Returns:
        The stored push; None when this spool file was recorded before.

    Raises:
        OperationalError, InterfaceError, ProgrammingError: the database is away, or not migrated
            yet; later it may take the push.
    """
    try:
        return _evaluate_and_store(envelope=envelope, spool_name=spool_name)
    except Exception as error:
        if not is_about_the_row(error):
            raise
    try:
        # Once more: another transaction may have taken a row away that this one relied on.
        return _evaluate_and_store(envelope=envelope, spool_name=spool_name)
    except Exception as error:
        if not is_about_the_row(error):
            raise
        logger.exception("recording a push failed; it is quarantined as it came")
        reason = f"exception {type(error).__name__}"
    return _store_as_it_came(envelope=envelope, spool_name=spool_name, reason=reason)


def _evaluate_and_store(*, envelope: PushEnvelope, spool_name: str | None) -> Push | None:
    with transaction.atomic():
        if spool_name and Push.objects.filter(spool_name=spool_name).exists():
            return None
        push_outcome = evaluate(envelope=envelope)
        body = body_to_keep(envelope=envelope, push_outcome=push_outcome)
        push_outcome = outcome_to_keep(push_outcome, body=body)
        return _store(
            envelope=envelope, spool_name=spool_name, push_outcome=push_outcome, body=body
        )


def _store_as_it_came(
    *, envelope: PushEnvelope, spool_name: str | None, reason: str
) -> Push | None:
    """Quarantine a push of which nothing that was read can be stored."""
    push_outcome = PushOutcome(Push.Outcome.QUARANTINED, kind=_kind_of(envelope), reason=reason)
    with transaction.atomic():
        if spool_name and Push.objects.filter(spool_name=spool_name).exists():
            return None
        body = _body_as_it_came(envelope=envelope, push_outcome=push_outcome)
        return _store(
            envelope=envelope, spool_name=spool_name, push_outcome=push_outcome, body=body
        )


def _body_as_it_came(*, envelope: PushEnvelope, push_outcome: PushOutcome) -> Body:
    """Return a body, without its text where that was hidden before, if that can be found out."""
    try:
        with transaction.atomic():
            return body_to_keep(envelope=envelope, push_outcome=push_outcome)
    except Exception as error:
        if not is_about_the_row(error):
            raise
        return Body(envelope.raw_body, envelope.text_digest or None)


def _store(
    *, envelope: PushEnvelope, spool_name: str | None, push_outcome: PushOutcome, body: Body
) -> Push:
    return Push.objects.create(
        received_at=envelope.received_at,
        raw_body=body.raw_body,
        text_digest=body.text_digest,
        content_type=_storable(envelope.content_type)[:200],
        is_signed=envelope.is_signed,
        action=envelope.action,
        remote_addr=envelope.remote_addr[:45],
        spool_name=spool_name,
        **push_outcome.columns(earlier_flags=(*envelope.flags, *body.flags)),
    )


def _storable(header: str) -> str:
    """Return a header without characters that a database may refuse."""
    return "".join(character for character in header if character.isprintable())


def _kind_of(envelope: PushEnvelope) -> str:
    """Return what a push says it is, before anything of it is read."""
    return SIGNED_KINDS.get(envelope.action, Push.Kind.UNKNOWN)


def evaluate(*, envelope: PushEnvelope) -> PushOutcome:
    """Apply a push inside a savepoint.

    Whatever makes it unusable becomes a quarantine with the reason.

    Must run in a transaction. Database failures that concern the database rather than the push
    are raised.
    """
    try:
        try:
            with transaction.atomic():
                return _apply(envelope=envelope)
        except (Contact.DoesNotExist, Conversation.DoesNotExist):
            # Deleted between two statements, as by the undo of an import: it is made again.
            with transaction.atomic():
                return _apply(envelope=envelope)
    except UnusablePush as error:
        return _quarantined(envelope=envelope, reason=error.reason)
    except Exception as error:
        if not is_about_the_row(error):
            raise
        logger.exception("applying a push failed; it is quarantined")
        return _quarantined(envelope=envelope, reason="exception", exception=type(error).__name__)


def _quarantined(*, envelope: PushEnvelope, reason: str, exception: str = "") -> PushOutcome:
    """Keep as much of an unusable push's identity as can be read, so that it can be found again."""
    kind = _kind_of(envelope)
    try:
        fields = fields_of(envelope)
    except UnusablePush:
        return PushOutcome(Push.Outcome.QUARANTINED, kind=kind, reason=reason, exception=exception)
    ours = _our_numbers(fields)
    return PushOutcome(
        Push.Outcome.QUARANTINED,
        kind=kind,
        reason=reason,
        exception=exception,
        flags=fields.flags,
        did_number=next(iter(ours.values()), None),
        phone_key=_others(fields, ours=ours),
        message_id=fields.message_id,
    )


def _others(fields: PushFields, *, ours: Container[str]) -> str:
    """Return the numbers of a push that are not ours, the sender's first: it is found by either."""
    keys = dict.fromkeys(map(address_key, (fields.from_phone, fields.to_phone)))
    return " ".join(key for key in keys if key and key not in ours)[:MOST_OF_NUMBERS]


def _our_numbers(fields: PushFields) -> dict[str, DidNumber]:
    """Return those of a push's two numbers that are ours, inactive ones included."""
    keys = {address_key(fields.to_phone), address_key(fields.from_phone)}
    return {row.number: row for row in DidNumber.objects.filter(number__in=keys)}


def _apply(*, envelope: PushEnvelope) -> PushOutcome:
    fields = fields_of(envelope)
    numbers = _our_numbers(fields)
    facts = _facts(fields=fields, envelope=envelope, our_numbers=frozenset(numbers))
    found = classify(fields=fields, envelope=envelope, facts=facts)
    number = numbers[found.did]
    effect = _effect(
        fields=fields, classification=found, number=number, received_at=envelope.received_at
    )
    return PushOutcome(
        effect.outcome,
        kind=found.kind,
        reason=effect.reason or found.reason,
        flags=(*fields.flags, *found.flags, *effect.flags),
        message=effect.message,
        did_number=number,
        phone_key=address_key(found.phone),
        message_id=fields.message_id,
    )


def _effect(
    *, fields: PushFields, classification: Classification, number: DidNumber, received_at: datetime
) -> Effect:
    if classification.kind == "receipt":
        return apply_delivery_receipt(
            fields=fields,
            did=classification.did,
            phone=classification.phone,
            received_at=received_at,
        )
    return receive_inbound(
        fields=fields, did_number=number, phone=classification.phone, at=received_at
    )


def _facts(
    *, fields: PushFields, envelope: PushEnvelope, our_numbers: frozenset[str]
) -> ClassificationFacts:
    # A signed inbound message is decided by its action: no need to look.
    may_be_receipt = fields.message_id and envelope.action != "mo"
    return ClassificationFacts(
        our_numbers=our_numbers,
        known_message=_known_message(fields=fields) if may_be_receipt else None,
        sent_text_matches=lambda did, phone, _content: _we_sent(
            did, phone, fields, since=envelope.received_at - MATCH_WINDOW
        ),
    )


def _known_message(*, fields: PushFields) -> KnownMessage | None:
    rows = Message.objects.outbound().filter(provider_message_id=fields.message_id)
    row = rows.select_related("did_number", "conversation__contact").first()
    if row is None:
        return None
    contact, phone_key = row.conversation.contact, row.conversation.contact.phone_key
    if contact.erased_at is not None:
        # Their number is known again by its digest alone.
        both = [address_key(fields.to_phone), address_key(fields.from_phone)]
        theirs = [key for key in both if is_number_of(contact=contact, phone_key=key)]
        phone_key = theirs[0] if theirs else phone_key
    return KnownMessage(row.did_number.number, phone_key, row.has_receipt)


def _we_sent(did: str, phone: str, fields: PushFields, *, since: datetime) -> bool:
    """Tell whether we sent a push's text from a DID number to the other side since then."""
    sent = Message.objects.outbound().filter(
        did_number__number=did,
        conversation__contact__phone_key=address_key(phone),
        attempt_started_at__gte=since,
    )
    said = wording_in(fields)
    return any(is_same(wording_of(message), said) for message in sent)
