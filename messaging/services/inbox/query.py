"""What a list of conversations shows: a view with filters and order, as its address says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from messaging.db.literals import literal, literals
from messaging.models import Conversation, Message, Note
from messaging.services.reading.unread import unread_by, unread_ids
from messaging.statuses import Status

from .cursor import Cursor, parse_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

PLAIN_VIEWS: Final = (
    "needs-reply",
    "mine",
    "unassigned",
    "open",
    "unread",
    "mentions",
    "snoozed",
    "scheduled",
    "failed",
    "closed",
    "all",
)
#: Everything in them is open.
_OPEN_VIEWS: Final = frozenset({"mine", "unassigned", "open", "unread", "number"})
_VIEW_OF_ONE: Final = re.compile(r"(number|label)-([1-9][0-9]{0,17})")
_LONGEST_QUERY: Final = 200
#: Where a list holds fewer than that, its conversations are put in order after they are found.
MOST_FEW: Final = 300

NEWEST: Final = "newest"
WAITING: Final = "waiting"


@dataclass(frozen=True)
class ListQuery:
    """One list: everything that its address says.

    Attributes:
        view: the view's word, such as "open" or "number-3".
        text: what is searched for.
        sort: "newest" or "waiting" (longest waiting for an answer first).
        assignee: "", "me", "none" or a user name.
        number: id of a DID number, or None.
        label: id of a label, or None.
        is_unread: keep what this person has not read.
        needs_reply: keep what waits for an answer.
        before: where the previous page ended.
        before_hit: the same for a search: a message's id.
    """

    view: str
    text: str = ""
    sort: str = NEWEST
    assignee: str = ""
    number: int | None = None
    label: int | None = None
    is_unread: bool = False
    needs_reply: bool = False
    before: Cursor | None = field(default=None, compare=False)
    before_hit: int | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, view: str, params: Mapping[str, str]) -> ListQuery | None:
        """Read a view and the query string; None when there is no such view.

        A filter that cannot be read is left out, as if it were not there.
        """
        if view not in PLAIN_VIEWS and not _VIEW_OF_ONE.fullmatch(view):
            return None
        sort = params.get("sort", "")
        return cls(
            view=view,
            text=searched_text(params),
            sort=sort if sort in {NEWEST, WAITING} else cls.usual_sort(view),
            assignee=params.get("assignee", "").replace("\x00", "")[:150],
            number=_parse_int(params.get("number")),
            label=_parse_int(params.get("label")),
            is_unread=params.get("unread") == "1",
            needs_reply=params.get("needs_reply") == "1",
            before=parse_cursor(params.get("before", "")),
            before_hit=_parse_int(params.get("before")),
        )

    @staticmethod
    def usual_sort(view: str) -> str:
        """Return the order of a view that nobody has sorted otherwise."""
        return WAITING if view == "needs-reply" else NEWEST

    @property
    def kind(self) -> str:
        """The view's kind: itself, "number" or "label"."""
        found = _VIEW_OF_ONE.fullmatch(self.view)
        return found[1] if found else self.view

    @property
    def subject_id(self) -> int | None:
        """The id of the number or label that the view is about."""
        found = _VIEW_OF_ONE.fullmatch(self.view)
        return int(found[2]) if found else None

    @property
    def is_of_open_unread(self) -> bool:
        """Whether it holds nothing but open conversations that its reader has not read."""
        return self.kind == "unread" or (self.is_unread and self.kind in _OPEN_VIEWS)

    @property
    def filter_count(self) -> int:
        """How many filters are set, the search and the order not counted."""
        return sum(
            bool(value)
            for value in (
                self.assignee,
                self.number,
                self.label,
                self.is_unread,
                self.needs_reply,
            )
        )

    def params(self) -> list[tuple[str, str]]:
        """Return the query string's pairs, without the page."""
        pairs = [
            ("q", self.text),
            ("sort", "" if self.sort == self.usual_sort(self.view) else self.sort),
            ("assignee", self.assignee),
            ("number", str(self.number or "")),
            ("label", str(self.label or "")),
            ("unread", "1" if self.is_unread else ""),
            ("needs_reply", "1" if self.needs_reply else ""),
        ]
        return [(name, value) for name, value in pairs if value]

    @property
    def query_string(self) -> str:
        """The query string with its question mark, without the page; "" when there is none."""
        pairs = self.params()
        return f"?{urlencode(pairs)}" if pairs else ""

    def query_string_before(self, cursor: str) -> str:
        """The same for the page that follows one that ended at a cursor."""
        return f"?{urlencode([*self.params(), ('before', cursor)])}"

    def without(self, **changes: Any) -> ListQuery:
        """Return the same list from its beginning, with some filters changed."""
        return replace(self, before=None, before_hit=None, **changes)

    def few_ids(self, *, user: User) -> list[int] | None:
        """Return the ids of which the list is made where these are few and found without a walk.

        None when there may be many, or the list is none of those that are usually short.
        """
        if self.is_of_open_unread:
            return unread_ids(user)
        if self.kind != "failed":
            return None
        rows = Message.objects.visible_to(user).needing_attention().order_by()
        found = list(rows.values_list("conversation_id", flat=True).distinct()[:MOST_FEW])
        return found if len(found) < MOST_FEW else None

    def conversations(
        self, *, user: User, is_ordered: bool = False, few: Sequence[int] | None = None
    ) -> QuerySet[Conversation]:
        """Return what the list holds for a person, in no order; the search is left out.

        Args:
            user: who looks.
            is_ordered: the caller puts them in order and takes a page of them.
            few: what `few_ids` found.
        """
        # A number's own view has an index in its order.
        is_of_one_number = self.kind == "number" or self.number
        rows = _of_view(
            Conversation.objects.visible_to(user, is_ordered=is_ordered and not is_of_one_number),
            self.kind,
            subject_id=self.subject_id,
            user=user,
        )
        if few is not None:
            rows = rows.filter(pk__in=few)
        if (self.is_unread or self.kind == "unread") and not (
            self.is_of_open_unread and few is not None
        ):
            rows = unread_by(rows, user=user)
        if self.assignee == "me":
            rows = rows.filter(assignee=user)
        elif self.assignee == "none":
            rows = rows.filter(assignee__isnull=True)
        elif self.assignee:
            rows = rows.filter(assignee__username=self.assignee)
        if self.number:
            rows = rows.filter(did_number_id=self.number)
        if self.label:
            rows = rows.filter(pk__in=_with_label(self.label))
        if self.needs_reply:
            rows = rows.filter(needs_reply_since__isnull=False)
        return rows


def searched_text(params: Mapping[str, str]) -> str:
    """Return what an address searches for, "" for nothing."""
    return " ".join(params.get("q", "").replace("\x00", "").split())[:_LONGEST_QUERY]


def _of_view(
    rows: QuerySet[Conversation], kind: str, *, subject_id: int | None, user: User
) -> QuerySet[Conversation]:
    if kind == "all":
        return rows
    if kind == "label":
        return rows.filter(pk__in=_with_label(subject_id or 0))
    conditions: dict[str, dict[str, Any]] = {
        # What is snoozed comes back when it wakes.
        "needs-reply": {
            "needs_reply_since__isnull": False,
            "status__in": [literal("open"), literal("closed")],
        },
        "snoozed": {"status": literal("snoozed")},
        "closed": {"status": literal("closed")},
        "scheduled": {"pk__in": scheduled_messages().values("conversation_id")},
        "mentions": {"pk__in": mentions_of(user)},
        "failed": {"pk__in": Message.objects.needing_attention().values("conversation_id")},
        "mine": {"status": literal("open"), "assignee": user},
        "unassigned": {"status": literal("open"), "assignee__isnull": True},
        "number": {"status": literal("open"), "did_number_id": subject_id},
    }
    return rows.filter(**conditions.get(kind, {"status": literal("open")}))


def scheduled_messages() -> QuerySet[Message]:
    """Return the messages that wait for their time; written so that the partial index serves."""
    return Message.objects.filter(
        status__in=literals([Status.SCHEDULED, Status.HELD]), send_at__isnull=False
    )


def mentions_of(user: User) -> QuerySet[Any]:
    """Return the ids of the conversations in which a note mentions a person."""
    return Note.mentions.through.objects.filter(user_id=user.pk).values("note__conversation_id")


def _with_label(label_id: int) -> QuerySet[Any]:
    return Conversation.labels.through.objects.filter(label_id=label_id).values("conversation_id")


def _parse_int(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
