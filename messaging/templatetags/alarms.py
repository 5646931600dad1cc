"""Alarms and shares in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.formats import number_format

from messaging.services.operations import alarm_words as words

if TYPE_CHECKING:
    from messaging.models import HealthAlarm

register = template.Library()


@register.filter
def alarm_words(alarm: HealthAlarm) -> str:
    """Return what is wrong in one sentence."""
    return words.alarm_words(alarm)


@register.filter
def alarm_fix(alarm: HealthAlarm) -> str:
    """Return who can do what about it."""
    return words.alarm_fix(alarm)


@register.filter
def percent(share: float) -> str:
    """Return a share as a percentage: "4%"."""
    return f"{number_format(share * 100, decimal_pos=0)}%"
