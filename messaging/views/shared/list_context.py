"""What the sidebar and the list of a page show, as templates want it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import User
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.models import is_administrator, rights_of
from messaging.policy import Action
from messaging.services.access.permissions import role_on
from messaging.services.audit.searches import record_search
from messaging.services.conversations.labels import all_labels
from messaging.services.inbox.counts import COUNTED_VIEWS, count_of, counts_of
from messaging.services.inbox.pages import Page, list_page
from messaging.services.inbox.query import NEWEST, WAITING, ListQuery
from messaging.services.reports.access import may_see_reports
from messaging.services.reports.budgets import MARKS
from messaging.services.team.display_names import name_of
from messaging.services.team.members import assignees_for, numbers_of
from messaging.services.team.natural_order import natural_key

from .view_labels import ALL, BY_NAME, NO_MATCH_HINT, VIEWS

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from django.http import HttpRequest

    from messaging.models import DidNumber, Label

#: Views whose list holds what the sidebar counts; of the mentions it counts the unseen.
SAME_IN_SIDEBAR: Final = frozenset(COUNTED_VIEWS) - {"mentions"}


def sidebar_context(request: HttpRequest, *, view: str) -> dict[str, Any]:
    """Return what the sidebar shows."""
    numbers, labels = _numbers(request), _labels(request)
    counts = counts_of(user=_user(request), numbers=numbers)
    shared = _shared_names(numbers)
    return {
        "view": view,
        "may_see_reports": may_see_reports(_user(request), numbers=numbers),
        **_what_they_may(request),
        "sidebar_views": [
            {"label": label, "count": counts.shown.get(label.view, "")} for label in VIEWS
        ],
        "sidebar_numbers": [
            {
                "number": number,
                "is_name_shared": _sameness(number) in shared,
                "view": f"number-{number.pk}",
                "count": counts.shown[f"number-{number.pk}"],
            }
            for number in numbers
        ],
        "sidebar_labels": [{"label": label, "view": f"label-{label.pk}"} for label in labels],
        "sidebar_shape": (
            *((n.pk, n.label, n.number, n.is_active, _sameness(n) in shared) for n in numbers),
            *((label.pk, label.name, label.color) for label in labels),
        ),
        "sidebar_counts": tuple(counts.shown.values()),
        "known_counts": counts.shown,
        "unread_total": counts.unread,
    }


def rows_context(request: HttpRequest, *, view: str) -> dict[str, Any]:
    """Return what the rows of a view show, filtered as the address says."""
    query = query_of(request.GET, view=view)
    is_of_one_number = query.kind == "number" or query.number
    page = list_page(query=query, user=_user(request), at=timezone.now())
    record_search(user=_user(request), text=query.text, at=timezone.now())
    return {
        "view": view,
        "query": query,
        "rows_page": page,
        "next_query": query.query_string_before(page.next_cursor) if page.next_cursor else "",
        "list_label": BY_NAME.get(query.kind) or ALL,
        "shows_number": not is_of_one_number,
        "no_match_hint": NO_MATCH_HINT,
    }


def list_context(
    request: HttpRequest,
    *,
    view: str,
    open_id: int | None = None,
    known_counts: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what the whole list shows: its rows, its title, and what can be done with it.

    Args:
        request: who looks, at which page and with which filters.
        view: the list's view.
        open_id: the conversation that is open beside it.
        known_counts: what the sidebar of the same page shows of each view.
    """
    rows = rows_context(request, view=view)
    query: ListQuery = rows["query"]
    label = BY_NAME.get(query.kind)
    return rows | {
        **_what_they_may(request),
        "open_id": open_id,
        "list_title": label.name if label else subject_name(request, query),
        "list_count": _count(
            query, page=rows["rows_page"], user=_user(request), known=known_counts or {}
        ),
        "filters": _filter_choices(request, query),
        "budget_notices": list(_budget_notices(request)),
    }


def _budget_notices(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Yield the numbers whose budgets are used up, or nearly, to somebody who can raise them."""
    if not is_administrator(_user(request)):
        return
    for number in _numbers(request):
        if number.budget_mark is not None:
            yield {
                "number": number,
                "is_used_up": number.budget_mark >= MARKS[0],
                "is_stopped": number.is_stopped(at=timezone.now()),
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
    """Return the numbers of the user who looks, in natural order; read once a request."""
    if not hasattr(request, "own_numbers"):
        found = numbers_of(user=_user(request))
        request.own_numbers = sorted(  # type: ignore[attr-defined]
            found, key=lambda number: (natural_key(number.name), number.number)
        )
    numbers: list[DidNumber] = request.own_numbers  # type: ignore[attr-defined]
    return numbers


def _what_they_may(request: HttpRequest) -> dict[str, bool]:
    """Return whether the user who looks writes, organizes and exports: else no page offers it.

    Without any number they may look for what they would do; the page says what is missing.
    """
    rights, numbers = rights_of(_user(request)), _numbers(request)

    def may(action: Action) -> bool:
        if not numbers or rights.allows_everywhere(action):
            return True
        user = _user(request)
        return any(
            rights.allows(action, role=role_on(number, user=user), number_id=number.pk)
            for number in numbers
        )

    return {
        "may_write": may(Action.REPLY),
        "may_organize": may(Action.ORGANIZE),
        "may_export": may(Action.EXPORT),
    }


def _sameness(number: DidNumber) -> Hashable:
    """Return what is equal for numbers whose names look alike."""
    return natural_key(number.name)[0]


def _shared_names(numbers: list[DidNumber]) -> set[Hashable]:
    """Return the names, as `_sameness` has them, that more than one of some numbers has."""
    return {name for name, count in Counter(map(_sameness, numbers)).items() if count > 1}


def _number_choices(request: HttpRequest) -> list[tuple[DidNumber, str]]:
    """Return the numbers of the user who looks, each named so that it is told from the others."""
    numbers = _numbers(request)
    shared = _shared_names(numbers)
    return [(row, str(row) if _sameness(row) in shared else row.name) for row in numbers]


def _labels(request: HttpRequest) -> list[Label]:
    """Return all labels, in natural order; read once a request."""
    if not hasattr(request, "all_labels"):
        request.all_labels = sorted(  # type: ignore[attr-defined]
            all_labels(), key=lambda label: natural_key(label.name)
        )
    labels: list[Label] = request.all_labels  # type: ignore[attr-defined]
    return labels


def subject_name(request: HttpRequest, query: ListQuery) -> str:
    """Return the name of the number or label that the view is about; not visible is 404."""
    subjects: list[DidNumber] | list[Label] = (
        _numbers(request) if query.kind == "number" else _labels(request)
    )
    for subject in subjects:
        if subject.pk == query.subject_id:
            return subject.name
    raise Http404


def _count(query: ListQuery, *, page: Page, user: User, known: Mapping[str, str]) -> str:
    if query.text:
        return _count_of_hits(query, page=page)
    if query.before is None and not page.next_cursor:
        return str(len(page.records)) if page.records else ""
    if query.kind in SAME_IN_SIDEBAR and not query.filter_count and query.kind in known:
        return known[query.kind]
    return count_of(query=query, user=user, few=page.few)


def _count_of_hits(query: ListQuery, *, page: Page) -> str:
    """Say how many are found as far as it is known: counting them all would search once more."""
    if query.before_hit or not page.records:
        return ""
    has_more = page.next_cursor or page.is_cut
    return f"{len(page.records)}{'+' if has_more else ''}"


def _filter_choices(request: HttpRequest, query: ListQuery) -> dict[str, Any]:
    """Return what the filter menu offers."""
    colleagues = assignees_for(user=_user(request))
    assignees = [("", _("Anyone")), ("me", _("Me")), ("none", _("Unassigned"))]
    assignees += sorted(
        ((person.username, name_of(person)) for person in colleagues if person != request.user),
        key=lambda person: natural_key(person[1]),
    )
    numbers = _number_choices(request) if query.kind != "number" else []
    labels = _labels(request) if query.kind != "label" else []
    return {
        "sorts": [(NEWEST, _("Newest first")), (WAITING, _("Longest waiting first"))],
        "assignees": assignees,
        "numbers": numbers,
        "labels": labels,
        "shape": (
            *assignees,
            *((number.pk, number.label, number.number, name) for number, name in numbers),
            *((label.pk, label.name, label.color) for label in labels),
        ),
    }
