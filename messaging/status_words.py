"""The states of a message as people see them: one table of words and signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from django.utils.translation import gettext, gettext_lazy

from .statuses import Status

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True)
class StatusWords:
    """One state.

    Attributes:
        label: its name.
        icon: the sign that stands for it.
        tone: "ok", "warn" or "bad" where it has a color.
        is_news: whether a list says it aloud before the text; else it is only read out.
        reason: whether the thread shows the reason behind the name, instead of it, or not at all.
    """

    label: StrPromise
    icon: str
    tone: Literal["", "ok", "warn", "bad"] = ""
    is_news: bool = False
    reason: Literal["", "behind", "instead"] = ""

    @property
    def lead(self) -> str:
        """The name as it is before a text."""
        sentence = gettext("%(status)s:") if self.is_news else gettext("%(status)s.")
        return sentence % {"status": self.label}


STATUS_WORDS: Final[dict[Status, StatusWords]] = {
    Status.SCHEDULED: StatusWords(gettext_lazy("Scheduled"), "calendar-clock"),
    Status.HELD: StatusWords(gettext_lazy("Sending soon"), "clock"),
    Status.QUEUED: StatusWords(gettext_lazy("Queued"), "clock"),
    Status.SENDING: StatusWords(gettext_lazy("Sending"), "clock"),
    Status.SENT: StatusWords(gettext_lazy("Sent"), "check"),
    Status.DELIVERED: StatusWords(gettext_lazy("Delivered"), "check-check", "ok"),
    Status.UNDELIVERED: StatusWords(
        gettext_lazy("Not delivered"), "circle-alert", "bad", is_news=True, reason="instead"
    ),
    Status.FAILED: StatusWords(
        gettext_lazy("Failed"), "circle-alert", "bad", is_news=True, reason="behind"
    ),
    Status.UNCONFIRMED: StatusWords(
        gettext_lazy("Unconfirmed"), "circle-question-mark", "warn", is_news=True, reason="behind"
    ),
    Status.BLOCKED: StatusWords(gettext_lazy("Blocked"), "ban", reason="behind"),
    Status.CANCELED: StatusWords(gettext_lazy("Canceled"), "x", is_news=True, reason="instead"),
    Status.RECEIVED: StatusWords(gettext_lazy("Received"), "message-circle"),
}
#: For the choices of a model's field.
STATUS_CHOICES: Final = [(status.value, words.label) for status, words in STATUS_WORDS.items()]


def status_words(status: str) -> StatusWords:
    """Return how a state is shown."""
    return STATUS_WORDS[Status(status)]
