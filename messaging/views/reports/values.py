"""A figure as a page shows it and as a file holds it: the same value in two forms."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Value:
    """One cell of a table.

    Attributes:
        plain: for programs: digits with a point, "" for none.
        text: for people, in their language.
        size: how tall a bar is; None for none.
    """

    plain: str
    text: str
    size: float | None


ZERO: Final = Decimal(0)


def count(value: int | None) -> Value:
    """Return a number of things."""
    if value is None:
        return nothing()
    plain = str(value)
    # Most are small, and a page has a thousand.
    text = plain if 0 <= value < 1000 else number_format(value, force_grouping=True)
    return Value(plain, text, value)


def percent(share: float | None) -> Value:
    """Return a share of one as percent, with one digit."""
    if share is None:
        return nothing()
    plain = f"{100 * share:.1f}"
    return Value(plain, _("%(number)s%%") % {"number": number_format(plain)}, float(plain))


def seconds(value: float | None) -> Value:
    """Return a wait, in the units in which people say it."""
    if value is None:
        return nothing()
    plain = f"{value:.0f}" if value >= 10 else f"{value:.1f}"
    return Value(plain, wait_in_words(value), float(plain))


def money(value: Decimal | None, *, digits: int = 2) -> Value:
    """Return an amount of the account's currency.

    Args:
        value: the amount.
        digits: after the point, where people read it.
    """
    if value is None:
        return nothing()
    shown = number_format(value, decimal_pos=digits, force_grouping=True)
    currency = settings.CURRENCY
    text = f"{shown}\u00a0{currency}" if currency else shown
    return Value(f"{value:.6f}", text, float(value))


def words(text: str, *, plain: str | None = None) -> Value:
    """Return a text, or something that a program reads in another form."""
    return Value(text if plain is None else plain, text, None)


def nothing() -> Value:
    """Return a cell that says that there is nothing to say."""
    return Value("", "–", None)


def wait_in_words(value: float) -> str:
    """Return seconds as people say them: "0.4 s", "9 min", "2 h 5 min", "3 d 4 h"."""
    if value < 10 and value != int(value):
        return _("%(count)s s") % {"count": number_format(f"{value:.1f}")}
    if value < 60:
        return _("%(count)s s") % {"count": f"{value:.0f}"}
    minutes = round(value / 60)
    if minutes < 60:
        return _("%(count)s min") % {"count": minutes}
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        words = _("%(count)s h") % {"count": hours}
        return f"{words} {_('%(count)s min') % {'count': rest}}" if rest else words
    days, rest = divmod(round(minutes / 60), 24)
    words = _("%(count)s d") % {"count": days}
    return f"{words} {_('%(count)s h') % {'count': rest}}" if rest else words


def wait_on_axis(value: float) -> str:
    """Return a round number of seconds as an axis shows it."""
    return wait_in_words(value) if value else "0"
