"""The inbox's pages: a view's list, with a conversation open beside it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from messaging.models import Conversation, DidNumber, Label
from messaging.services.list_query import NEWEST, WAITING, ListQuery
from messaging.services.lists import Page, list_page
from messaging.services.people import name_of
from messaging.services.rail import count_of, rail_of
from messaging.services.times import presets

from .pages import render_desk
from .personal import zone_of
from .thread import thread_context
from .view_words import ALL, BY_NAME, NO_MATCH_HINT, VIEWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse


def rail_context(request: HttpRequest, *, view: str) -> dict[str, Any]:
    """Return what the rail shows."""
    rail = rail_of(user=_user(request))
    views = [{"words": words, "count": rail.counts.get(words.view, "")} for words in VIEWS]
    numbers = [
        {
            "number": number,
            "view": f"number-{number.pk}",
            "count": rail.counts[f"number-{number.pk}"],
        }
        for number in rail.numbers
    ]
    labels = [{"label": label, "view": f"label-{label.pk}"} for label in rail.labels]
    return {
        "view": view,
        "rail_views": views,
        "rail_numbers": numbers,
        "rail_labels": labels,
        "unread_total": rail.unread,
    }


def list_context(request: HttpRequest, *, view: str, open_id: int | None = None) -> dict[str, Any]:
    """Return what the list shows of a view, filtered as the address says."""
    user = _user(request)
    query = query_of(request.GET, view=view)
    page = list_page(query=query, user=user, at=timezone.now())
    numbers = list(DidNumber.objects.visible_to(user))
    words = BY_NAME.get(query.kind)
    return {
        "view": view,
        "query": query,
        "rows_page": page,
        "open_id": open_id,
        "list_title": words.name if words else _subject_name(query, numbers=numbers),
        "list_words": words or ALL,
        "list_count": _count(query, page=page, user=user),
        "shows_number": len(numbers) > 1 and query.kind != "number" and not query.number,
        "no_match_hint": NO_MATCH_HINT,
        "bulk_labels": Label.objects.all(),
        "bulk_presets": presets(at=timezone.now(), zone=zone_of(request)),
        "filters": _filter_choices(query, numbers=numbers, user=user),
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


def _subject_name(query: ListQuery, *, numbers: list[DidNumber]) -> str:
    """Return the name of the number or label that the view is about; not visible is 404."""
    if query.kind == "number":
        for number in numbers:
            if number.pk == query.subject_id:
                return number.name
        raise Http404
    return get_object_or_404(Label, pk=query.subject_id).name


def _count(query: ListQuery, *, page: Page, user: User) -> str:
    if query.text:
        return ""
    if query.before is None and not page.next_cursor:
        return str(len(page.rows)) if page.rows else ""
    return count_of(query=query, user=user)


def _filter_choices(query: ListQuery, *, numbers: list[DidNumber], user: User) -> dict[str, Any]:
    """Return what the filter menu offers."""
    colleagues = User.objects.filter(is_active=True).order_by("first_name", "username")
    assignees = [("", _("Anybody")), ("me", _("Me")), ("none", _("Nobody"))]
    assignees += [(person.username, name_of(person)) for person in colleagues if person != user]
    return {
        "sorts": [(NEWEST, _("Newest first")), (WAITING, _("Longest waiting first"))],
        "assignees": assignees,
        "numbers": numbers if query.kind != "number" else [],
        "labels": list(Label.objects.all()) if query.kind != "label" else [],
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
    conversation = get_object_or_404(
        Conversation.objects.visible_to(request.user).select_related(
            "contact", "did_number", "assignee"
        ),
        pk=conversation_id,
    )
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
    return render(request, "inbox/_rows.html", list_context(request, view=view))
