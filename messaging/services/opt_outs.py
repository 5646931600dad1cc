"""Opt-out and return: exact keywords act at once.

Anything near them is only a suggestion to staff.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Change, Conversation, ConversationEvent, Message, OptOut
from messaging.statuses import Status

from .errors import InvalidInput
from .history import change_status
from .live import announce

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


class Keyword(StrEnum):
    """What an exact keyword asks for."""

    STOP = "stop"
    #: Opts out, and a person still has to answer: it may have meant an appointment.
    CANCEL = "cancel"
    START = "start"
    #: Means "start" only from somebody who has opted out.
    YES = "yes"
    HELP = "help"


_WORDS: Final[dict[Keyword, str]] = {
    Keyword.STOP: (
        "STOP STOPALL STOP-ALL UNSUBSCRIBE END QUIT REVOKE OPTOUT OPT-OUT "  # English
        "ALTO BAJA PARAR SAIR ARRET ARRÊT DESABONNER "  # Spanish, Portuguese, French
        "STOPP ABMELDEN "  # German
        "退订 退訂 TD 取消订阅 拒收"  # Chinese
    ),
    Keyword.CANCEL: "CANCEL CANCELAR ANNULER 取消",
    Keyword.START: "START UNSTOP OPTIN OPT-IN ALTA 恢复订阅 重新订阅",
    Keyword.YES: "YES",
    Keyword.HELP: "HELP INFO AYUDA AJUDA AIDE HILFE 帮助 幫助",
}
KEYWORDS: Final[dict[str, Keyword]] = {
    word.casefold(): keyword for keyword, words in _WORDS.items() for word in words.split()
} | {"stop all": Keyword.STOP, "opt out": Keyword.STOP, "opt in": Keyword.START}

_NEAR_INTENT: Final = re.compile(
    r"""
      \b(?:stop|quit|cease|no\ more|don'?t|do\ not|never)\b .{0,30}
      \b(?:text|texts|texting|messag\w*|sms|contact\w*|writ\w*|send\w*)\b
    | \b(?:unsubscribe|opt\ ?-?out|remove\ me|take\ me\ off|leave\ me\ alone)\b
    | ^\W*(?:stop|stopall|unsubscribe|quit|optout)\W*(?:please|now|it|this|thanks?)?\W*$
    | \b(?:darme\ de\ baja|no\ me\ (?:escriba|escribas|manden?|envíen?))\b
    | \b(?:abmelden|d[ée]sabonner|désinscrire)\b
    | (?:别|不要|停止)(?:再|给我)?.{0,4}(?:发|联系|短信)
    | 退订
    """,
    re.IGNORECASE | re.VERBOSE,
)


def keyword_in(content: str) -> Keyword | None:
    """Return what the text asks for when it is exactly one keyword, trimmed and case-folded.

    Args:
        content: the text as it came.
    """
    return KEYWORDS.get(
        unicodedata.normalize("NFC", content).strip(" \t\r\n\u00a0\u3000\u200b\ufeff").casefold()
    )


def seems_to_ask_for_opt_out(content: str) -> bool:
    """Tell whether a text comes near an opt-out.

    Staff are offered one click, nothing happens by itself.
    """
    return len(content) <= 400 and _NEAR_INTENT.search(content) is not None


def opt_out_in_force(*, contact_id: int, did_number_id: int) -> OptOut | None:
    """Return the opt-out that forbids writing from this number to this contact, if there is one."""
    return (
        OptOut.objects.covering(contact_id=contact_id, did_number_id=did_number_id)
        .order_by("id")
        .first()
    )


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
        is_for_all_numbers: cover every DID number rather than the conversation's.

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
            return existing
        opt_out = OptOut.objects.create(
            contact_id=conversation.contact_id,
            did_number_id=number_id,
            message=message,
            created_at=at,
            created_by=by,
        )
        ConversationEvent.objects.create(
            conversation=conversation, kind=ConversationEvent.Kind.OPTED_OUT, actor=by, at=at
        )
        _block_what_waits(conversation=conversation, is_for_all_numbers=is_for_all_numbers, at=at)
        announce(kind=Change.Kind.CONVERSATION, conversation=conversation)
    return opt_out


def _block_what_waits(
    *, conversation: Conversation, is_for_all_numbers: bool, at: datetime
) -> None:
    waiting = Message.objects.filter(
        status__in=[Status.QUEUED, Status.HELD, Status.SCHEDULED],
        conversation__contact_id=conversation.contact_id,
    )
    if not is_for_all_numbers:
        waiting = waiting.filter(conversation=conversation)
    for message in waiting.order_by("id"):
        change_status(
            message=message,
            to=Status.BLOCKED,
            at=at,
            error=blocked_reason(),
            detail=blocked_reason(),
        )


def blocked_reason() -> str:
    """The words on a message that an opt-out kept from being sent."""
    return "The contact opted out before it was sent."


def end_opt_out(
    *, opt_out: OptOut, conversation: Conversation, reason: str, at: datetime, by: User | None
) -> None:
    """End an opt-out, with the reason; a person must give one.

    Args:
        opt_out: the opt-out in force.
        conversation: where the event is shown.
        reason: why it ends, at most 300 characters.
        at: when, aware UTC.
        by: who ends it; None when the contact's own keyword did.

    Raises:
        InvalidInput: the reason is empty.
    """
    reason = reason.strip()[:300]
    if not reason:
        raise InvalidInput(
            _("Say why this contact may be written to again."), field="reason", code="required"
        )
    with transaction.atomic():
        ended = (
            OptOut.objects.in_force()
            .filter(pk=opt_out.pk)
            .update(ended_at=at, ended_by=by, end_reason=reason)
        )
        if ended:
            ConversationEvent.objects.create(
                conversation=conversation,
                kind=ConversationEvent.Kind.OPTED_IN,
                actor=by,
                detail=reason,
                at=at,
            )
            announce(kind=Change.Kind.CONVERSATION, conversation=conversation)


def act_on_keyword(*, message: Message, conversation: Conversation, at: datetime) -> bool:
    """Do what an inbound message asks for when it is exactly a keyword.

    Args:
        message: the inbound message.
        conversation: its conversation.
        at: when it arrived, aware UTC.

    Returns:
        Whether a person still has to answer the message.
    """
    keyword = keyword_in(message.content)
    if keyword in {Keyword.STOP, Keyword.CANCEL}:
        record_opt_out(conversation=conversation, at=at, message=message)
        return keyword is Keyword.CANCEL
    if keyword in {Keyword.START, Keyword.YES}:
        return not _return_to_us(conversation=conversation, keyword=message.content.strip(), at=at)
    if keyword is Keyword.HELP:
        _answer_help(conversation=conversation, at=at)
    return True


def _return_to_us(*, conversation: Conversation, keyword: str, at: datetime) -> bool:
    """End every opt-out that covers the conversation; tell whether there was one."""
    covering = list(
        OptOut.objects.covering(
            contact_id=conversation.contact_id, did_number_id=conversation.did_number_id
        )
    )
    for opt_out in covering:
        end_opt_out(
            opt_out=opt_out,
            conversation=conversation,
            reason=f"They wrote {keyword[:40]}.",
            at=at,
            by=None,
        )
    return bool(covering)


def _answer_help(*, conversation: Conversation, at: datetime) -> None:
    from .composing import queue_message

    if not conversation.did_number.is_active:
        return
    if opt_out_in_force(
        contact_id=conversation.contact_id, did_number_id=conversation.did_number_id
    ):
        return
    day_ago = at - timedelta(days=1)
    if Message.objects.filter(
        conversation__contact_id=conversation.contact_id, is_automatic=True, created_at__gt=day_ago
    ).exists():
        return
    text = conversation.did_number.help_reply or (
        f"{conversation.did_number.name}: a person reads and answers this number. "
        "Reply STOP to get no more messages."
    )
    try:
        queue_message(conversation=conversation, content=text, user=None, at=at, is_automatic=True)
    except InvalidInput:
        return  # A short code or a sender name cannot be answered.
