"""The live feed for browsers: one event stream each, and a poll where a stream cannot be had."""

from __future__ import annotations

import json
import os
import queue
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Max, OuterRef, Q, Subquery
from django.http import HttpResponse, HttpResponseNotModified, JsonResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from didsms_site.static_files import release
from messaging.models import Change, DidNumber, rights_of
from messaging.services.access.auth_backend import signed_in_user
from messaging.services.access.heard_changes import heard_by, newest_heard_by
from messaging.services.feed.hub import hub

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from django.http import HttpRequest, HttpResponseBase

    from messaging.services.feed.hub import Subscription
    from messaging.services.feed.listeners import Hint

#: A dead client is seen only at the next write; session and membership are looked at as often.
HERE_SECONDS: Final = 15.0
#: Scripts do not hear comments, and must tell a quiet day from a dead line.
HERE: Final = b": still here\nevent: here\ndata: {}\n\n"
#: Threads that pages and pushes keep for themselves, whatever the streams take.
THREADS_FOR_PAGES: Final = 16
#: On PostgreSQL a smaller id may become visible after a greater one; a poll looks back this far.
POLL_OVERLAP: Final = 200
POLL_OVERLAP_TIME: Final = timedelta(seconds=10)
#: Beyond so many hints in one answer the page is told to fetch everything again.
POLL_MOST: Final = 500


def most_streams() -> int:
    """Return how many streams this process may hold open."""
    return max(1, int(os.environ.get("WEB_THREADS") or 128) - THREADS_FOR_PAGES)


@require_GET
def stream(request: HttpRequest) -> HttpResponseBase:
    """Stream hints as server-sent events: ``{"id", "kind", "conversation", "did"}``.

    A page that says where it was (``Last-Event-ID`` or ``?since=``) is told to fetch again when
    anything happened since. While nothing happens, an event named ``here`` says that the line is
    alive. 503 when this process holds enough streams: poll then. Of one person's streams beyond
    MOST_STREAMS_OF_ONE the oldest ends.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    if hub.stream_count >= most_streams():
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    since = _parse_int(request.headers.get("Last-Event-ID") or request.GET.get("since"))
    # Before looking at what was missed: no gap.
    subscription = hub.subscribe(person_id=request.user.pk)
    try:
        numbers = _visible_numbers(request)
        newest = _newest_id(request)
    except BaseException:
        hub.unsubscribe(subscription)
        raise
    finally:
        connection.close()
    events = _events(request, subscription, numbers, since=since, newest=newest)
    response = StreamingHttpResponse(
        _Stream(events, subscription),
        content_type="text/event-stream; charset=utf-8",
    )
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


class _Stream:
    """The events, and an end of the subscription also where nobody asked for the first one."""

    def __init__(self, events: Generator[bytes], subscription: Subscription) -> None:
        self._events, self._subscription = events, subscription

    def __iter__(self) -> Iterator[bytes]:
        return self._events

    def close(self) -> None:
        """End the stream; the server calls it, whatever became of the response."""
        self._events.close()
        hub.unsubscribe(self._subscription)


def _events(
    request: HttpRequest,
    subscription: Subscription,
    numbers: set[int],
    *,
    since: int | None,
    newest: int,
) -> Generator[bytes]:
    try:
        yield b"retry: 2000\n\n" + _frame(_hello(newest), newest)
        if since is not None and since != newest:
            yield _frame({"kind": "resync"}, newest)
        checked_at = time.monotonic()
        while True:
            try:
                hint = subscription.changes.get(timeout=HERE_SECONDS)
            except queue.Empty:
                hint = (0, "", None, None)
            if hint is None:
                return
            if time.monotonic() - checked_at >= HERE_SECONDS:
                checked_at = time.monotonic()
                allowed = _allowed_numbers(request, numbers)
                if allowed is None:
                    return
                numbers = allowed
            if subscription.has_gap:
                subscription.has_gap = False
                is_told = _is_told(request, hint, numbers)
                yield _frame({"kind": "resync"}, hint[0] if is_told else None)
            if not hint[0]:
                yield HERE
            elif _is_told(request, hint, numbers):
                yield _frame(_as_dict(hint), hint[0])
    finally:
        hub.unsubscribe(subscription)


def _allowed_numbers(request: HttpRequest, numbers: set[int]) -> set[int] | None:
    """Look up again whose hints the user may get; None when the stream must end."""
    try:
        return _visible_numbers(request) if _is_still_allowed(request) else None
    except (OperationalError, InterfaceError):
        return numbers  # The database is away, so nothing new comes either.
    finally:
        connection.close()


def _is_still_allowed(request: HttpRequest) -> bool:
    """Look the session and the account up again: a stream must end with them."""
    if not request.session.exists(request.session.session_key or ""):
        return False
    fresh = request.session.__class__(request.session.session_key)
    request.session = fresh
    user = signed_in_user(request)
    request.user = user
    return user.is_authenticated and user.is_active


def _visible_numbers(request: HttpRequest) -> set[int]:
    """Return the DID numbers whose hints the user may get."""
    return set(DidNumber.objects.visible_to(request.user).values_list("pk", flat=True))


def _is_visible(hint: Hint, numbers: set[int]) -> bool:
    if hint[3] is None:
        return hint[1] == Change.Kind.QUEUE
    return hint[3] in numbers


def _is_told(request: HttpRequest, hint: Hint, numbers: set[int]) -> bool:
    """Tell whether a hint goes to the user: where only their number counts, without a query."""
    if not _is_visible(hint, numbers):
        return False
    if not rights_of(request.user).sees_own_only:
        return True
    try:
        return bool(heard_by([hint], user=request.user, at=timezone.now()))
    except (OperationalError, InterfaceError):
        return False  # The database is away; the page fetches again when it is back.
    finally:
        connection.close()


def _hello(newest: int) -> dict[str, Any]:
    """Return the first hint; a page of another version says that there is a new one."""
    return {"kind": "hello", "id": newest, "release": release()}


def _as_dict(hint: Hint) -> dict[str, Any]:
    return {"id": hint[0], "kind": hint[1], "conversation": hint[2], "did": hint[3]}


def _frame(data: dict[str, Any], event_id: int | None) -> bytes:
    identity = f"id: {event_id}\n" if event_id else ""
    return f"{identity}data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def _newest_id(request: HttpRequest) -> int:
    """Return the newest change that the user may hear of: the others are not theirs to count."""
    of_number = Change.objects.filter(did_number_id=OuterRef("pk")).order_by("-pk")
    numbers = DidNumber.objects.visible_to(request.user).order_by()
    own = numbers.annotate(newest_id=Subquery(of_number.values("pk")[:1]))
    of_queue = Change.objects.filter(did_number_id__isnull=True, kind=Change.Kind.QUEUE)
    if rights_of(request.user).sees_own_only:
        newest: int | None = newest_heard_by(request.user, did_numbers=_visible_numbers(request))
    else:
        newest = own.aggregate(id=Max("newest_id"))["id"]
    found = (newest, of_queue.aggregate(id=Max("pk"))["id"])
    return max(pk or 0 for pk in found)


def _parse_int(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


@require_GET
def poll(request: HttpRequest) -> HttpResponseBase:
    """Return the hints after ``?since=``; 304 when nothing is new.

    As ``{"last", "changes", "release"}``: the newest id, the hints, and which version answers.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    newest = _newest_id(request)
    since = _parse_int(request.GET.get("since"))
    tag = f'"{newest}-{since}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    changes: list[dict[str, Any]] = []
    if since is not None:
        rows = Change.objects.filter(pk__gt=since) | Change.objects.filter(
            pk__gt=since - POLL_OVERLAP, at__gt=timezone.now() - POLL_OVERLAP_TIME
        )
        numbers = _visible_numbers(request)
        rows = rows.filter(Q(did_number_id__in=numbers) | Q(kind=Change.Kind.QUEUE))
        hints = list(
            rows.order_by("-pk").values_list("pk", "kind", "conversation_id", "did_number_id")[
                : POLL_MOST + 1
            ]
        )
        heard = heard_by(hints[:POLL_MOST], user=request.user, at=timezone.now())
        changes = [_as_dict(hint) for hint in reversed(heard)]
        if len(hints) > POLL_MOST:
            changes = [{"kind": "resync"}]
    return JsonResponse(
        {"last": newest, "changes": changes, "release": release()},
        headers={"ETag": tag, "Cache-Control": "no-store"},
    )
