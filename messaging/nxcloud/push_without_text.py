"""Take the text out of a push, and look into one that cannot be parsed."""

from __future__ import annotations

import json
from contextlib import suppress
from urllib.parse import parse_qsl, quote_plus, urlencode

from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push_charsets import clean_text
from messaging.nxcloud.push_envelope import PushEnvelope
from messaging.nxcloud.push_fields import FIELD_NAMES, pairs_of

#: In place of a text, and of a whole body that cannot be taken apart.
HIDDEN = "(hidden)"


def body_without_text(envelope: PushEnvelope) -> bytes:
    """Return a push's body in its own form with the nine fields that we know, but not the text.

    A body that cannot be taken apart is replaced whole.
    """
    with suppress(UnusablePush):
        pairs = [
            (name, HIDDEN if name == "content" else clean_text(value)[0])
            for name, value in pairs_of(envelope)
            if name in FIELD_NAMES and isinstance(value, str)
        ]
        if len(dict(pairs)) == len(pairs):
            text = json.dumps(dict(pairs)) if envelope.is_signed else urlencode(pairs)
            return text.encode()
    return HIDDEN.encode()


def loose_values(envelope: PushEnvelope, name: str) -> list[str]:
    """Return every text that a push gives a field, though the push as a whole is unusable."""
    with suppress(UnusablePush):
        pairs = pairs_of(envelope)
        return [clean_text(text)[0] for key, text in pairs if key == name and isinstance(text, str)]
    text = envelope.raw_body.decode("utf-8", "replace")
    return [clean_text(value)[0] for key, value in parse_qsl(text) if key == name]


def broken_texts(raw_body: bytes, *, within: str | None) -> list[str]:
    """Return a text, once, where it is in a body that cannot be read at all."""
    if not within:
        return []
    body = raw_body.decode("utf-8", "replace")
    escaped = json.dumps(within)[1:-1]
    return [within] if any(text in body for text in (within, escaped, quote_plus(within))) else []
