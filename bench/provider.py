"""A provider for measurements: answers after a fixed time, takes so many at once, costs little.

    python -m bench.provider LATENCY_MS AT_ONCE

Prints its port. POST takes a message; GET /times returns the moments (seconds, a steady clock) at
which the messages since the last GET arrived, as JSON. Signatures are not looked at: what is
measured is the sender.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


class _Provider:
    def __init__(self, *, latency_seconds: float, at_once: int) -> None:
        self._latency_seconds = latency_seconds
        self._slots = asyncio.Semaphore(at_once)
        self._times: list[float] = []
        self._count = 0
        # No other provider has given the same ids: to a worker that would be out of the ordinary.
        self._ids = f"mt-{time.time_ns()}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET"):
                taken, self._times = self._times, []
                self._answer(writer, taken)
            else:
                await reader.readexactly(_length(head))
                self._times.append(time.monotonic())
                async with self._slots:
                    await asyncio.sleep(self._latency_seconds)
                self._count += 1
                self._answer(
                    writer, {"code": "0", "data": {"messageId": f"{self._ids}-{self._count}"}}
                )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, content: Any) -> None:
        body = json.dumps(content).encode()
        writer.write(_HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def _length(head: bytes) -> int:
    return next(
        int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"
    )


async def _main(latency_ms: int, at_once: int) -> None:
    provider = _Provider(latency_seconds=latency_ms / 1000, at_once=at_once)
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(*map(int, sys.argv[1:])))
