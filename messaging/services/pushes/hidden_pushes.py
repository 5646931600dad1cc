"""Keep a hidden text out of the pushes: those that are there, and those that come later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from messaging.models import Contact, Message, Push
from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push_without_text import body_without_text, broken_texts, loose_values
from messaging.services.contacts.erased_numbers import erased_contact_ids
from messaging.services.content.digests import Wording, digest_of, is_same, wording_in, wording_of
from messaging.sms_text import comparison_form

from .stored_pushes import envelope_of, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messaging.nxcloud.push import PushEnvelope

    from .outcomes import PushOutcome

#: On a push whose text was taken out.
FLAG: Final = "text_hidden"
#: On a push of somebody who was erased, of which nothing is kept but what became of it.
ERASED_FLAG: Final = "erased"


@dataclass(frozen=True)
class Body:
    """What a push's row holds of its body."""

    raw_body: bytes
    text_digest: str | None = None
    flags: tuple[str, ...] = ()


def body_to_keep(*, envelope: PushEnvelope, push_outcome: PushOutcome) -> Body:
    """Return what is stored of a push: its bytes as they came, unless its text was hidden before.

    Args:
        envelope: the push as it arrived.
        push_outcome: what became of it.
    """
    if _is_of_erased(push_outcome):
        return Body(b"", flags=(ERASED_FLAG,))
    message = push_outcome.message or _hidden_message_of(
        envelope=envelope, push_outcome=push_outcome
    )
    if message is None or message.redacted_at is None:
        return Body(envelope.raw_body, envelope.text_digest or None)
    return body_without(envelope, digest=message.text_digest)


def outcome_to_keep(push_outcome: PushOutcome, *, body: Body) -> PushOutcome:
    """Return what is stored of a push's outcome: no number where nothing is kept of its body."""
    return replace(push_outcome, phone_key="") if ERASED_FLAG in body.flags else push_outcome


def _is_of_erased(push_outcome: PushOutcome) -> bool:
    """Tell whether a push speaks of what somebody sent or received before they were erased."""
    message = push_outcome.message
    if message is not None:
        return message.conversation.contact.erased_at is not None
    if push_outcome.outcome != Push.Outcome.ORPHAN:
        return False
    key = push_outcome.phone_key
    has_come_back = Contact.objects.filter(phone_key=key).exists()
    return bool(erased_contact_ids([key])) and not has_come_back


def hide_in_pushes(*, message: Message, text: str) -> int:
    """Take a text that is being hidden out of every push that is there; return how many.

    Must run in the transaction that hides it.

    Args:
        message: whose text it was, with its digest.
        text: the hidden text.
    """
    said = Wording(comparison_form(text))
    linked = message.pushes.all()
    unlinked = [push for push in _unlinked_pushes(message) if may_carry(envelope_of(push), said)]
    for push in (*linked, *unlinked):
        body = body_without(envelope_of(push), digest=message.text_digest)
        Push.objects.filter(pk=push.pk).update(
            raw_body=body.raw_body,
            text_digest=body.text_digest,
            flags=sorted({*push.flags, *body.flags}),
        )
    return len(linked) + len(unlinked)


def _unlinked_pushes(message: Message) -> Iterator[Push]:
    """Return the pushes that wait or could not be used and may speak of a message."""
    phone_key = message.conversation.contact.phone_key
    where = Q(phone_key__contains=phone_key) | Q(phone_key="")
    if message.provider_message_id:
        where |= Q(provider_message_id=message.provider_message_id)
    waiting = (Push.objects.orphans(), Push.objects.quarantined())
    for pushes in waiting:
        yield from pushes.filter(where, message__isnull=True).iterator(chunk_size=200)


def body_without(envelope: PushEnvelope, *, digest: str | None) -> Body:
    """Return a push's body without its text.

    Args:
        envelope: the push.
        digest: what is kept in place of the text; None makes one of the text.
    """
    return Body(
        body_without_text(envelope),
        text_digest=envelope.text_digest or digest or digest_of(_text_of(envelope)),
        flags=(FLAG,),
    )


def _text_of(envelope: PushEnvelope) -> str:
    return next(iter(loose_values(envelope, "content")), "")


def _hidden_message_of(*, envelope: PushEnvelope, push_outcome: PushOutcome) -> Message | None:
    """Return the hidden message that a push speaks of though it was not applied to it."""
    hidden = Message.objects.filter(redacted_at__isnull=False)
    if push_outcome.outcome == Push.Outcome.ORPHAN:
        thread = hidden.filter(
            did_number=push_outcome.did_number,
            conversation__contact__phone_key=push_outcome.phone_key,
            text_digest__isnull=False,
        )
        return next((row for row in thread if may_carry(envelope, wording_of(row))), None)
    if push_outcome.outcome != Push.Outcome.QUARANTINED:
        return None
    ids = {push_outcome.message_id, *loose_values(envelope, "messageId")} - {""}
    named = hidden.filter(provider_message_id__in=sorted(ids)) if ids else ()
    return next((row for row in named if may_carry(envelope, wording_of(row))), None)


def may_carry(envelope: PushEnvelope, said: Wording) -> bool:
    """Tell whether a push carries a text, or may do so as far as can be known."""
    try:
        return is_same(said, wording_in(fields_of(envelope))) is not False
    except UnusablePush:
        texts = loose_values(envelope, "content")
        texts += broken_texts(envelope.raw_body, within=said.form)
        return any(is_same(said, Wording(comparison_form(text))) is not False for text in texts)
