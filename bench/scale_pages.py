"""Which pages the measurement at scale asks for, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from django.contrib.auth.models import User
from django.utils import timezone

from bench import scale_texts
from messaging.models import Contact, Conversation, Message, ReportCell
from messaging.services.inbox.cursor import cursor_text
from messaging.services.inbox.query import PLAIN_VIEWS, ListQuery
from messaging.services.inbox.sql import longest_waiting_first, newest_first
from messaging.views.reports.views import PAGES

SEARCHES: Final = {
    "a frequent word": scale_texts.FREQUENT,
    "two frequent words": f"{scale_texts.FREQUENT} friday",
    "one letter, while typing": "t",
    "a rare word": scale_texts.RARE,
    "two Chinese characters": scale_texts.PAIR,
    "one Chinese character": scale_texts.PAIR[0],
    "a name": scale_texts.NAME,
    "nothing found": scale_texts.NOWHERE,
}
#: Of the contact in the middle of the list, so that it is found at any size.
DIGITS: Final = slice(-7, -1)


@dataclass(frozen=True)
class Case:
    """One address, and what it is."""

    what: str
    url: str


def cases(who: str) -> Iterator[Case]:
    """Yield what one of the people looks at."""
    user = User.objects.get(username=who)
    yield Case("sidebar", "/inbox/parts/sidebar/")
    yield from _lists(user)
    yield from _searches(user)
    yield from _api(user)
    if ReportCell.objects.exists():
        yield from _reports(user)
    if user.is_superuser:
        yield from _admin()


def _lists(user: User) -> Iterator[Case]:
    mine = Conversation.objects.visible_to(user)
    subjects = [f"number-{mine[0].did_number_id}", "label-1"] if mine else []
    for view in (*PLAIN_VIEWS, *subjects):
        yield Case(f"list {view}", f"/inbox/{view}/")
        deep = _deep_cursor(view, user)
        if deep:
            yield Case(f"list {view}, deep", f"/inbox/{view}/?before={quote(deep)}")
    yield Case("list open, what a live update fetches", "/inbox/parts/list/?view=open")
    yield Case("list open, longest waiting first", "/inbox/parts/list/?view=open&sort=waiting")
    yield Case("list open, of a colleague", "/inbox/parts/list/?view=open&assignee=colleague3")
    if mine.filter(pk=1).exists():
        yield Case("thread", "/inbox/open/1/")
        yield Case("thread, what a live update fetches", "/inbox/parts/thread/1/")
        middle = Message.objects.filter(conversation_id=1).order_by("id")[200].pk
        yield Case("thread, older messages", f"/inbox/parts/thread/1/older/?before={middle}")
        yield Case("thread, around a found message", f"/inbox/all/1/?around={middle}")


def _deep_cursor(view: str, user: User) -> str:
    """Return where the page after nine tenths of a view begins; "" where there is one page."""
    query = ListQuery(view=view, sort=ListQuery.usual_sort(view))
    rows = query.conversations(user=user)
    is_waiting = query.sort == "waiting"
    rows = (
        longest_waiting_first(rows, before=None) if is_waiting else newest_first(rows, before=None)
    )
    place = rows.count() * 9 // 10
    if place < 40:
        return ""
    row = rows[place]
    if is_waiting:
        return cursor_text(("w", row.needs_reply_since or row.last_activity_at, row.pk))
    return cursor_text(("n", row.last_activity_at, row.pk))


def _searches(user: User) -> Iterator[Case]:
    for what, words in (SEARCHES | {"part of a number": _digits()}).items():
        yield Case(f"search {what}", f"/inbox/parts/list/?view=all&q={quote(words)}")
    word = quote(scale_texts.FREQUENT)
    yield Case("search a frequent word in snoozed", f"/inbox/parts/list/?view=snoozed&q={word}")
    yield Case("palette, a frequent word", f"/inbox/parts/palette/?q={word}")


def _digits() -> str:
    return Contact.objects.get(pk=Contact.objects.count() // 2).phone_key[DIGITS]


def _reports(user: User) -> Iterator[Case]:
    """Yield every report that a person may see, on the usual days and on a year."""
    last = timezone.now().date()
    year = f"?from={last - timedelta(days=364)}&to={last}"
    for report, page in PAGES.items():
        if page().is_for_team and not user.is_superuser:
            continue
        yield Case(f"report {report}", f"/reports/{report}/")
        yield Case(f"report {report}, a year", f"/reports/{report}/{year}")


def _api(user: User) -> Iterator[Case]:
    conversations, messages = "/api/v1/conversations/", "/api/v1/messages/"
    for query in (
        "",
        "?status=open",
        "?status=closed",
        "?unread=1",
        "?unread=1&status=open",
        "?needs_reply=1",
        "?assignee=me",
        "?label=label%201",
        f"?q={scale_texts.FREQUENT}",
        f"?q={quote(scale_texts.NAME)}",
    ):
        yield Case(f"API conversations {query}", conversations + query)
    newest = Message.objects.order_by("-id")[0]
    sent = Message.objects.visible_to(user).filter(provider_message_id__isnull=False).first()
    for query in (
        "",
        f"?after={newest.pk // 2}",
        f"?after={newest.pk - 10}",
        "?status=failed",
        "?status=scheduled",
        "?direction=inbound",
        *([f"?number={sent.did_number.number}"] if sent else []),
        *([f"?phone={sent.conversation.contact.phone_key}"] if sent else []),
    ):
        yield Case(f"API messages {_general(query)}", messages + query)
    if sent:
        place = f"{conversations}{sent.conversation_id}/messages/"
        yield Case("API messages of a conversation", place)
        yield Case("API a message", f"{messages}{sent.pk}/")


def _general(query: str) -> str:
    """Leave out what differs from one data set to the other."""
    name, _is, value = query.partition("=")
    return name if name in {"?number", "?phone"} else f"{name}={value}" if value.isalpha() else name


def _admin() -> Iterator[Case]:
    messages = "/admin/messaging/message/"
    sent = Message.objects.filter(provider_message_id__isnull=False)[0]
    queries = {
        "": "",
        ", far down": f"?p={min(Message.objects.count(), 10_000) * 9 // 500}",
        ", failed": "?status__exact=failed",
        ", of a number": "?did_number__id__exact=1",
        ", a frequent word": f"?q={scale_texts.FREQUENT}",
        ", a rare word": f"?q={scale_texts.RARE}",
        ", two Chinese characters": f"?q={quote(scale_texts.PAIR)}",
        ", part of a number": f"?q={_digits()}",
        ", the provider's id": f"?q={sent.provider_message_id}",
        ", nothing found": f"?q={scale_texts.NOWHERE}",
    }
    for what, query in queries.items():
        yield Case(f"admin messages{what}", messages + query)
    for noun in ("conversation", "contact"):
        yield Case(f"admin {noun}s", f"/admin/messaging/{noun}/")
        for what in ("a frequent word", "a name", "nothing found"):
            yield Case(
                f"admin {noun}s, {what}", f"/admin/messaging/{noun}/?q={quote(SEARCHES[what])}"
            )
    yield Case("admin, the first page", "/admin/")
