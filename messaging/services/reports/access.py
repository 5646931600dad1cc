"""Who may see which reports; the one place that decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging.models import DidNumber, is_administrator

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def may_see_reports(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Tell whether a person may see reports at all: everyone who works with a number."""
    return is_administrator(user) or DidNumber.objects.visible_to(user).exists()


def reported_numbers(user: AbstractBaseUser | AnonymousUser) -> list[DidNumber]:
    """Return the numbers whose figures a person may see, in their usual order."""
    return list(DidNumber.objects.visible_to(user))
