"""Ask who takes over before a change is saved that makes somebody leave a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.services.inbox.departures import (
    Departure,
    cancel_scheduled,
    departures,
    move_conversations,
    scheduled_by,
)

from .base import AdministratorAdmin, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User
    from django.http import HttpRequest

    from messaging.models import DidNumber, Message

#: In a form that was asked and answered.
ANSWERED: Final = "takeover"
SCHEDULED: Final = "scheduled"
#: Scheduled messages that the page names; the rest is a number.
NAMED: Final = 50


@dataclass(frozen=True)
class Leaving:
    """Somebody who can no longer see some numbers once a form is saved."""

    user: User
    did_numbers: Sequence[DidNumber]


@dataclass(frozen=True)
class Question:
    """Who takes the conversations of one departure.

    Attributes:
        departure: whose, where, how many, who may take them.
    """

    departure: Departure

    @property
    def field(self) -> str:
        """The name of the answer's field."""
        return f"to-{self.departure.user.pk}-{self.departure.did_number.pk}"

    def answer(self, request: HttpRequest) -> User | None:
        """Return the colleague who was chosen; None for nobody."""
        chosen = request.POST.get(self.field, "")
        return next((each for each in self.departure.takers if str(each.pk) == chosen), None)


class AsksWhoTakesOver(AdministratorAdmin[Row]):
    """Saves a form that takes a number from somebody only with an answer for what they leave."""

    def leaving(self, form: Any) -> list[Leaving]:
        """Return who leaves which numbers when a valid form is saved."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Ask before the form is saved, where there is something to ask."""
        if request.method == "POST" and object_id and ANSWERED not in request.POST:
            page = self._page(request, object_id)
            if page is not None:
                return page
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Look who leaves while the database still has them."""
        form.leaving = self.leaving(form) if change else []
        return super().save_form(request, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Move what they leave, in the transaction that lets them go."""
        super().save_related(request, form, formsets, change)
        if form.leaving:
            self._take_over(request, form.leaving)

    def _page(self, request: HttpRequest, object_id: str) -> TemplateResponse | None:
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not self.has_change_permission(request, obj):
            return None
        fields = flatten_fieldsets(self.get_fieldsets(request, obj))
        form = self.get_form(request, obj, change=True, fields=fields)(request.POST, instance=obj)
        if not form.is_valid():
            return None
        leaving = self.leaving(form)
        questions, scheduled = _questions(leaving), _scheduled(leaving)
        if not questions and not scheduled:
            return None
        return TemplateResponse(
            request,
            "admin/who_takes_over.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Who takes over?"),
                "subtitle": str(obj),
                "opts": self.opts,
                "original": obj,
                "questions": questions,
                "scheduled": scheduled[:NAMED],
                "scheduled_more": max(len(scheduled) - NAMED, 0),
                "posted": _posted(request),
            },
        )

    def _take_over(self, request: HttpRequest, leaving: Sequence[Leaving]) -> None:
        by: Any = request.user
        now = timezone.now()
        moved = sum(
            move_conversations(
                user=question.departure.user,
                did_number=question.departure.did_number,
                to=question.answer(request),
                by=by,
                at=now,
            )
            for question in _questions(leaving)
        )
        if moved:
            text = ngettext(
                "%(count)d conversation reassigned.",
                "%(count)d conversations reassigned.",
                moved,
            )
            messages.success(request, text % {"count": moved})
        if request.POST.get(SCHEDULED) == "cancel":
            canceled = cancel_scheduled(messages=_scheduled(leaving), by=by, at=now)
            text = ngettext(
                "%(count)d scheduled message canceled.",
                "%(count)d scheduled messages canceled.",
                canceled,
            )
            messages.success(request, text % {"count": canceled})


def _questions(leaving: Sequence[Leaving]) -> list[Question]:
    everybody = {each.user.pk for each in leaving}
    return [
        Question(departure)
        for each in leaving
        for departure in departures(user=each.user, did_numbers=each.did_numbers, leaving=everybody)
    ]


def _scheduled(leaving: Sequence[Leaving]) -> list[Message]:
    return [
        message
        for each in leaving
        for message in scheduled_by(user=each.user, did_numbers=each.did_numbers)
    ]


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what the form said, to be sent again with the answers."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
