"""Which messages of a number are old enough to go, and their deletion, some at a time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from messaging.models import Change, Conversation, LegalHold, Message, OptOut, Push, Reaction
from messaging.services.feed.changes import announce_many
from messaging.services.history.summary import rebuild
from messaging.services.reports.pruned import keep_facts
from messaging.statuses import HOLDING_BACK, WAITING

from .old_pushes import DONE, newest_pushes

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from messaging.models.message import MessageQuerySet

#: Messages of one transaction: so few that a push, which waits for it on SQLite, hardly notices.
BATCH: Final = 100
UNFINISHED: Final = sorted(WAITING | HOLDING_BACK)


def aged(*, did_number_id: int, before: datetime) -> MessageQuerySet:
    """Return the messages of a number that came, or were sent, before a moment."""
    sent = Q(sent_at__isnull=True) | Q(sent_at__lt=before)
    planned = Q(send_at__isnull=True) | Q(send_at__lt=before)
    return Message.objects.filter(sent, planned, did_number_id=did_number_id, created_at__lt=before)


def held(rows: MessageQuerySet, *, at: datetime) -> MessageQuerySet:
    """Keep what is on legal hold, or was a day ago."""
    holds = LegalHold.objects.keeping(at=at)
    return rows.filter(
        Q(did_number__in=holds.numbers()) | Q(conversation__contact__in=holds.contacts())
    )


def deletable(rows: MessageQuerySet, *, before: datetime, at: datetime) -> MessageQuerySet:
    """Leave out what stays however old it is.

    It may still be sent, is on legal hold or was within the last day, proves an opt-out, has a
    reaction that stays, or a push that still needs somebody.
    """
    own = OuterRef("pk")
    proofs = OptOut.objects.filter(message=own)
    younger = Reaction.objects.filter(target=own, message__created_at__gte=before)
    needed = Push.objects.filter(message=own).exclude(outcome__in=DONE)
    holds = LegalHold.objects.keeping(at=at)
    rows = rows.exclude(status__in=UNFINISHED)
    if holds.exists():
        rows = rows.exclude(did_number__in=holds.numbers())
        rows = rows.exclude(conversation__contact__in=holds.contacts())
    kept = Exists(proofs) | Exists(younger) | Exists(needed)
    found: MessageQuerySet = rows.filter(~kept)
    return found


@transaction.atomic
def delete_messages(
    ids: Collection[int], *, did_number_id: int, before: datetime, at: datetime
) -> Counter[str]:
    """Delete those of some messages that may go; what was counted of them stays.

    Args:
        ids: of one number's messages.
        did_number_id: which number.
        before: how old they must be.
        at: now, aware UTC.

    Returns:
        How many messages and raw pushes went, and conversations of which nothing is left.
    """
    threads = _locked_threads(ids)
    rows = aged(did_number_id=did_number_id, before=before).filter(pk__in=ids)
    going = dict(
        deletable(rows, before=before, at=at)
        .order_by("pk")
        .select_for_update(of=("self",))
        .values_list("pk", "created_at")
    )
    going |= _reactions_to(going)
    if not going:
        return Counter()
    known = set(
        Conversation.objects.filter(pk__in=threads).exchanged().values_list("pk", flat=True)
    )
    counts = Counter(messages=len(going), pushes=_delete_pushes_of(going, did_number_id))
    keep_facts(going)
    Message.objects.filter(resend_of__in=going).update(resend_of=None)
    Message.objects.filter(pk__in=going).delete()
    newest = max(going.values())
    shown = [row for row in threads.values() if _may_show(row, set(going), newest)]
    for row in shown:
        rebuild(row.pk)
    counts["conversations"] = _put_away_empty([row.pk for row in shown], known=known)
    announce_many(
        kind=Change.Kind.CONVERSATION, threads=[(row.pk, row.did_number_id) for row in shown]
    )
    return +counts


def _locked_threads(ids: Collection[int]) -> dict[int, Conversation]:
    """Lock the conversations first, as everybody does."""
    theirs = Message.objects.filter(pk__in=ids).order_by().values("conversation")
    rows = Conversation.objects.filter(pk__in=theirs).order_by("pk")
    return {row.pk: row for row in rows.select_for_update(of=("self",))}


def _reactions_to(going: dict[int, datetime]) -> dict[int, datetime]:
    """Return the reactions to some messages: they quote them, and say nothing by themselves."""
    found = Reaction.objects.filter(target__in=going).order_by()
    return dict(found.values_list("message_id", "message__created_at"))


def _delete_pushes_of(messages: Collection[int], did_number_id: int) -> int:
    """Delete the raw pushes of some messages; the newest of a kind is emptied instead."""
    pushes = Push.objects.filter(message__in=messages)
    newest = newest_pushes(did_number_id) if pushes.exists() else []
    pushes.filter(pk__in=newest).update(message=None, raw_body=b"", phone_key="")
    return pushes.delete()[0]


def _may_show(row: Conversation, gone: set[int], newest: datetime) -> bool:
    """Tell whether a conversation's summary may rest on what went."""
    is_last = row.last_message_id in gone or row.last_inbound_id in gone
    return is_last or row.needs_reply_since is not None or row.last_activity_at <= newest


def _put_away_empty(ids: Collection[int], *, known: Collection[int]) -> int:
    """Close the conversations of which no message is left; return how many.

    Notes, labels and opt-outs stay with them, and so does who knows the contact.
    """
    rows = Conversation.objects.filter(pk__in=ids).filter(
        ~Exists(Message.objects.filter(conversation=OuterRef("pk")))
    )
    empty = list(rows.values_list("pk", flat=True))
    theirs = Conversation.objects.filter(pk__in=empty)
    theirs.update(status=Conversation.Status.CLOSED, snoozed_until=None)
    still_known = theirs.filter(pk__in=known, contact__erased_at__isnull=True)
    still_known.update(added_at=Coalesce(F("added_at"), F("created_at")))
    return len(empty)
