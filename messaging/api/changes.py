"""The resource ``changes``: what a program hears of instead of polling each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.services.access.scopes import Scope
from messaging.services.feed.program_feed import (
    FEED_CURSOR,
    FeedCursor,
    changes_since,
    cursor_of_now,
)
from messaging.statuses import Status

from .fields import Filters, UtcDateTimeField
from .permissions import Scopes, caller

if TYPE_CHECKING:
    from rest_framework.request import Request

NOW: Final = "now"


class ChangesFilters(Filters):
    """Where the caller goes on."""

    after = serializers.RegexField(
        rf"^({NOW}|{FEED_CURSOR})$",
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        max_length=5000,
        error_messages={"invalid": gettext_lazy("Use what next said, unchanged.")},
        help_text="What next said; now for what comes from now on; left out or empty: from the"
        " beginning.",
    )

    def validate_after(self, value: str) -> FeedCursor | None:
        """Return the cursor; None for "now"."""
        if not value:
            return FeedCursor()
        return None if value == NOW else FeedCursor.parse(value)


class ChangeSerializer(serializers.Serializer[Any]):
    """A message that came or was written, or a status that one got."""

    id = serializers.CharField(help_text="The same for the same line, should it come twice.")
    at = UtcDateTimeField()
    kind = serializers.ChoiceField(choices=("message", "status"))
    conversation = serializers.IntegerField()
    message = serializers.IntegerField()
    status = serializers.ChoiceField(
        choices=[(status.value, status.value) for status in Status],
        help_text="Of a message: its status now.",
    )


class ChangesSerializer(serializers.Serializer[Any]):
    """A part of the feed."""

    results = ChangeSerializer(many=True)
    next = serializers.CharField(help_text="Give it as after in the next call.")
    has_more = serializers.BooleanField(help_text="Call again at once: more is there already.")


class ChangesView(APIView):
    """What happened to the messages of the caller's numbers."""

    scopes: ClassVar[Scopes] = {
        "get": Scope.MESSAGES_READ,
    }

    @extend_schema(
        parameters=[ChangesFilters],
        responses=ChangesSerializer,
        summary="Follow messages and statuses",
        description=(
            "Every message and every status of your numbers, each at least once, earliest first."
            " Keep next once you have dealt with the results, and call again with it. The results"
            " may be fewer than there are, or none: has_more says whether to call at once."
        ),
    )
    def get(self, request: Request) -> Response:
        """Return what came since."""
        given = ChangesFilters.of(request)
        cursor = given.get("after", FeedCursor())
        if cursor is None:
            return Response({"results": [], "next": cursor_of_now().text, "has_more": False})
        part = changes_since(cursor, user=caller(request))
        results = ChangeSerializer([entry._asdict() for entry in part.entries], many=True).data
        return Response({"results": results, "next": part.next.text, "has_more": part.has_more})
