"""Codes of an authenticator app (TOTP, RFC 6238): set up, taken once, turned off."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import pyotp
import segno
from django.db import transaction
from django.utils.crypto import constant_time_compare

from messaging.models import SecondFactor

from .account_news import tell_of_change
from .sealed import seal, unseal
from .second_factor import locked_factor, may_remove_one

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

DIGITS: Final = 6
SECONDS: Final = 30
#: Steps before and after ours whose codes are taken too: clocks differ.
TOLERANCE: Final = 1


def new_secret() -> str:
    """Return a secret for an app, in the letters that people can type."""
    return pyotp.random_base32()


def address_of(secret: str, *, user: User, site: str) -> str:
    """Return what the QR code says to the app: whose secret, and where.

    Args:
        secret: as `new_secret` returns it.
        user: whose it will be.
        site: the host, which tells several installations apart.
    """
    name = f"{user.get_username()}@{site}"
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="didsms")


def qr_code(address: str) -> str:
    """Return an address as an SVG element, without styles, dark on light in any theme."""
    code = segno.make(address, error="m", micro=False)
    return code.svg_inline(border=4, light="#fff", svgclass=None, lineclass=None, omitsize=True)


def turn_on(*, user: User, secret: str, code: str, at: datetime, address: str) -> bool:
    """Take codes of an app from now on, if the person shows that it makes the right ones.

    Args:
        user: whose app.
        secret: what the app was given.
        code: what it showed.
        at: now, aware UTC.
        address: the caller's.

    Returns:
        False when the code is wrong.
    """
    step = _step_of(code, secret=secret, at=at)
    if step is None:
        return False
    with transaction.atomic():
        factor = locked_factor(user)
        factor.secret, factor.last_step, factor.confirmed_at = seal(secret), step, at
        factor.save(update_fields=["secret", "last_step", "confirmed_at"])
        tell_of_change("second_factor_added", user=user, address=address, kind="authenticator")
    return True


def turn_off(*, user: User, address: str) -> bool:
    """Take no more codes of the app; return False where it is the last factor that they need."""
    with transaction.atomic():
        factor = locked_factor(user)
        if not factor.has_authenticator:
            return True
        if not may_remove_one(user, factor):
            return False
        factor.secret, factor.confirmed_at = "", None
        factor.save(update_fields=["secret", "confirmed_at"])
        tell_of_change("second_factor_removed", user=user, address=address, kind="authenticator")
    return True


def take_code(*, user: User, code: str, at: datetime) -> bool:
    """Take a code, once: of two requests with the same one, one is let in.

    Args:
        user: who signs in.
        code: as it was typed.
        at: now, aware UTC.
    """
    factor = SecondFactor.objects.filter(user=user).exclude(secret="").first()
    opened = unseal(factor.secret) if factor else None
    if factor is None or opened is None:
        return False
    secret, is_present = opened
    step = _step_of(code, secret=secret, at=at)
    if step is None:
        return False
    renewed = {} if is_present else {"secret": seal(secret)}
    unused = SecondFactor.objects.filter(pk=factor.pk, secret=factor.secret, last_step__lt=step)
    return bool(unused.update(last_step=step, **renewed))


def looks_like_code(text: str) -> bool:
    """Tell whether a text is written like a code of an app, and so is no recovery code."""
    plain = _plain(text)
    return len(plain) == DIGITS and plain.isascii() and plain.isdigit()


def _step_of(code: str, *, secret: str, at: datetime) -> int | None:
    plain = _plain(code)
    if not looks_like_code(code):
        return None
    now = int(at.timestamp()) // SECONDS
    app = pyotp.TOTP(secret, digits=DIGITS, interval=SECONDS)
    steps = range(now - TOLERANCE, now + TOLERANCE + 1)
    fitting = [step for step in steps if constant_time_compare(app.generate_otp(step), plain)]
    return max(fitting, default=None)


def _plain(code: str) -> str:
    return "".join(unicodedata.normalize("NFKC", code[:40]).split())
