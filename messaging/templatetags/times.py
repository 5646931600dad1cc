"""Times in templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils import timezone

from messaging.services.times import relative_times

if TYPE_CHECKING:
    from datetime import datetime

register = template.Library()


@register.filter
def short_age(when: datetime) -> str:
    """Return how long ago something was: "5m", "Tue"."""
    return relative_times.short_age(when, at=timezone.now())


@register.filter
def ago(when: datetime) -> str:
    """Return how long ago something was, within a sentence: "just now", "2 hours ago"."""
    return relative_times.ago(when, at=timezone.now())


@register.filter
def short_wait(since: datetime) -> str:
    """Return how long something has waited: "5m", "3h", "2d"."""
    return relative_times.short_duration((timezone.now() - since).total_seconds())


@register.filter
def exact(when: datetime) -> str:
    """Return date and time in full."""
    return relative_times.exact(when)
