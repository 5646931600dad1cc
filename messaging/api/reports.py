"""The resources ``reports/…``: figures over a range of days, as JSON or CSV."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.models import rights_of
from messaging.phone_numbers import address_key
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere, refusal
from messaging.services.access.scopes import Scope
from messaging.services.errors import InvalidInput
from messaging.services.reports.access import (
    may_see_reports,
    reported_numbers,
    reported_person,
)
from messaging.services.reports.csv_text import csv_text
from messaging.services.reports.figures import (
    cost_report,
    delivery_report,
    messages_report,
    responses_report,
)
from messaging.services.reports.question import KEYS, parse_question
from messaging.services.reports.turns import report_turn

from .permissions import HasScope, Scopes, caller
from .rendering import EscapingJSONRenderer, FormatNegotiation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.contrib.auth.models import User
    from rest_framework.request import Request

    from messaging.services.reports.figures import Report
    from messaging.services.reports.question import Question

Method = TypeVar("Method", bound="Callable[..., Response]")

_KEY: Final = f"({'|'.join(KEYS)})"
PARAMETERS: Final = [
    OpenApiParameter(
        "from",
        OpenApiTypes.DATE,
        description="The first day, at most ten years before the last; 30 days ago when left out.",
    ),
    OpenApiParameter(
        "to", OpenApiTypes.DATE, description="The last day, included; today when left out."
    ),
    OpenApiParameter(
        "tz",
        {"type": "string", "minLength": 1},
        description="Whose days, such as Asia/Shanghai; the caller’s own zone when left out.",
    ),
    OpenApiParameter(
        "by",
        {"type": "string", "pattern": f"^({_KEY}(,{_KEY})*)?$", "default": "day"},
        description=f"Keys of the rows, by commas: {', '.join(KEYS)}. Empty: no rows but one.",
    ),
    OpenApiParameter(
        "number",
        {"type": "string", "minLength": 1},
        description="Only these of our numbers, by commas.",
    ),
    OpenApiParameter(
        "format",
        str,
        enum=["json", "csv"],
        description="What the answer is, whatever the header Accept says.",
    ),
]


class CsvRenderer(BaseRenderer):
    """The rows of a report, one a line, below the names of their columns."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        """Return the lines."""
        view = (renderer_context or {})["view"]
        return csv_text(view.columns, [list(row.values()) for row in data["rows"]])


class _ReportView(APIView):
    """One report."""

    scopes: ClassVar[Scopes] = {
        "get": Scope.REPORTS_READ,
    }
    permission_classes = (HasScope,)
    renderer_classes = (EscapingJSONRenderer, CsvRenderer)
    content_negotiation_class = FormatNegotiation
    columns: Sequence[str] = ()

    def handle_exception(self, exc: Exception) -> Response:
        """Answer as JSON: an error has one form, whatever was asked for."""
        self._answer_as_json()
        return super().handle_exception(exc)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say what may be asked, which is no table."""
        self._answer_as_json()
        return super().options(request, *args, **kwargs)

    def _answer_as_json(self) -> None:
        self.request.accepted_renderer = EscapingJSONRenderer()
        self.request.accepted_media_type = EscapingJSONRenderer.media_type

    def answer(
        self,
        request: Request,
        report: Callable[[Question], Report],
        *,
        is_for_team: bool = False,
    ) -> Response:
        """Return a report on the numbers that the caller may see figures of.

        Raises:
            PermissionDenied: on none of theirs, of a team that isn't theirs to see, or as a file
                without the switch for that.
        """
        user = caller(request)
        as_file = request.accepted_renderer.format == CsvRenderer.format
        # A person without any number gets figures of nothing.
        sees_others = may_somewhere(Action.READ, user=user) and not may_see_reports(user)
        if sees_others or (as_file and not rights_of(user).may_export):
            raise PermissionDenied(refusal())
        question = question_of(request, user=user)
        if is_for_team and question.user is not None:
            raise PermissionDenied(refusal())
        with report_turn():
            found = report(question)
        self.columns = [*found.question.by, *found.total]
        return Response(as_json(found))


def question_of(request: Request, *, user: User) -> Question:
    """Return what a request asks, of the numbers and the people that its user sees.

    Raises:
        InvalidInput: it cannot be read, or names a number that is not the user's.
    """
    rows = reported_numbers(user)
    seen = {number.number for number in rows}
    given = request.query_params.get("number")
    wanted = [] if given is None else [address_key(text) for text in given.split(",")]
    for number in wanted:
        if number not in seen:
            raise InvalidInput(_("This number isn’t one of yours."), field="number")
    asked = [number for number in rows if not wanted or number.number in wanted]
    sees_all = rights_of(user).allows_everywhere(Action.REPORT)
    numbers = None if sees_all and not wanted else [number.pk for number in asked]
    question = parse_question(request.query_params, at=timezone.now(), numbers=numbers)
    return replace(question, user=reported_person(user, numbers=asked))


def as_json(report: Report) -> dict[str, Any]:
    """Return a report in the form of the API; money is text."""
    question = report.question
    return {
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "tz": question.zone,
        "complete": report.is_complete,
        "rows": [_plain(row) for row in report.rows],
        "total": _plain(report.total),
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(v) if isinstance(v, Decimal) else v for name, v in row.items()}


class MessageFigures(serializers.Serializer[Any]):
    """How many messages, each in the status that it has now."""

    inbound = serializers.IntegerField()
    outbound = serializers.IntegerField()
    sent = serializers.IntegerField()
    delivered = serializers.IntegerField()
    undelivered = serializers.IntegerField()
    failed = serializers.IntegerField()
    unconfirmed = serializers.IntegerField()
    blocked = serializers.IntegerField()
    segments = serializers.IntegerField(help_text="Our own count.")


class ResponseFigures(serializers.Serializer[Any]):
    """How fast due replies were answered; seconds are at most 1 % off."""

    answered = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True)
    p90_seconds = serializers.FloatField(allow_null=True)
    first_answered = serializers.IntegerField(help_text="The first answers in conversations.")
    first_median_seconds = serializers.FloatField(allow_null=True)
    first_p90_seconds = serializers.FloatField(allow_null=True)
    waiting = serializers.IntegerField(
        allow_null=True, help_text="Conversations that wait for a reply now; null by time."
    )


class DeliveryFigures(serializers.Serializer[Any]):
    """Receipts of the messages that NXCloud accepted; seconds are at most 1 % off."""

    with_receipt = serializers.IntegerField()
    without_receipt = serializers.IntegerField()
    latency_p50_seconds = serializers.FloatField(allow_null=True)
    latency_p95_seconds = serializers.FloatField(allow_null=True)


class CostFigures(serializers.Serializer[Any]):
    """What NXCloud charges, beside our own count, in both directions."""

    segments = serializers.IntegerField(help_text="Our count of what NXCloud charges for.")
    billed_segments = serializers.IntegerField()
    cost = serializers.DecimalField(
        max_digits=24, decimal_places=6, help_text="Σ price × billed segments."
    )
    unpriced = serializers.IntegerField(help_text="Messages without a price so far.")
    differences = serializers.IntegerField(help_text="Messages billed with other segments.")


def _documented(
    figures: type[serializers.Serializer[Any]], summary: str
) -> Callable[[Method], Method]:
    """Describe a report: its parameters, and rows of keys with their figures."""
    name = figures.__name__.removesuffix("Figures")
    keys: dict[str, serializers.Field[Any, Any, Any, Any]] = {
        key: serializers.CharField(required=False, allow_null=True) for key in KEYS
    } | {
        "hour": serializers.IntegerField(required=False, min_value=0, max_value=23),
        "weekday": serializers.IntegerField(
            required=False, min_value=1, max_value=7, help_text="1 is Monday, 7 Sunday."
        ),
    }
    row = type(f"{name}ReportRow", (figures,), {"__doc__": figures.__doc__, **keys})
    answer = inline_serializer(
        f"{name}Report",
        {
            "from": serializers.DateField(),
            "to": serializers.DateField(),
            "tz": serializers.CharField(),
            "complete": serializers.BooleanField(
                help_text="False while the figures are being made; messages are missing then."
            ),
            "rows": row(many=True),
            "total": figures(),
        },
    )
    decorate: Callable[[Method], Method] = extend_schema(
        parameters=PARAMETERS,
        responses={
            (200, "application/json"): answer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
        summary=summary,
        description=(
            "Administrators and supervisors get everybody’s figures; others those of what they"
            " wrote and answered themselves, on their numbers."
        ),
    )
    return decorate


class MessagesReportView(_ReportView):
    """How many messages there were."""

    @_documented(MessageFigures, "How many messages, by what became of them")
    def get(self, request: Request) -> Response:
        """Return the report."""
        return self.answer(request, messages_report)


class ResponsesReportView(_ReportView):
    """How fast people were answered."""

    @_documented(ResponseFigures, "How fast due replies were answered, and how many wait")
    def get(self, request: Request) -> Response:
        """Return the report."""
        return self.answer(request, responses_report)


class DeliveryReportView(_ReportView):
    """How many delivery receipts came, and how fast."""

    @_documented(DeliveryFigures, "Delivery receipts: how many, how fast")
    def get(self, request: Request) -> Response:
        """Return the report."""
        return self.answer(request, delivery_report)


class CostReportView(_ReportView):
    """What NXCloud charged; of nobody alone."""

    @_documented(CostFigures, "What NXCloud charged, beside our own count of segments")
    def get(self, request: Request) -> Response:
        """Return the report."""
        return self.answer(request, cost_report, is_for_team=True)
