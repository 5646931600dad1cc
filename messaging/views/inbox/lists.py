"""The inbox's pages: a view's list, with a conversation open beside it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from messaging.models import DidNumber, Label
from messaging.services.inbox.counts import count_of, counts_of
from messaging.services.inbox.pages import Page, list_page
from messaging.services.inbox.query import NEWEST, WAITING, ListQuery
from messaging.services.team.display_names import name_of
from messaging.services.team.members import assignees_for
from messaging.services.team.natural_order import natural_key
from messaging.views.shared.main_pane import render_desk
from messaging.views.shared.responses import conversation_for
from messaging.views.shared.view_words import ALL, BY_NAME, NO_MATCH_HINT, VIEWS
from messaging.views.thread.page import thread_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest


def rail_context(request: HttpRequest, *, view: str) -> dict[str, Any]:
    """Return what the rail shows."""
    numbers, labels = _numbers(request), _labels(request)
    counts = counts_of(user=_user(request), numbers=numbers)
    return {
        "view": view,
        "rail_views": [
            {"words": words, "count": counts.shown.get(words.view, "")} for words in VIEWS
        ],
        "rail_numbers": [
            {
                "number": number,
                "view": f"number-{number.pk}",
                "count": counts.shown[f"number-{number.pk}"],
            }
            for number in numbers
        ],
        "rail_labels": [{"label": label, "view": f"label-{label.pk}"} for label in labels],
        "unread_total": counts.unread,
    }


def rows_context(request: HttpRequest, *, view: str) -> dict[str, Any]:
    """Return what the rows of a view show, filtered as the address says."""
    query = query_of(request.GET, view=view)
    is_of_one_number = query.kind == "number" or query.number
    page = list_page(query=query, user=_user(request), at=timezone.now())
    return {
        "view": view,
        "query": query,
        "rows_page": page,
        "next_query": query.query_string_before(page.next_cursor) if page.next_cursor else "",
        "list_words": BY_NAME.get(query.kind) or ALL,
        "shows_number": not is_of_one_number,
        "no_match_hint": NO_MATCH_HINT,
    }


def list_context(request: HttpRequest, *, view: str, open_id: int | None = None) -> dict[str, Any]:
    """Return what the whole list shows: its rows, its title, and what can be done with it."""
    rows = rows_context(request, view=view)
    query: ListQuery = rows["query"]
    words = BY_NAME.get(query.kind)
    return rows | {
        "open_id": open_id,
        "list_title": words.name if words else _subject_name(request, query),
        "list_count": _count(query, page=rows["rows_page"], user=_user(request)),
        "filters": _filter_choices(request, query),
    }


def query_of(params: Mapping[str, str], *, view: str) -> ListQuery:
    """Return the list that an address names.

    Raises:
        Http404: there is no such view.
    """
    query = ListQuery.parse(view, params)
    if query is None:
        raise Http404
    return query


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (every caller is behind login_required)
    return request.user


def _numbers(request: HttpRequest) -> list[DidNumber]:
    """Return the numbers of whoever looks, in natural order; read once a request."""
    if not hasattr(request, "own_numbers"):
        found = DidNumber.objects.visible_to(request.user)
        request.own_numbers = sorted(found, key=lambda number: natural_key(number.name))  # type: ignore[attr-defined]
    numbers: list[DidNumber] = request.own_numbers  # type: ignore[attr-defined]
    return numbers


def _labels(request: HttpRequest) -> list[Label]:
    """Return all labels, in natural order; read once a request."""
    if not hasattr(request, "all_labels"):
        request.all_labels = sorted(  # type: ignore[attr-defined]
            Label.objects.all(), key=lambda label: natural_key(label.name)
        )
    labels: list[Label] = request.all_labels  # type: ignore[attr-defined]
    return labels


def _subject_name(request: HttpRequest, query: ListQuery) -> str:
    """Return the name of the number or label that the view is about; not visible is 404."""
    subjects: list[DidNumber] | list[Label] = (
        _numbers(request) if query.kind == "number" else _labels(request)
    )
    for subject in subjects:
        if subject.pk == query.subject_id:
            return subject.name
    raise Http404


def _count(query: ListQuery, *, page: Page, user: User) -> str:
    if query.text:
        return _count_of_hits(query, page=page)
    if query.before is None and not page.next_cursor:
        return str(len(page.records)) if page.records else ""
    return count_of(query=query, user=user, unread=page.unread)


def _count_of_hits(query: ListQuery, *, page: Page) -> str:
    """Say how many are found as far as it is known: counting them all would search once more."""
    if query.before_hit or not page.records:
        return ""
    has_more = page.next_cursor or page.is_cut
    return f"{len(page.records)}{'+' if has_more else ''}"


def _filter_choices(request: HttpRequest, query: ListQuery) -> dict[str, Any]:
    """Return what the filter menu offers."""
    colleagues = assignees_for(user=_user(request))
    assignees = [("", _("Anybody")), ("me", _("Me")), ("none", _("Unassigned"))]
    assignees += [
        (person.username, name_of(person)) for person in colleagues if person != request.user
    ]
    return {
        "sorts": [(NEWEST, _("Newest first")), (WAITING, _("Longest waiting first"))],
        "assignees": assignees,
        "numbers": _numbers(request) if query.kind != "number" else [],
        "labels": _labels(request) if query.kind != "label" else [],
    }


@login_required
@require_GET
def inbox(request: HttpRequest, view: str, conversation_id: int | None = None) -> HttpResponse:
    """Show a view's conversations, one of them open when the address names it."""
    if conversation_id is None:
        query = query_of(request.GET, view=view)
        words = BY_NAME.get(query.kind)
        return render_desk(
            request,
            template="inbox/_empty.html",
            title=str(words.name) if words else _("Inbox"),
            view=view,
            is_open=False,
        )
    query_of(request.GET, view=view)
    conversation = conversation_for(request, conversation_id)
    return render_desk(
        request,
        template="thread/_thread.html",
        title=conversation.contact.display_name,
        context=thread_context(request, conversation),
        view=view,
        open_id=conversation.pk,
    )


@login_required
@require_GET
def rail_part(request: HttpRequest) -> HttpResponse:
    """Return the rail alone."""
    return render(
        request, "inbox/_rail.html", rail_context(request, view=request.GET.get("view", "open"))
    )


@login_required
@require_GET
def list_part(request: HttpRequest) -> HttpResponse:
    """Return rows alone: the first page anew, or the page that "Load more" asks for."""
    view = request.GET.get("view", "open")
    context = rows_context(request, view=view)
    if view.partition("-")[0] in {"number", "label"}:
        _subject_name(request, context["query"])
    # Nothing in the rows is of the request itself: the context processors need not run.
    return HttpResponse(render_to_string("inbox/_rows.html", context))
