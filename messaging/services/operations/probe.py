"""Answer our own probe of the webhook: that this is the installation, and how the request arrived.

A probe asks with a number that was never used. Only who knows SECRET_KEY can answer it, so a proxy
that leads elsewhere is noticed. The answer tells nothing else.
"""

from __future__ import annotations

from typing import Final

from django.utils.crypto import salted_hmac

PROBE_HEADER: Final = "X-Didsms-Probe"
#: Longer ones are no probes of ours.
LONGEST: Final = 64


def probe_answer(nonce: str) -> str:
    """Return the answer to a probe."""
    return salted_hmac("didsms.webhook.probe", nonce, algorithm="sha256").hexdigest()
