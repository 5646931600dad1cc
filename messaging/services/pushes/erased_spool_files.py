"""Remove the spool files of this node that were set aside and hold an erased person's number.

They could not be recorded, so nothing else is known of them. A file that waits to be drained is
left alone: it is recorded within seconds, and its number's opt-outs hold.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from messaging.models import Contact, ErasedNumber
from messaging.nxcloud.errors import SpoiledSpoolFile
from messaging.nxcloud.push import PushEnvelope
from messaging.nxcloud.push_without_text import loose_values
from messaging.phone_numbers import address_key
from messaging.services.contacts.erased_numbers import digests_of

from .spool import files_set_aside

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)


def remove_files_with(*, phone_key: str) -> int:
    """Remove the files that hold a number; return how many.

    Args:
        phone_key: the normalized number.
    """
    return sum(_remove(path) for path in files_set_aside() if _holds(path, phone_key=phone_key))


def remove_files_of_erased() -> int:
    """Remove the files of this node whose number was erased through another one."""
    files = files_set_aside()
    if not files or not ErasedNumber.objects.exists():
        return 0
    return sum(_remove(path) for path in files if _is_of_erased(path))


def _holds(path: Path, *, phone_key: str) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return phone_key in _numbers_in(data) or phone_key.encode() in data


def _is_of_erased(path: Path) -> bool:
    """Tell whether a file came before one of its numbers was erased."""
    try:
        data = path.read_bytes()
        envelope = PushEnvelope.from_spool_bytes(data)
    except (OSError, SpoiledSpoolFile):
        return False
    numbers = _numbers_in(data)
    here = set(Contact.objects.filter(phone_key__in=numbers).values_list("phone_key", flat=True))
    digests = [digest for key in numbers if key and key not in here for digest in digests_of(key)]
    rows = ErasedNumber.objects.filter(digest__in=digests, erased_at__gte=envelope.received_at)
    return rows.exists()


def _numbers_in(data: bytes) -> list[str]:
    try:
        envelope = PushEnvelope.from_spool_bytes(data)
    except SpoiledSpoolFile:
        return []
    both = [*loose_values(envelope, "fromPhone"), *loose_values(envelope, "toPhone")]
    return [address_key(number) for number in both]


def _remove(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        logger.error("spool file %s cannot be removed: %s", path.name, error.strerror)
        return False
    return True
