"""The simulator's HTTP side: the provider's interface, the control API and the phone page."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from messaging.nxcloud.client import MTSEND_PATH
from messaging.simulator.routes import ROUTES, Answer

if TYPE_CHECKING:
    from messaging.simulator.provider import Provider

MAX_BODY_BYTES = 1024 * 1024
MAX_SILENCE_SECONDS = 120.0
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class SimulatorServer:
    """Serves one simulator in threads of its own."""

    def __init__(self, provider: Provider, *, host: str, port: int) -> None:
        handler = type("Handler", (_Handler,), {"provider": provider})
        self._server = _Server((host, port), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=[0.02], daemon=True, name="simulator"
        )

    @property
    def url(self) -> str:
        """Its address without a slash at the end."""
        host, port = self._server.server_address[:2]
        shown = host.decode() if isinstance(host, (bytes, bytearray)) else host
        return f"http://{'127.0.0.1' if shown == '0.0.0.0' else shown}:{port}"  # noqa: S104

    def start(self) -> None:
        """Serve until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients that hang up are part of the play.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    provider: Provider

    def do_GET(self) -> None:
        """Serve a page, a script or the control API."""
        self._route("GET", b"")

    def do_POST(self) -> None:
        """Take a message, a form or a control call."""
        length = self.headers.get("Content-Length", "")
        if not (length.isdecimal() and int(length) <= MAX_BODY_BYTES):
            self.close_connection = True
            self._write(Answer(HTTPStatus.LENGTH_REQUIRED))
            return
        body = self.rfile.read(int(length))
        if urlsplit(self.path).path == MTSEND_PATH:
            self._mtsend(body)
        else:
            self._route("POST", body)

    def _mtsend(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.provider.mtsend(headers, body)
        if reply.ending == "reset":
            self._reset()
            return
        silence = MAX_SILENCE_SECONDS if reply.ending == "silence" else reply.delay_seconds
        if (silence and self.provider.is_stopping.wait(silence)) or reply.ending == "silence":
            self.close_connection = True
            return
        self._write(Answer(reply.status, reply.body, "application/json", {**reply.headers}))

    def _reset(self) -> None:
        self.close_connection = True
        linger_not_at_all = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not_at_all)
        self.connection.close()

    def _route(self, method: str, body: bytes) -> None:
        parts = urlsplit(self.path)
        route = ROUTES.get((method, parts.path))
        if route is None:
            self._write(Answer(HTTPStatus.NOT_FOUND, b"Not found", "text/plain"))
            return
        if method == "POST" and not self._is_from_here():
            self._write(Answer(HTTPStatus.FORBIDDEN, b"Another site's page", "text/plain"))
            return
        values = dict(parse_qsl(parts.query))
        if method == "POST" and not parts.path.startswith("/control/"):
            values = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        self._write(route(self.provider, values, body))

    def _is_from_here(self) -> bool:
        """Say whether no other site's page makes a browser send this."""
        origin = self.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == self.headers.get("Host")

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            "Cache-Control": "no-store",
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in (headers | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Show the provider's clock, which may be off on purpose."""
        return formatdate(self.provider.now() if timestamp is None else timestamp, usegmt=True)

    def version_string(self) -> str:
        """Name the server."""
        return "nxcloud-simulator"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep paths with phone numbers out of the log."""
