"""Labels of the codes that are kept with a push: why it got its outcome, what was noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

#: With what can be done, where something can.
PUSH_REASONS: Final[dict[str, StrPromise]] = {
    "exception": gettext_lazy("An internal didsms error; see its log."),
    "unknown_number": gettext_lazy(
        "None of its numbers are ours. Add the DID number, then replay."
    ),
    "id_conflict": gettext_lazy("Its ID was used before with another message or other numbers."),
    "receipt_mismatch": gettext_lazy("Its ID belongs to a message between other numbers."),
    "not_json": gettext_lazy("Its body isn’t JSON."),
    "not_object": gettext_lazy("Its body isn’t a JSON object."),
    "wrong_type": gettext_lazy("A field has an unreadable type."),
    "duplicate_keys": gettext_lazy("A field appears twice."),
    "no_numbers": gettext_lazy("It names no numbers."),
    "bad_number": gettext_lazy("It contains an invalid number."),
    "bad_content_type": gettext_lazy("It’s neither a form nor JSON."),
    "message_id_too_long": gettext_lazy("Its message ID is longer than any of NXCloud’s."),
    "no_message_id": gettext_lazy("A delivery receipt without an ID."),
    "unknown_message_id": gettext_lazy(
        "Receipt for a message we don’t have yet; it will be matched automatically."
    ),
    "signed_action": gettext_lazy("Identified by its signed header."),
    "known_message_id": gettext_lazy("Its ID is that of one of our messages."),
    "from_is_ours": gettext_lazy("It comes from one of our numbers."),
    "to_is_ours": gettext_lazy("It goes to one of our numbers."),
    "own_text_came_back": gettext_lazy(
        "Its text is that of a message we recently sent to this number."
    ),
    "both_ours_type": gettext_lazy("Both its numbers are ours; identified by its type."),
    "both_ours_known_id": gettext_lazy(
        "Both its numbers are ours; its ID is that of one of our messages."
    ),
    "both_ours_default": gettext_lazy(
        "Both its numbers are ours, with nothing else to go by; treated as an inbound message."
    ),
    "matched_later": gettext_lazy("Matched to its message later."),
    "contradiction": gettext_lazy("Another outcome was reported first and is kept."),
    "other_status_word": gettext_lazy(
        "Its status doesn’t change the outcome; see the message’s history."
    ),
}
FLAGS: Final[dict[str, StrPromise]] = {
    "contradiction": PUSH_REASONS["contradiction"],
    "far_from_our_clock": gettext_lazy("Its time is far from our clock’s."),
    "previous_secret": gettext_lazy("It was signed with the previous secret."),
    "type_contradicts_action": gettext_lazy("Its type contradicts its signed header."),
    "content_damaged": gettext_lazy("Parts of it couldn’t be read; see its first bytes."),
    "text_hidden": gettext_lazy("Its text was hidden, so it was removed here too."),
    "no_content": gettext_lazy("It has no field for the text."),
    "long_type": gettext_lazy("Its type is too long."),
    "long_status": gettext_lazy("Its status is too long."),
    "unreadable_size": gettext_lazy("Its segment count can’t be read."),
    "unreadable_price": gettext_lazy("Its price can’t be read."),
    "unreadable_time": gettext_lazy("Its time can’t be read."),
}


def reason_label(reason: str) -> str:
    """Return what a reason means, "" for a word that is not ours."""
    return str(PUSH_REASONS.get(reason, ""))


def flag_label(flag: str) -> str:
    """Return what a flag means, "" for a word that is not ours."""
    return str(FLAGS.get(flag, ""))
