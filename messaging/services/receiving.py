"""Receive a push: record it raw and apply it once, in one transaction.

Into the spool when the database cannot.

``success`` may be answered when ``receive_push`` returns: the push is then durable.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.utils.translation import gettext as _

from messaging.models import DidNumber, Message, Push
from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push import ClassificationFacts, KnownMessage, classify, parse_push
from messaging.phone_numbers import address_key
from messaging.sms_text import normalise

from .arrivals import take_in
from .deadlines import database_deadline
from .errors import CannotKeepPush, WrongState
from .quick_arrivals import take_in_quickly
from .reconciling import (
    MATCH_WINDOW,
    ReceiptVerdict,
    apply_delivery_receipt,
    comparable,
    envelope_of,
)
from .spool import DATABASE_AWAY, DrainCount, drain_spool, spool_push

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.nxcloud.push import Classification, PushEnvelope, PushFields

logger = logging.getLogger(__name__)

#: All that the database may take of an answer's five seconds.
DEADLINE_SECONDS: Final = 3.0
#: After a database failure pushes go straight to the spool for this long, so that waiting threads
#: do not pile up.
BYPASS_SECONDS: Final = 5.0


class Kept(StrEnum):
    """Where a push was made durable."""

    DATABASE = "database"
    SPOOL = "spool"


@dataclass(frozen=True)
class Verdict:
    """What a push was taken for and what became of it; the columns of Push."""

    outcome: str
    kind: str = Push.Kind.UNKNOWN
    reason: str = ""
    flags: tuple[str, ...] = ()
    message: Message | None = None
    did_number: DidNumber | None = None
    phone_key: str = ""
    message_id: str = ""


class _Bypass:
    """Remembers in this process that the database just failed."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def is_on(self) -> bool:
        """Whether pushes skip the database now."""
        return time.monotonic() < self._until

    def trip(self) -> None:
        """Skip the database for a while."""
        self._until = time.monotonic() + BYPASS_SECONDS

    def reset(self) -> None:
        """Use the database again."""
        self._until = 0.0


bypass = _Bypass()


def receive_push(*, envelope: PushEnvelope) -> Kept:
    """Make an authentic push durable, applied when the database is there.

    Args:
        envelope: the push as it arrived.

    Returns:
        Where it is kept.

    Raises:
        CannotKeepPush: neither database nor spool took it; the provider must send it again.
    """
    if not bypass.is_on:
        try:
            with database_deadline(seconds=DEADLINE_SECONDS):
                if not take_in_quickly(envelope=envelope):
                    record_push(envelope=envelope)
        except DATABASE_AWAY as error:
            logger.warning(
                "the database did not take a push (%s); it goes to the spool", type(error).__name__
            )
            bypass.trip()
            _drop_connection()
        except Exception:
            logger.exception("a push could not be recorded; it goes to the spool")
            _drop_connection()
        else:
            return Kept.DATABASE
    try:
        spool_push(envelope)
    except OSError as error:
        logger.critical("the spool does not take pushes: %s", error.strerror)
        raise CannotKeepPush(_("The push could not be stored.")) from error
    return Kept.SPOOL


def _drop_connection() -> None:
    try:
        connection.close()
    except Exception:  # noqa: BLE001  (a broken connection may fail to close)
        connection.connection = None


def record_push(*, envelope: PushEnvelope, spool_name: str | None = None) -> Push | None:
    """Judge, apply and store one push in one transaction.

    Args:
        envelope: the push as it arrived.
        spool_name: the spool file that it comes from; the same name is recorded once.

    Returns:
        The stored push; None when this spool file was recorded before.
    """
    with transaction.atomic():
        if spool_name and Push.objects.filter(spool_name=spool_name).exists():
            return None
        verdict = judge(envelope=envelope)
        return Push.objects.create(
            received_at=envelope.received_at,
            raw_body=envelope.raw_body,
            content_type=envelope.content_type[:200],
            is_signed=envelope.is_signed,
            action=envelope.action,
            remote_addr=envelope.remote_addr[:45],
            spool_name=spool_name,
            **_columns(verdict=verdict, earlier_flags=envelope.flags),
        )


def _columns(*, verdict: Verdict, earlier_flags: tuple[str, ...] | list[str]) -> dict[str, object]:
    return {
        "kind": verdict.kind,
        "outcome": verdict.outcome,
        "reason": verdict.reason[:200],
        "flags": sorted({*earlier_flags, *verdict.flags}),
        "provider_message_id": verdict.message_id,
        "phone_key": verdict.phone_key,
        "did_number": verdict.did_number,
        "message": verdict.message,
    }


def judge(*, envelope: PushEnvelope) -> Verdict:
    """Apply a push inside a savepoint.

    Whatever makes it unusable becomes a quarantine with the reason.

    Must run in a transaction. Database failures that concern the connection rather than the push
    are raised.
    """
    try:
        with transaction.atomic():
            return _apply(envelope=envelope)
    except UnusablePush as error:
        return _quarantined(envelope=envelope, reason=error.reason)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("applying a push failed; it is quarantined")
        return _quarantined(envelope=envelope, reason=f"exception {type(error).__name__}")


def _quarantined(*, envelope: PushEnvelope, reason: str) -> Verdict:
    """Keep as much of an unusable push's identity as can be read, so that it can be found again."""
    try:
        fields = parse_push(envelope, zone=ZoneInfo(settings.NXCLOUD_TIME_ZONE))
    except UnusablePush:
        return Verdict(Push.Outcome.QUARANTINED, reason=reason)
    keys = [address_key(fields.to_phone), address_key(fields.from_phone)]
    number = DidNumber.objects.filter(number__in=keys).first()
    kind = {"mo": Push.Kind.INBOUND, "dr": Push.Kind.RECEIPT}.get(
        envelope.action, Push.Kind.UNKNOWN
    )
    return Verdict(
        Push.Outcome.QUARANTINED,
        kind=kind,
        reason=reason,
        flags=fields.flags,
        did_number=number,
        message_id=fields.message_id,
    )


def _apply(*, envelope: PushEnvelope) -> Verdict:
    fields = parse_push(envelope, zone=ZoneInfo(settings.NXCLOUD_TIME_ZONE))
    numbers = {
        row.number: row
        for row in DidNumber.objects.filter(
            number__in={address_key(fields.to_phone), address_key(fields.from_phone)}
        )
    }
    facts = _facts(fields=fields, envelope=envelope, our_numbers=frozenset(numbers))
    classification = classify(fields=fields, envelope=envelope, facts=facts)
    number = numbers[classification.did]
    if classification.kind == "receipt":
        receipt = apply_delivery_receipt(
            fields=fields,
            did=classification.did,
            phone=classification.phone,
            received_at=envelope.received_at,
        )
        return _verdict_on_receipt(
            receipt=receipt, classification=classification, fields=fields, number=number
        )
    return _receive_inbound(
        fields=fields, classification=classification, number=number, envelope=envelope
    )


def _facts(
    *, fields: PushFields, envelope: PushEnvelope, our_numbers: frozenset[str]
) -> ClassificationFacts:
    known = None
    # A signed inbound message is decided by its action: no need to look.
    if fields.message_id and envelope.action != "mo":
        row = (
            Message.objects.outbound()
            .filter(provider_message_id=fields.message_id)
            .values_list("did_number__number", "conversation__contact__phone_key", "has_receipt")
            .first()
        )
        known = KnownMessage(*row) if row else None

    def we_sent(did: str, phone: str, content: str) -> bool:
        since = envelope.received_at - MATCH_WINDOW
        texts = Message.objects.outbound().filter(
            did_number__number=did,
            conversation__contact__phone_key=address_key(phone),
            attempt_started_at__gte=since,
        )
        return any(
            comparable(text) == comparable(content)
            for text in texts.values_list("content", flat=True)
        )

    return ClassificationFacts(
        our_numbers=our_numbers, known_message=known, sent_text_matches=we_sent
    )


def _verdict_on_receipt(
    *,
    receipt: ReceiptVerdict,
    classification: Classification,
    fields: PushFields,
    number: DidNumber,
) -> Verdict:
    return Verdict(
        receipt.outcome,
        kind=Push.Kind.RECEIPT,
        reason=receipt.reason or classification.reason,
        flags=(*fields.flags, *classification.flags, *receipt.flags),
        message=receipt.message,
        did_number=number,
        phone_key=address_key(classification.phone),
        message_id=fields.message_id,
    )


def _receive_inbound(
    *, fields: PushFields, classification: Classification, number: DidNumber, envelope: PushEnvelope
) -> Verdict:
    """Write an inbound message once; the database's constraint decides whether it is new."""
    verdict = Verdict(
        Push.Outcome.APPLIED,
        kind=Push.Kind.INBOUND,
        reason=classification.reason,
        flags=(*fields.flags, *classification.flags),
        did_number=number,
        phone_key=address_key(classification.phone),
        message_id=fields.message_id,
    )
    key = dedup_key(fields=fields)
    known = _inbound_with(key=key)
    if known is None:
        try:
            with transaction.atomic():
                message = take_in(
                    fields=fields,
                    did_number=number,
                    phone=classification.phone,
                    key=key,
                    at=envelope.received_at,
                )
        except IntegrityError:
            known = _inbound_with(key=key)
            if known is None:
                raise
        else:
            return _replaced(verdict, message=message)
    same = (
        known.did_number_id == number.pk
        and known.conversation.contact.phone_key == verdict.phone_key
        and (known.redacted_at is not None or known.content == normalise(fields.content))
    )
    if same:
        return _replaced(verdict, outcome=Push.Outcome.DUPLICATE, message=known)
    return _replaced(verdict, outcome=Push.Outcome.QUARANTINED, reason="id_conflict")


def _replaced(verdict: Verdict, **changes: object) -> Verdict:
    return Verdict(**{**vars(verdict), **changes})


def _inbound_with(*, key: str) -> Message | None:
    return Message.objects.select_related("conversation__contact").filter(dedup_key=key).first()


def dedup_key(*, fields: PushFields) -> str:
    """Return what makes an inbound message itself.

    Its provider id, else a digest of what it says.
    """
    if fields.message_id:
        return f"id:{fields.message_id}"
    identity = [
        address_key(fields.from_phone),
        address_key(fields.to_phone),
        fields.content,
        fields.receive_time,
    ]
    return "sha256:" + hashlib.sha256(json.dumps(identity).encode()).hexdigest()


# Again --------------------------------------------------------------------------------------------
# -------------------


def replay_push(*, push: Push, at: datetime) -> Push:
    """Judge a quarantined push or an orphan anew, after whatever was wrong has been mended.

    Args:
        push: the push.
        at: now, aware UTC.

    Returns:
        The push with its new outcome.

    Raises:
        WrongState: it was applied already, or is a duplicate.
    """
    with transaction.atomic():
        locked = Push.objects.select_for_update(of=("self",)).get(pk=push.pk)
        if not locked.is_replayable:
            raise WrongState(_("This push was applied already."), code="already_applied")
        verdict = judge(envelope=envelope_of(locked))
        for column, value in _columns(verdict=verdict, earlier_flags=locked.flags).items():
            setattr(locked, column, value)
        locked.replayed_at = at
        locked.save()
    return locked


def replayable_pushes_of(*, did_number: DidNumber) -> list[int]:
    """Return the ids of pushes that were quarantined because this DID number was not ours yet."""
    quarantined = Push.objects.quarantined().filter(reason="unknown_number").order_by("id")
    found = []
    for push in quarantined.iterator(chunk_size=200):
        try:
            fields = parse_push(envelope_of(push), zone=ZoneInfo(settings.NXCLOUD_TIME_ZONE))
        except UnusablePush:
            continue
        if did_number.number in {address_key(fields.to_phone), address_key(fields.from_phone)}:
            found.append(push.pk)
    return found


def replay_pushes(*, pushes: list[int], at: datetime) -> dict[str, int]:
    """Judge several pushes anew, each in its own transaction.

    Returns:
        How many ended with which outcome; those that were applied meanwhile are left out.
    """
    outcomes: dict[str, int] = {}
    for pk in pushes:
        try:
            push = replay_push(push=Push(pk=pk), at=at)
        except (WrongState, Push.DoesNotExist):
            continue
        outcomes[push.outcome] = outcomes.get(push.outcome, 0) + 1
    return outcomes


def drain(*, limit: int | None = None) -> DrainCount:
    """Drain this node's spool through the same code as the webhook; see ``drain_spool``."""
    count = drain_spool(record=record_push, limit=limit)
    if count.recorded:
        bypass.reset()
    return count
