"""Hide a stored text, for example one with a card number, wherever it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Draft, Message, Note, Reaction, StatusChange
from messaging.services.audit.record import Subject, record
from messaging.services.contacts.legal_holds import check_not_on_hold
from messaging.services.content.digests import digest_of, hidden_identity
from messaging.services.conversations.reactions import cut_quotation_in, quotes
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.exports.retention import erase_exports, exports_holding
from messaging.services.history.conversation_events import Redacted, note_event
from messaging.services.history.summary import rebuild
from messaging.services.pushes.hidden_pushes import hide_in_pushes
from messaging.services.pushes.hidden_spool_files import hide_in_files_set_aside
from messaging.sms_text import MAX_CHARACTERS, comparison_form, is_blank, normalize
from messaging.statuses import HOLDING_BACK, WAITING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation

#: A shorter text says nothing of its own: where it is in a draft or note it is no quotation.
SHORTEST_QUOTATION: Final = 8
#: Put in place of a quotation that may be of a hidden text.
CUT_OFF: Final = "…"


def hide_text(*, message: Message, content: str, by: User, at: datetime) -> Message:
    """Replace a stored text as a person asks for it.

    Args:
        message: the message.
        content: what is shown instead from now on.
        by: who hides it.
        at: now, aware UTC.

    Raises:
        InvalidInput: the replacement is empty, longer than any text may be, or the text itself.
        WrongState: the message, or the same text sent again, may still go out.
        OnLegalHold: the contact or the number is on legal hold.
    """
    text = normalize(content).strip()
    if is_blank(text):
        raise InvalidInput(_("Enter replacement text."), field="content", code="required")
    if len(text) > max(len(message.content), MAX_CHARACTERS):
        raise InvalidInput(_("This is longer than the original."), field="content", code="too_long")
    if message.redacted_at is None and text == normalize(message.content).strip():
        raise InvalidInput(
            _("This is still the full text. Remove what you want to hide."),
            field="content",
            code="unchanged",
        )
    with transaction.atomic():
        check_not_on_hold(
            contact_id=message.conversation.contact_id, did_number_id=message.did_number_id
        )
        if not may_be_hidden(message):
            raise WrongState(_("This message is still to be sent; cancel it instead."))
        if not all(may_be_hidden(copy) for copy in _copies_of(message)):
            raise WrongState(_("This text is about to be resent. Cancel that message first."))
        return redact_message(message=message, content=text, by=by, at=at)


def may_be_hidden(message: Message) -> bool:
    """Tell whether a text may be replaced: not while it may still go out."""
    return message.status not in WAITING | HOLDING_BACK


def redact_message(*, message: Message, content: str, by: User, at: datetime) -> Message:
    """Replace a stored text everywhere; who and when is kept, of the old text a keyed digest.

    Args:
        message: the message; what was sent again in its place, with the same text, goes with it,
            and so do the reactions that quote it.
        content: what is shown instead from now on.
        by: who hides it.
        at: now, aware UTC.
    """
    exports = exports_holding(message.conversation.contact)
    with transaction.atomic():
        erase_exports(exports)
        locked = _locked(message.pk)
        texts = [locked, *filter(may_be_hidden, _copies_of(locked))]
        for row in [*texts, *_reactions_to(texts), *_quotations_of(locked)]:
            _redact(row, content=content, by=by, at=at)
        note_event(
            conversation=locked.conversation,
            event=Redacted(),
            actor=by,
            at=at,
        )
        record("text_hidden", actor=by, about=Subject("message", locked.pk), at=at)
    return locked


def hide_quotation(*, message: Message, quoted_id: int, at: datetime) -> None:
    """Hide what just came where it quotes a hidden text; must run in its transaction.

    Args:
        message: a reaction.
        quoted_id: the message that it quotes.
        at: when it arrived, aware UTC.
    """
    quoted = Message.objects.select_related("redacted_by").get(pk=quoted_id)
    if quoted.redacted_at is not None:
        _redact(message, content=quoted.content, by=quoted.redacted_by, at=at)


def hide_cut_quotation(*, message: Message, at: datetime) -> None:
    """Hide the quotation in what just came where it may be of a hidden text.

    A digest tells whether a hidden text is quoted whole, never whether it begins in some way. So a
    reaction with a quotation that was cut off, and that is the beginning of no text which is still
    there, keeps its words and loses the quotation, if anything is hidden in its conversation. Must
    run in the transaction in which the message came.

    Args:
        message: a text that was found to be no reaction to any other.
        at: when it arrived, aware UTC.
    """
    quoted = cut_quotation_in(message.content)
    if quoted is None:
        return
    texts = Message.objects.filter(conversation=message.conversation, redacted_at__isnull=False)
    hidden = texts.select_related("redacted_by").order_by("-redacted_at").first()
    if hidden is not None:
        content = message.content.replace(quoted, CUT_OFF, 1)
        _redact(message, content=content, by=hidden.redacted_by, at=at)


def _locked(pk: int) -> Message:
    rows = Message.objects.select_for_update(of=("self",))
    return rows.select_related("conversation__contact", "did_number").get(pk=pk)


def _copies_of(message: Message) -> Iterator[Message]:
    """Return the other messages of a chain of "Send again" that say the same."""
    seen, to_visit = {message.pk}, [message]
    while to_visit:
        row = to_visit.pop()
        near = set(row.resends.values_list("pk", flat=True))
        if row.resend_of_id is not None:
            near.add(row.resend_of_id)
        for pk in near - seen:
            seen.add(pk)
            other = _locked(pk)
            to_visit.append(other)
            if comparison_form(other.content) == comparison_form(message.content):
                yield other


def _reactions_to(messages: Iterable[Message]) -> list[Message]:
    """Return the reactions to some messages: they quote them."""
    found = Reaction.objects.filter(target__in=list(messages))
    return [_locked(pk) for pk in found.values_list("pk", flat=True)]


def _quotations_of(message: Message) -> list[Message]:
    """Return what quotes a text as a reaction does and was not found to be one when it came."""
    others = (
        Message.objects.inbound()
        .without_reactions()
        .filter(conversation=message.conversation, redacted_at__isnull=True)
    )
    rows = others.exclude(pk=message.pk).values_list("pk", "content").iterator(chunk_size=500)
    return [_locked(pk) for pk, content in rows if quotes(content, text=message.content)]


def _redact(message: Message, *, content: str, by: User | None, at: datetime) -> None:
    text, conversation = message.content, message.conversation
    message.text_digest = _digest_to_keep(message)
    if message.dedup_key and message.dedup_key.startswith("sha256:"):
        message.dedup_key = hidden_identity(message.dedup_key)
    message.content, message.redacted_at, message.redacted_by = content, at, by
    message.search_text = message.is_damaged = None
    message.save(
        update_fields=[
            "content", "redacted_at", "redacted_by", "search_text", "text_digest", "dedup_key",
            "is_damaged",
        ]
    )  # fmt: skip
    rebuild(conversation.pk)
    hide_in_pushes(message=message, text=text)
    _forget_answers(message)
    _hide_quotations(conversation=conversation, text=text, content=content)
    transaction.on_commit(lambda: hide_in_files_set_aside(message=message, text=text))


def _forget_answers(message: Message) -> None:
    """Drop what NXCloud answered: it may quote the text that it was sent."""
    for change in message.status_changes.filter(trace__isnull=False):
        trace = change.trace or {}
        if trace.pop("answer", None) is not None:
            StatusChange.objects.filter(pk=change.pk).update(trace=trace)


def _digest_to_keep(message: Message) -> str | None:
    """Return the digest of the text that came; a replacement's own would say nothing."""
    return digest_of(message.content) if message.redacted_at is None else message.text_digest


def _hide_quotations(*, conversation: Conversation, text: str, content: str) -> None:
    """Replace a text where a draft or a note of the conversation quotes it whole."""
    quoted = normalize(text).strip()
    if len(quoted) < SHORTEST_QUOTATION:
        return
    for draft in Draft.objects.filter(conversation=conversation):
        reply, note = draft.reply.replace(quoted, content), draft.note.replace(quoted, content)
        if (reply, note) != (draft.reply, draft.note):
            Draft.objects.filter(pk=draft.pk).update(reply=reply, note=note)
    for row in Note.objects.filter(conversation=conversation, content__contains=quoted):
        Note.objects.filter(pk=row.pk).update(
            content=row.content.replace(quoted, content), search_text=None
        )
