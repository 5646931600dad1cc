"""Pages to read an archive without didsms: an index, lists of conversations, a page for each.

They are plain HTML without a script, open from a folder, and name no file outside of it. Everything
that people wrote is escaped. What people keep for themselves (drafts, private replies) and raw
pushes are in `data/` only.
"""

from __future__ import annotations

import heapq
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from messaging.models import Conversation, ConversationEvent, Message, Note, OptOut
from messaging.services.team.display_names import name_of
from messaging.status_words import STATUS_WORDS
from messaging.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .container import ArchiveWriter

#: Conversations of one list.
LISTED: Final = 500
#: Rows of one query.
AT_ONCE: Final = 1000
#: What an event may say beside its kind.
_TOLD: Final = ("label", "name", "reason", "keyword", "words")
STYLE: Final = """\
:root { color-scheme: light dark; font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif;
  --line: light-dark(#dde3e7, #39424a); --muted: light-dark(#55626c, #a9b4bd); --in: light-dark(#eef2f4, #283038);
  --out: light-dark(#d9eff2, #17454d); --note: light-dark(#fdf6df, #3a3320); --link: light-dark(#00606f, #6cc9d4); }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; background: light-dark(#fff, #14191e); color: light-dark(#1d262d, #e8edf0); }
a { color: var(--link); }
h1 { font-size: 1.4rem; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
.muted, time, .meta { color: var(--muted); font-size: .85rem; }
.threads, .entries { list-style: none; margin: 1rem 0; padding: 0; }
.threads li { padding: .6rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.entries { display: flex; flex-direction: column; gap: .6rem; }
.entries li { max-width: 34rem; overflow-wrap: anywhere; }
.entries .in, .entries .out, .entries .note { padding: .6rem .8rem; border-radius: .7rem; }
.entries .in { background: var(--in); align-self: flex-start; }
.entries .out { background: var(--out); align-self: flex-end; }
.entries .note { background: var(--note); align-self: center; }
.entries .event { align-self: center; text-align: center; }
.text { white-space: pre-wrap; margin: 0; }
.text[dir] { unicode-bidi: plaintext; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .8rem 0; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
nav { display: flex; gap: 1rem; margin: 1rem 0; }
"""  # noqa: E501  # of a style sheet


def write_pages(archive: ArchiveWriter, *, made_at: datetime, rows: Mapping[str, int]) -> None:
    """Write the pages.

    Args:
        archive: that they go into.
        made_at: whose state they show.
        rows: of each table, by name.
    """
    archive.add("view/style.css", [STYLE.encode()])
    lists = 0
    for lists, threads in enumerate(_batches(), start=1):
        archive.add(f"view/conversations-{lists}.html", _encoded(_list(threads, number=lists)))
        for thread in threads:
            archive.add(f"view/conversation-{thread.pk}.html", _encoded(_thread(thread)))
    archive.add("index.html", _encoded(_index(lists=lists, made_at=made_at, rows=rows)))


def _batches() -> Iterator[list[Conversation]]:
    found = Conversation.objects.select_related("did_number", "contact", "assignee", "memo_row")
    after = 0
    while True:
        batch = list(found.filter(pk__gt=after).order_by("pk").prefetch_related("labels")[:LISTED])
        if not batch:
            return
        yield batch
        after = batch[-1].pk


def _encoded(pieces: Iterable[SafeString]) -> Iterator[bytes]:
    return (piece.encode("utf-8", "replace") for piece in pieces)


def _page(
    title: str, body: Iterable[SafeString], *, above: str = "", style: str = "style.css"
) -> Iterator[SafeString]:
    """Yield a page, piece by piece.

    Args:
        title: its heading.
        body: what comes below.
        above: address of the page above it, "" for none.
        style: address of the style sheet.
    """
    yield format_html(
        '<!DOCTYPE html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="script-src \'none\'; object-src'
        " 'none'; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<title>{} · didsms</title>\n'
        '<link rel="stylesheet" href="{}">\n</head>\n<body>\n',
        get_language() or "en",
        title,
        style,
    )
    if above:
        yield format_html('<p><a href="{}">{}</a></p>\n', above, _("Back"))
    yield format_html("<h1>{}</h1>\n", title)
    yield from body
    yield mark_safe("</body>\n</html>\n")


def _index(*, lists: int, made_at: datetime, rows: Mapping[str, int]) -> Iterator[SafeString]:
    links = format_html_join(
        "",
        '<li><a href="view/conversations-{}.html">{} {}</a></li>\n',
        (
            (number, _("Conversations"), _range(number, total=rows["messaging_conversation"]))
            for number in _up_to(lists)
        ),
    )
    counts = format_html_join(
        "",
        '<dt><a href="data/{}.jsonl">{}</a></dt><dd>{}</dd>\n',
        ((name, name, count) for name, count in rows.items()),
    )
    body = [
        format_html(
            '<p class="muted">{}</p>\n',
            _("Everything that was in didsms on %(time)s.") % {"time": _time(made_at)},
        ),
        format_html('<h2>{}</h2>\n<ul class="threads">\n{}</ul>\n', _("Conversations"), links),
        format_html("<h2>{}</h2>\n<dl>\n{}</dl>\n", _("Data for programs"), counts),
        format_html('<p><a href="schema.json">{}</a></p>\n', _("What each column holds")),
    ]
    return _page(_("Archive"), body, style="view/style.css")


def _up_to(number: int) -> range:
    return range(1, number + 1)


def _range(number: int, *, total: int) -> str:
    first = (number - 1) * LISTED + 1
    return f"{first}–{min(number * LISTED, total)}"


def _list(threads: list[Conversation], *, number: int) -> Iterator[SafeString]:
    rows = format_html_join(
        "",
        '<li><a href="conversation-{}.html"><bdi>{}</bdi></a> <span class="muted">{}</span><br>'
        '<span class="muted">{} · {} · {}</span></li>\n',
        (
            (
                thread.pk,
                thread.contact.name or thread.contact.written_out,
                thread.contact.written_out if thread.contact.name else "",
                thread.did_number.name,
                thread.get_status_display(),
                _time(thread.last_activity_at),
            )
            for thread in threads
        ),
    )
    body = [format_html('<ul class="threads">\n{}</ul>\n', rows)]
    title = _("Conversations") + (f" · {number}" if number > 1 else "")
    return _page(title, body, above="../index.html")


def _thread(thread: Conversation) -> Iterator[SafeString]:
    contact = thread.contact
    return _page(contact.name or contact.written_out, _body(thread), above="../index.html")


def _body(thread: Conversation) -> Iterator[SafeString]:
    yield format_html("<dl>\n{}</dl>\n", format_html_join("", _FACT, _facts(thread)))
    yield mark_safe('<ul class="entries">\n')
    entries = heapq.merge(
        _messages(thread), _events(thread), _notes(thread), key=lambda one: one[0]
    )
    for _at, entry in entries:
        yield entry
    yield mark_safe("</ul>\n")


_FACT: Final = "<dt>{}</dt><dd>{}</dd>\n"


def _facts(thread: Conversation) -> Iterator[tuple[str, str]]:
    contact = thread.contact
    yield _("Phone number"), contact.written_out
    if contact.email:
        yield _("Email"), contact.email
    for name, value in (contact.fields or {}).items():
        yield name, str(value)
    yield _("DID number"), str(thread.did_number)
    yield _("Status"), str(thread.get_status_display())
    if thread.assignee is not None:
        yield _("Assigned to"), name_of(thread.assignee)
    if labels := sorted(label.name for label in thread.labels.all()):
        yield _("Labels"), ", ".join(labels)
    if thread.memo:
        yield _("Contact note"), thread.memo
    if since := _opted_out_since(thread):
        yield _("Opted out"), _time(since)
    if since := thread.blocked_at or contact.blocked_at:
        yield _("Blocked"), _time(since)


def _opted_out_since(thread: Conversation) -> datetime | None:
    rows = OptOut.objects.covering(contact_id=thread.contact_id, did_number_id=thread.did_number_id)
    found = rows.order_by("pk").first()
    return found.created_at if found else None


def _messages(thread: Conversation) -> Iterator[tuple[datetime, SafeString]]:
    after = 0
    rows = Message.objects.filter(conversation=thread).select_related("sent_by").order_by("pk")
    # By time, as entries are merged: rows come in the order of their ids, and nearly always so.
    latest = datetime.min.replace(tzinfo=UTC)
    while batch := list(rows.filter(pk__gt=after)[:AT_ONCE]):
        for message in batch:
            latest = max(latest, message.created_at)
            yield latest, _message(message)
        after = batch[-1].pk


def _message(message: Message) -> SafeString:
    words = STATUS_WORDS[Status(message.status)].label
    who = name_of(message.sent_by) if message.sent_by else ""
    said = [_time(message.created_at), who, "" if message.is_inbound else str(words), message.error]
    if message.redacted_at is not None:
        said.append(_("Text hidden"))
    return format_html(
        '<li class="{}"><p class="text" dir="auto">{}</p><span class="meta">{}</span></li>\n',
        "in" if message.is_inbound else "out",
        message.content,
        " · ".join(filter(None, said)),
    )


def _notes(thread: Conversation) -> Iterator[tuple[datetime, SafeString]]:
    rows = Note.objects.filter(conversation=thread, deleted_at__isnull=True)
    for note in rows.select_related("author").order_by("created_at", "pk"):
        yield (
            note.created_at,
            format_html(
                '<li class="note"><p class="text" dir="auto">{}</p>'
                '<span class="meta">{} · {} · {}</span></li>\n',
                note.content,
                _("Internal note"),
                _time(note.created_at),
                name_of(note.author),
            ),
        )


def _events(thread: Conversation) -> Iterator[tuple[datetime, SafeString]]:
    rows = ConversationEvent.objects.filter(conversation=thread)
    for event in rows.select_related("actor", "subject").order_by("at", "pk"):
        facts: dict[str, Any] = event.facts or {}
        told = [str(facts[name]) for name in _TOLD if facts.get(name)]
        people = [name_of(user) for user in (event.subject, event.actor) if user is not None]
        said = [str(event.get_kind_display()), *told, *people, _time(event.at)]
        yield event.at, format_html('<li class="event meta">{}</li>\n', " · ".join(said))


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
