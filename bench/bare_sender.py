"""The yardstick of the sender: eight threads that sign a request and send it, and do nothing else.

    python -m bench.bare_sender ADDRESS MESSAGES

Each request goes out with `requests` on a connection of its own, as a message must. Prints the
processor time of one message in milliseconds.
"""

from __future__ import annotations

import itertools
import resource
import sys
import threading
import time

import requests

from messaging.nxcloud.payloads import mtsend_body, read_answer
from messaging.nxcloud.signing import Credentials, signed_headers

THREADS = 8


def send(url: str, turn: int, credentials: Credentials) -> None:
    """Sign one message and send it."""
    body = mtsend_body(
        sender=f"86150{turn % 40:08d}", phone=f"346{turn:08d}", content=f"Your code is {turn:06d}"
    )
    headers = signed_headers(
        credentials=credentials, action="mtsend", body=body, ts_ms=int(time.time() * 1000)
    )
    headers |= {"Content-Type": "application/json", "Connection": "close"}
    answer = requests.post(url, data=body, headers=headers, timeout=30)
    assert read_answer(answer.content).code == "0"  # type: ignore[union-attr]  # noqa: S101


def main(url: str, messages: int) -> None:
    """Send that many messages."""
    turns = itertools.count()
    credentials = Credentials(access_key="bench", access_secret="bench")  # noqa: S106

    def run() -> None:
        while (turn := next(turns)) < messages:
            send(url, turn, credentials)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    before = _processor_seconds()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print((_processor_seconds() - before) / messages * 1000)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
