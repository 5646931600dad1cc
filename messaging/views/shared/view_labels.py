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
        _("No one is waiting for a reply"),
        _("Conversations waiting for your reply appear here, longest wait first."),
        "g n",
    ),
    ViewLabels(
        "mine",
        _("Mine"),
        "user-round",
        _("No conversations assigned to you"),
        _("Conversations assigned to you appear here."),
        "g m",
    ),
    ViewLabels(
        "unassigned",
        _("Unassigned"),
        "user-round-plus",
        _("No unassigned conversations"),
        _("Open conversations with no assignee appear here."),
        "g u",
    ),
    ViewLabels(
        "open",
        _("All open"),
        "messages-square",
        _("The inbox is empty"),
        _("New messages appear here automatically. You can also write first."),
        "g a",
    ),
    ViewLabels(
        "unread",
        _("Unread"),
        "mail",
        _("You’re all caught up"),
        _("Open conversations with unread messages appear here."),
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
        _("No snoozed conversations"),
        _("Snoozed conversations return at the chosen time, or when the contact replies."),
        "g s",
    ),
    ViewLabels(
        "scheduled",
        _("Scheduled"),
        "calendar-clock",
        _("No scheduled messages"),
        _("Conversations with a scheduled message appear here."),
        "g d",
    ),
    ViewLabels(
        "failed",
        _("Delivery issues"),
        "circle-alert",
        _("No delivery issues"),
        _("Messages that failed, weren’t delivered or are unconfirmed appear here."),
        "g f",
    ),
    ViewLabels(
        "closed",
        _("Closed"),
        "circle-check",
        _("No closed conversations"),
        _("Closed conversations stay here and reopen when the contact replies."),
        "g c",
    ),
)
ALL: Final = ViewLabels(
    "all",
    _("All conversations"),
    "archive",
    _("No conversations yet"),
    _("New messages appear here automatically. You can also write first."),
)
BY_NAME: Final = {label.view: label for label in (*VIEWS, ALL)}
NO_MATCH_HINT: Final = _("Try fewer words or part of a number, or search all conversations.")
