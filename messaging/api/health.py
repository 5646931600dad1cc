"""The resource ``health``: how each number is against its own usual, and what is wrong now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone, translation
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.models import DidNumber, HealthAlarm, is_administrator
from messaging.services.access.scopes import Scope
from messaging.services.operations.alarm_words import alarm_words
from messaging.services.operations.number_health import health_of_numbers

from .fields import UtcDateTimeField
from .permissions import HasScope, Scopes

if TYPE_CHECKING:
    from rest_framework.request import Request

    from messaging.services.operations.number_health import NumberHealth


class AlarmSerializer(serializers.Serializer[Any]):
    """Something that is not as it should be."""

    kind = serializers.CharField(
        help_text="A stable word: " + ", ".join(kind.value for kind in HealthAlarm.Kind) + "."
    )
    began_at = UtcDateTimeField()
    detail = serializers.SerializerMethodField(help_text="A sentence.")
    facts = serializers.DictField(help_text="Figures by name.")

    def get_detail(self, alarm: HealthAlarm) -> str:
        """Return it in English."""
        with translation.override("en"):
            return alarm_words(alarm)


class NumberHealthSerializer(serializers.Serializer[Any]):
    """One DID number."""

    number = serializers.CharField(source="number.number")
    last_inbound_at = UtcDateTimeField(
        source="number.last_inbound_at", allow_null=True, help_text="Of the last inbound push."
    )
    last_receipt_at = UtcDateTimeField(source="number.last_receipt_at", allow_null=True)
    receipt_p50_seconds = serializers.FloatField(
        source="now.receipt_seconds",
        allow_null=True,
        help_text="Median time until a delivery receipt, of the last hour; null without any.",
    )
    share_without_receipt = serializers.FloatField(
        source="now.share_late",
        allow_null=True,
        help_text="Of the messages accepted in the last hour, those without a receipt within ten "
        "minutes; null where nothing was sent.",
    )
    usual_share_without_receipt = serializers.FloatField(
        source="usual.share_late",
        allow_null=True,
        help_text="Median of the same weekday and hour of the last four weeks; null where they "
        "brought fewer than 20 messages.",
    )
    alarms = serializers.SerializerMethodField()

    @extend_schema_field(AlarmSerializer(many=True))
    def get_alarms(self, health: NumberHealth) -> Any:
        """Return what is wrong with the number."""
        return AlarmSerializer(health.alarms, many=True).data


class HealthSerializer(serializers.Serializer[Any]):
    """The health of the caller's numbers and of the line."""

    numbers = NumberHealthSerializer(many=True)
    alarms = AlarmSerializer(
        many=True, help_text="What is wrong with the line itself; for administrators."
    )


class HealthView(APIView):
    """How the numbers and the line are."""

    scopes: ClassVar[Scopes] = {
        "get": Scope.HEALTH_READ,
    }
    permission_classes = (HasScope,)

    @extend_schema(responses=HealthSerializer, summary="Health of the numbers and of the line")
    def get(self, request: Request) -> Response:
        """Return the health of the caller's numbers; of the line to administrators."""
        at = timezone.now()
        numbers = DidNumber.objects.visible_to(request.user)
        of_line = HealthAlarm.objects.open().filter(did_number__isnull=True)
        body = {
            "numbers": health_of_numbers(numbers=numbers, at=at),
            "alarms": of_line if is_administrator(request.user) else of_line.none(),
        }
        return Response(HealthSerializer(body).data)
