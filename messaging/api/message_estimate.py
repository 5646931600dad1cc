"""What many messages would cost, ``messages/estimate/``; nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework import serializers

if TYPE_CHECKING:
    from messaging.services.reports.estimate import Estimate


class EstimateCountrySerializer(serializers.Serializer[Any]):
    """What goes to one country."""

    country = serializers.CharField(
        read_only=True, allow_null=True, help_text="ISO 3166; null where it isn’t known."
    )
    segments = serializers.IntegerField(read_only=True)


class EstimateResponse(serializers.Serializer[Any]):
    """What messages would probably cost, from what the same countries cost lately."""

    messages = serializers.IntegerField(read_only=True, help_text="Those that can be counted.")
    segments = serializers.IntegerField(read_only=True, help_text="Signatures included.")
    cost = serializers.DecimalField(
        max_digits=20,
        decimal_places=6,
        read_only=True,
        help_text="Of the messages whose price is known.",
    )
    currency = serializers.CharField(
        read_only=True, help_text="As the installation names it; may be empty."
    )
    unpriced = serializers.IntegerField(
        read_only=True, help_text="Messages to countries that nothing was priced for lately."
    )
    refused = serializers.IntegerField(
        read_only=True, help_text="Messages whose sender, recipient or text can’t be used."
    )
    countries = EstimateCountrySerializer(many=True, read_only=True)


def shown_estimate(found: Estimate, *, unread: int) -> dict[str, Any]:
    """Return the answer.

    Args:
        found: what was estimated.
        unread: messages whose fields cannot be used at all.
    """
    return {
        "messages": found.messages,
        "segments": found.segments,
        "cost": f"{found.cost:.6f}",
        "currency": settings.CURRENCY,
        "unpriced": found.unpriced,
        "refused": found.refused + unread,
        "countries": [
            {"country": country or None, "segments": segments}
            for country, segments in sorted(found.countries.items())
        ],
    }
