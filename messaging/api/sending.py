"""The resource ``sending``, for administrators: does the queue run, why not, how much waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.models import CircuitBreakerTrip
from messaging.reasons import Owner
from messaging.services.access.scopes import Scope
from messaging.services.sending.circuit_breaker import close_breaker
from messaging.services.sending.queue_state import queue_state

from .fields import UtcDateTimeField
from .permissions import HasScope, IsAdministrator, Scopes, caller

if TYPE_CHECKING:
    from rest_framework.request import Request


class PauseSerializer(serializers.ModelSerializer[CircuitBreakerTrip]):
    """Why sending is paused; the names are older than those of the circuit breaker."""

    reason = serializers.CharField(source="reason.in_english", help_text="Plain words.")
    mender = serializers.ChoiceField(
        source="reason.owner", choices=[(owner.value, owner.value) for owner in Owner]
    )
    message = serializers.IntegerField(source="message_id", read_only=True, allow_null=True)
    began_at = UtcDateTimeField(read_only=True)
    next_trial_at = UtcDateTimeField(source="next_probe_at", read_only=True)
    trials = serializers.IntegerField(source="probes", read_only=True)

    class Meta:
        model = CircuitBreakerTrip
        fields = ("code", "reason", "mender", "message", "began_at", "next_trial_at", "trials")
        read_only_fields = fields


class SendingSerializer(serializers.Serializer[Any]):
    """The state of the queue."""

    state = serializers.ChoiceField(choices=("running", "paused"))
    reason = serializers.CharField(help_text="Why it is paused; empty while it runs.")
    pauses = PauseSerializer(many=True)
    depth = serializers.IntegerField(help_text="Messages that are queued.")
    oldest = UtcDateTimeField(allow_null=True, help_text="Since when the oldest of them waits.")
    scheduled = serializers.IntegerField(help_text="Messages that wait for their time.")


class SendingView(APIView):
    """The queue as a whole."""

    scopes: ClassVar[Scopes] = {
        "get": Scope.SENDING_READ,
    }
    permission_classes = (HasScope, IsAdministrator)

    @extend_schema(responses=SendingSerializer, summary="State of the queue")
    def get(self, request: Request) -> Response:
        """Return the state of the queue."""
        return Response(SendingSerializer(queue_state()).data)


class ResumeView(APIView):
    """Let a paused queue go on at once."""

    scopes: ClassVar[Scopes] = {
        "post": Scope.SENDING_MANAGE,
    }
    permission_classes = (HasScope, IsAdministrator)

    @extend_schema(
        request=None,
        responses=SendingSerializer,
        summary="Resume at once; nothing happens while it runs",
    )
    def post(self, request: Request) -> Response:
        """Close the circuit breaker and return the state of the queue."""
        close_breaker(at=timezone.now(), by=caller(request))
        return Response(SendingSerializer(queue_state()).data)
