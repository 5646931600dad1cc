"""The flight recorder of one message in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from messaging.models import is_administrator
from messaging.reasons import Owner
from messaging.services.access.scopes import Scope
from messaging.services.recorder.outlook import Action, Next, outlook_of
from messaging.services.recorder.timeline import Entry, record_of

from .fields import UtcDateTimeField
from .message_serializers import MessageSerializer
from .permissions import reaches

if TYPE_CHECKING:
    from rest_framework.request import Request


class EntrySerializer(serializers.Serializer[Any]):
    """One thing that happened to a message."""

    at = UtcDateTimeField(read_only=True)
    kind = serializers.CharField(
        read_only=True,
        help_text="created, queued, claimed, attempt, answer, push, status, replay, redaction, "
        "paused, resumed, resent, resolved.",
    )
    actor = serializers.SerializerMethodField(
        help_text="User name of who did it; null for the program, NXCloud and the contact."
    )
    facts = serializers.DictField(read_only=True, help_text="By name, as the kind has them.")

    def get_actor(self, entry: Entry) -> str | None:
        """Return a user name."""
        return entry.actor.get_username() if entry.actor else None


class OutlookSerializer(serializers.Serializer[Any]):
    """What may come next."""

    step = serializers.ChoiceField(
        source="next",
        choices=[(step.value, step.value) for step in Next],
        help_text="What happens if nobody does anything.",
    )
    at = UtcDateTimeField(allow_null=True, help_text="When, where it has a time.")
    code = serializers.CharField(source="cause.code", default="", help_text="Why it is so.")
    detail = serializers.CharField(source="cause.in_english", default="")
    owner = serializers.CharField(
        help_text="Who can fix it: " + ", ".join(owner.value for owner in Owner) + "."
    )
    may_become = serializers.ListField(
        child=serializers.CharField(), help_text="Status words that it may still have."
    )
    actions = serializers.ListField(
        child=serializers.ChoiceField(choices=[(one.value, one.value) for one in Action])
    )


class RecordSerializer(serializers.Serializer[Any]):
    """A message with its whole story."""

    message = MessageSerializer(read_only=True)
    timeline = EntrySerializer(many=True, read_only=True)
    outlook = OutlookSerializer(read_only=True)


class RecordMixin:
    """The flight recorder of a message."""

    @extend_schema(
        responses=RecordSerializer,
        summary="The whole story of one message",
        description=(
            "Everything that happened to it, oldest first, and what may come next. Bytes and "
            "sender addresses of pushes are in it for administrators only."
        ),
    )
    @action(detail=True, methods=["get"])
    def record(self, request: Request, pk: str) -> Response:
        """Return the story of a message."""
        message = self.get_object()  # type: ignore[attr-defined]
        sees_pushes = is_administrator(request.user) and reaches(request, Scope.PUSHES_READ)
        record = record_of(message=message, for_administrator=sees_pushes)
        body = {
            "message": message,
            "timeline": record.timeline,
            "outlook": outlook_of(message=message, at=timezone.now()),
        }
        return Response(RecordSerializer(body, context={"request": request}).data)
