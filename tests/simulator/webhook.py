"""A customer's webhook for tests: keeps what is pushed and answers as it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One push: headers by lower-case name, and the raw body."""

    headers: dict[str, str]
    body: bytes


class Webhook:
    """Listens on loopback; answers `success` unless `answers` holds others for the first pushes."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.received: list[Received] = []
        self._answers = [*answers]
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, answer = webhook.take(Received(headers, body))
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/nxcloud/"

    def take(self, push: Received) -> tuple[int, bytes]:
        """Keep a push and return what to answer."""
        self.received.append(push)
        return self._answers.pop(0) if self._answers else (200, b"success")

    def __enter__(self) -> Webhook:
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()
