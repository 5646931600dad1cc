"""Labels of the inbox's views: name, icon, and what an empty one says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise


@dataclass(frozen=True)
class ViewLabels:
    """A view as the sidebar and the list name it.

    Attributes:
        view: its word in addresses.
        name: what staff read.
        icon: its icon.
        empty: what its empty list says.
        hint: the sentence below.
        keys: the keys that go there.
    """

    view: str
    name: Words
    icon: str
    empty: Words
    hint: Words
    keys: str = ""


VIEWS: Final = (
    ViewLabels(
        "needs-reply",
        _("Needs reply"),
        "reply",
        _("Everybody has an answer"),
        _("Conversations whose last word is the contact's appear here, longest waiting first."),
        "g n",
    ),
    ViewLabels(
        "mine",
        _("Mine"),
        "user-round",
        _("Nothing is yours at the moment"),
        _("Conversations that are assigned to you appear here."),
        "g m",
    ),
    ViewLabels(
        "unassigned",
        _("Unassigned"),
        "user-round-plus",
        _("Every open conversation has somebody"),
        _("Open conversations that nobody has taken appear here."),
        "g u",
    ),
    ViewLabels(
        "open",
        _("All open"),
        "messages-square",
        _("The inbox is empty"),
        _("New texts appear here by themselves. You can also write first."),
        "g a",
    ),
    ViewLabels(
        "unread",
        _("Unread"),
        "mail",
        _("You have read everything"),
        _("Open conversations with texts that you have not seen appear here."),
        "g r",
    ),
    ViewLabels(
        "mentions",
        _("Mentions"),
        "at-sign",
        _("No mentions yet"),
        _("Conversations with a note that mentions you appear here."),
        "g t",
    ),
    ViewLabels(
        "snoozed",
        _("Snoozed"),
        "alarm-clock",
        _("Nothing is snoozed"),
        _("What you put away comes back at its time, or as soon as they write."),
        "g s",
    ),
    ViewLabels(
        "scheduled",
        _("Scheduled"),
        "calendar-clock",
        _("Nothing is scheduled"),
        _("Conversations with a text that waits for its time appear here."),
        "g d",
    ),
    ViewLabels(
        "failed",
        _("Delivery issues"),
        "circle-alert",
        _("No text needs a second look"),
        _("Texts that failed, were not delivered or may not have been sent appear here."),
        "g f",
    ),
    ViewLabels(
        "closed",
        _("Closed"),
        "circle-check",
        _("Nothing is closed yet"),
        _("Closed conversations stay here and open again when they write."),
        "g c",
    ),
)
ALL: Final = ViewLabels(
    "all",
    _("All conversations"),
    "archive",
    _("There are no conversations yet"),
    _("New texts appear here by themselves. You can also write first."),
)
BY_NAME: Final = {words.view: words for words in (*VIEWS, ALL)}
NO_MATCH_HINT: Final = _("Try fewer words, part of a number, or look in all conversations.")
