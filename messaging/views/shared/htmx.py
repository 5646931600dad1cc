"""What htmx says of a request, as django-htmx's middleware reads it from the headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_htmx.middleware import HtmxDetails


def htmx_of(request: HttpRequest) -> HtmxDetails:
    """Return what htmx says; its truth is whether htmx asks at all."""
    details: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return details


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether htmx asks."""
    return bool(htmx_of(request))
