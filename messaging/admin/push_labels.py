"""Labels of the codes that are kept with a push: why it got its outcome, what was noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

#: With what can be done, where something can.
REASONS: Final[dict[str, StrPromise]] = {
    "exception": gettext_lazy("An error of didsms itself; its log has it."),
    "unknown_number": gettext_lazy("None of its numbers is ours. Add the DID number, then replay."),
    "id_conflict": gettext_lazy("Its id was used before with another text or other numbers."),
    "receipt_mismatch": gettext_lazy("Its id belongs to a message between other numbers."),
    "not_json": gettext_lazy("Its body is not JSON."),
    "not_object": gettext_lazy("Its body is not a JSON object."),
    "wrong_type": gettext_lazy("A field has a type that cannot be read."),
    "duplicate_keys": gettext_lazy("A field stands in it twice."),
    "no_numbers": gettext_lazy("It names no numbers."),
    "bad_number": gettext_lazy("A number in it is no number."),
    "bad_content_type": gettext_lazy("It is neither a form nor JSON."),
    "message_id_too_long": gettext_lazy("Its message id is longer than any of NXCloud's."),
    "no_message_id": gettext_lazy("A delivery receipt without an id."),
    "unknown_message_id": gettext_lazy(
        "A receipt for a message that we do not know yet; it is matched by itself when we do."
    ),
    "signed_action": gettext_lazy("Its signed header says what it is."),
    "known_message_id": gettext_lazy("Its id is that of a message of ours."),
    "from_is_ours": gettext_lazy("It comes from a number of ours."),
    "to_is_ours": gettext_lazy("It goes to a number of ours."),
    "own_text_came_back": gettext_lazy("It carries a text that we sent to this number lately."),
    "both_ours_type": gettext_lazy("Both its numbers are ours; its type says what it is."),
    "both_ours_known_id": gettext_lazy(
        "Both its numbers are ours; its id is that of a message of ours."
    ),
    "both_ours_default": gettext_lazy(
        "Both its numbers are ours and nothing says more; taken for an inbound message."
    ),
    "matched_later": gettext_lazy("Its message became known after it came."),
    "contradiction": gettext_lazy("Another outcome was reported before; that one stays."),
    "other_status_word": gettext_lazy("Its status decides nothing; the message's history has it."),
}
FLAGS: Final[dict[str, StrPromise]] = {
    "contradiction": REASONS["contradiction"],
    "far_from_our_clock": gettext_lazy("Its time is far from that of our clock."),
    "previous_secret": gettext_lazy("It was signed with the previous secret."),
    "type_contradicts_action": gettext_lazy("Its type contradicts its signed header."),
    "content_damaged": gettext_lazy("Parts of it could not be read; see its first bytes."),
    "text_hidden": gettext_lazy("Its text was hidden, so it was removed here as well."),
    "no_content": gettext_lazy("It has no field for the text."),
    "long_type": gettext_lazy("Its type is too long for one."),
    "long_status": gettext_lazy("Its status is too long for one."),
    "unreadable_size": gettext_lazy("Its number of segments cannot be read."),
    "unreadable_price": gettext_lazy("Its price cannot be read."),
    "unreadable_time": gettext_lazy("Its time cannot be read."),
}


def reason_label(reason: str) -> str:
    """Return what a reason means, "" for a word that is not ours."""
    return str(REASONS.get(reason, ""))


def flag_label(flag: str) -> str:
    """Return what a flag means, "" for a word that is not ours."""
    return str(FLAGS.get(flag, ""))
