"""What a web process does beside answering: drain its node's spool, write down its counts."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import Final

from django.db import connection

from .receiving import drain
from .refusals import write_refusals
from .set_aside import hide_in_new_files_set_aside
from .spool import waiting_files

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 2.0


def keep_house() -> None:
    """Do one turn; a failure is logged and tried again with the next."""
    try:
        if waiting_files():
            drain()
        hide_in_new_files_set_aside()
        write_refusals()
    except Exception:
        logger.exception("a turn of housekeeping failed; it is tried again")
    finally:
        with contextlib.suppress(Exception):
            connection.close()


def start_housekeeping() -> None:
    """Start the thread of this process; call it after any fork."""

    def run() -> None:
        while True:
            keep_house()
            time.sleep(EVERY_SECONDS)

    threading.Thread(target=run, name="housekeeping", daemon=True).start()
