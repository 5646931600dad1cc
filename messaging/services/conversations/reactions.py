"""Reactions to a text: find the message that an inbound reaction quotes, and its current reactions.

A reaction needs no reply, is unread for nobody, notifies nobody, reopens nothing and cancels
nothing. It still counts as the conversation's last activity.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from messaging.models import Message, Reaction
from messaging.services.content.digests import Wording, is_same, wording_of
from messaging.services.content.opt_out_phrases import plain
from messaging.services.content.reaction_texts import LONGEST_LOOKED_AT, Reading, readings_of
from messaging.sms_text import comparison_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from messaging.models import Conversation

#: A quotation that is not a text to the letter is looked for among so many newest messages.
FURTHEST_BACK: Final = 200
#: Of a quotation that was cut off, so much must be there.
SHORTEST_BEGINNING: Final = 4
#: How `_comparable` writes "…".
_DOTS: Final = "..."


@dataclass(frozen=True)
class Found:
    """A reaction and the message that it quotes."""

    reading: Reading
    target_id: int


def find_reaction(*, content: str, conversation: Conversation) -> Found | None:
    """Return the reaction that a text is; None when it quotes nothing of its conversation.

    Args:
        content: the text as it came.
        conversation: where it came.
    """
    for reading in readings_of(content):
        target_id = _quoted_in(conversation, reading.quoted)
        if target_id is not None:
            return Found(reading, target_id)
    return None


def _quoted_in(conversation: Conversation, quoted: str) -> int | None:
    """Return the newest message that a quotation is the text of, else the beginning of."""
    texts = Message.objects.without_reactions().exchanged()
    seen = texts.filter(conversation=conversation).order_by("-id")
    to_the_letter = seen.filter(content=quoted.strip()).values_list("id", flat=True).first()
    said = _comparable(quoted)
    if to_the_letter is not None or not said:
        return to_the_letter
    newest = seen.values_list("id", "content")[:FURTHEST_BACK]
    folded = [(pk, _comparable(text)) for pk, text in newest]
    beginning = said.removesuffix(_DOTS).rstrip()
    is_cut = said.endswith(_DOTS) and len(beginning) >= SHORTEST_BEGINNING
    whole = (pk for pk, text in folded if text == said)
    cut = (pk for pk, text in folded if is_cut and text.startswith(beginning))
    return next(chain(whole, cut, _hidden_with(conversation, quoted)), None)


def quotes(content: str, *, text: str) -> bool:
    """Tell whether a text is a reaction that quotes another one, whole or the beginning of it.

    Args:
        content: a text as it came.
        text: what may be quoted.
    """
    folded = _comparable(text)
    for reading in readings_of(content):
        said = _comparable(reading.quoted)
        beginning = said.removesuffix(_DOTS).rstrip()
        is_cut = _is_cut(content, quoted=reading.quoted) and beginning
        if said == folded or (is_cut and folded.startswith(beginning)):
            return True
    return False


def cut_quotation_in(content: str) -> str | None:
    """Return what a text quotes if it is a reaction whose quotation was cut off.

    Args:
        content: a text as it came.
    """
    quoted = (reading.quoted for reading in readings_of(content))
    return next((each for each in quoted if _is_cut(content, quoted=each)), None)


def _is_cut(content: str, *, quoted: str) -> bool:
    """Tell whether a quotation ends with dots, or a text within it."""
    return _comparable(quoted).endswith(_DOTS) or content.endswith(quoted)


def _hidden_with(conversation: Conversation, quoted: str) -> Iterator[int]:
    """Return the messages whose hidden text is quoted whole, the newest first."""
    said = Wording(comparison_form(quoted))
    hidden = Message.objects.without_reactions().filter(
        conversation=conversation, redacted_at__isnull=False, text_digest__isnull=False
    )
    for message in hidden.order_by("-id"):
        if is_same(wording_of(message), said):
            yield message.pk


def _comparable(text: str) -> str:
    return " ".join(plain(text[:LONGEST_LOOKED_AT]).split())


def react(*, message: Message, found: Found) -> None:
    """Note that a message is a reaction."""
    Reaction.objects.create(
        message=message,
        target_id=found.target_id,
        sign=found.reading.sign[:32],
        is_removal=found.reading.is_removal,
    )


def reaction_of(message: Message) -> Reaction | None:
    """Return what makes a message a reaction; None for an ordinary text."""
    return getattr(message, "reaction", None)


def sign_on(reactions: Iterable[Reaction]) -> str:
    """Return the sign that holds of a message now, "" for none.

    A contact has one: a later one takes its place.

    Args:
        reactions: to one message, in the order in which they came.
    """
    sign = ""
    for reaction in reactions:
        if not reaction.is_removal:
            sign = reaction.sign
        elif reaction.sign == sign:
            sign = ""
    return sign
