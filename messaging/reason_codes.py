"""The codes that say why a message is where it is; `reasons` has the words of each."""

from enum import StrEnum


class ReasonCode(StrEnum):
    """Our own codes; where NXCloud gave a code that its documentation names, that is the code."""

    # What the wire brought.
    UNREACHABLE = "unreachable"
    WORKER_STOPPED = "worker_stopped"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNCLEAR_ANSWER = "unclear_answer"
    CONTRADICTORY_ANSWER = "contradictory_answer"
    UNEXPECTED_ERROR = "unexpected_error"
    CLOCK = "clock"
    ACCOUNT = "account"
    ACCESS_DENIED = "access_denied"
    WRONG_ADDRESS = "wrong_address"
    MALFORMED_ADDRESS = "malformed_address"
    REFUSED = "refused"
    # What kept a message from being sent.
    OPTED_OUT = "opted_out"
    NUMBER_INACTIVE = "number_inactive"
    BUDGET_USED_UP = "budget_used_up"
    TOO_OLD = "too_old"
    THEY_WROTE = "they_wrote"
    CANCELED = "canceled"
    WORKER_LOST = "worker_lost"
    # What a restore from a backup leaves for a person to look at.
    RESTORED = "restored"
    SINCE_BACKUP = "since_backup"
    # What else is in a message's history.
    CHANGED = "changed"
    ACCEPTED_WITHOUT_ID = "accepted_without_id"
    ACCEPTED_WITH_KNOWN_ID = "accepted_with_known_id"
    NOT_DELIVERED = "not_delivered"
    EARLY_RECEIPT = "early_receipt"
    REPORTED = "reported"
    CONTRADICTION = "contradiction"
    # A sentence that an earlier version stored, and that no table knows: the fact "text".
    TEXT = "text"
    OTHER = "other"
