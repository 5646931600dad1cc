"""Keep hidden texts out of the spool files of this node that were set aside.

A file that waits to be drained is left alone: its push is stored without the text, then it goes.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from typing import TYPE_CHECKING, Final

from messaging.models import Message
from messaging.nxcloud.errors import SpoiledSpoolFile, UnusablePush
from messaging.nxcloud.push import PushEnvelope
from messaging.nxcloud.push_without_text import HIDDEN, broken_texts, loose_values
from messaging.phone_numbers import address_key
from messaging.services.content.digests import Wording, wording_of
from messaging.sms_text import comparison_form

from .hidden_pushes import body_without, may_carry
from .spool import files_set_aside, replace_file
from .stored_pushes import fields_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger(__name__)

#: Another node's people may have hidden the text of a file that is here.
LOOK_AGAIN_SECONDS: Final = 60.0
#: A shorter id may be in a spoiled file by chance.
SHORTEST_TELLING_ID: Final = 8


class _Turn:
    """When this process looked last, and at how many files."""

    next_at = 0.0
    files = 0


def hide_in_files_set_aside(*, message: Message, text: str) -> int:
    """Take a text that was hidden out of this node's files; return out of how many.

    Args:
        message: whose text it was, with its digest.
        text: the hidden text.
    """
    return sum(
        _hide_in(path, hide=lambda data: _without_this_text(data, message=message, text=text))
        for path in files_set_aside()
    )


def hide_in_new_files_set_aside() -> int:
    """Take texts out that were hidden elsewhere, or before their file came; now and then."""
    files = files_set_aside()
    if not files or (len(files) == _Turn.files and time.monotonic() < _Turn.next_at):
        return 0
    _Turn.files, _Turn.next_at = len(files), time.monotonic() + LOOK_AGAIN_SECONDS
    return sum(_hide_in(path, hide=_without_hidden_text) for path in files)


def _hide_in(path: Path, *, hide: Callable[[bytes], bytes | None]) -> bool:
    """Rewrite one file without its text if that was hidden; tell whether it was."""
    try:
        kept = hide(path.read_bytes())
        if kept is not None:
            replace_file(path, kept)
    except OSError as error:
        logger.error("spool file %s cannot be rewritten: %s", path.name, error.strerror)
        return False
    return kept is not None


def _without_this_text(data: bytes, *, message: Message, text: str) -> bytes | None:
    """Return what a file is to hold once a text was hidden, None where it does not hold that."""
    said = Wording(comparison_form(text))
    try:
        envelope = PushEnvelope.from_spool_bytes(data)
    except SpoiledSpoolFile:
        message_id = message.provider_message_id or ""
        is_its = len(message_id) >= SHORTEST_TELLING_ID and message_id.encode() in data
        is_there = is_its or broken_texts(data, within=said.form)
        return HIDDEN.encode() if is_there else None
    if envelope.text_digest or not may_carry(envelope, said):
        return None
    return _spool_bytes_without_text(envelope, digest=message.text_digest)


def _without_hidden_text(data: bytes) -> bytes | None:
    """Return the same for whatever was hidden before."""
    try:
        envelope = PushEnvelope.from_spool_bytes(data)
    except SpoiledSpoolFile:
        return None
    wordings = () if envelope.text_digest else _hidden_wordings(envelope)
    if not any(may_carry(envelope, wording) for wording in wordings):
        return None
    return _spool_bytes_without_text(envelope, digest=None)


def _spool_bytes_without_text(envelope: PushEnvelope, *, digest: str | None) -> bytes:
    body = body_without(envelope, digest=digest)
    return dataclasses.replace(
        envelope,
        raw_body=body.raw_body,
        text_digest=body.text_digest or "",
        flags=(*envelope.flags, *body.flags),
    ).to_spool_bytes()


def _hidden_wordings(envelope: PushEnvelope) -> list[Wording]:
    """Return what the hidden messages said that a push may speak of."""
    hidden = Message.objects.filter(redacted_at__isnull=False)
    ids = [value for value in loose_values(envelope, "messageId") if value]
    found = list(hidden.filter(provider_message_id__in=ids)) if ids else []
    try:
        fields = fields_of(envelope)
    except UnusablePush:
        return [wording_of(message) for message in found]
    keys = [address_key(fields.from_phone), address_key(fields.to_phone)]
    of_thread = hidden.filter(
        did_number__number__in=keys,
        conversation__contact__phone_key__in=keys,
        text_digest__isnull=False,
    )
    return [wording_of(message) for message in (*found, *of_thread)]
