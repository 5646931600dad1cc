"""Which function answers which path of the phone page and the control API."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messaging.simulator import control, page

if TYPE_CHECKING:
    from messaging.simulator.provider import Provider

_STATIC = Path(__file__).parent / "static"
_STATIC_TYPES = {"phone.css": "text/css", "phone.js": "text/javascript"}


@dataclass(frozen=True)
class Answer:
    """One HTTP answer of the page or of the control API."""

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


Route = Callable[["Provider", dict[str, str], bytes], Answer]


def _html(render: Callable[[Provider, dict[str, str]], str]) -> Route:
    def route(provider: Provider, values: dict[str, str], body: bytes) -> Answer:
        return Answer(HTTPStatus.OK, render(provider, values).encode())

    return route


def _write_text(provider: Provider, values: dict[str, str], body: bytes) -> Answer:
    location = page.write_text(provider, values)
    return Answer(HTTPStatus.SEE_OTHER, headers={"Location": location})


def _static(name: str) -> Route:
    def route(provider: Provider, values: dict[str, str], body: bytes) -> Answer:
        return Answer(HTTPStatus.OK, (_STATIC / name).read_bytes(), _STATIC_TYPES[name])

    return route


def _control(act: Callable[[Provider, dict[str, Any]], Any]) -> Route:
    def route(provider: Provider, values: dict[str, str], body: bytes) -> Answer:
        try:
            given: Any = json.loads(body) if body else dict(values)
            if not isinstance(given, dict):
                raise control.BadCall("the body is not a JSON object")
            status, result = HTTPStatus.OK, act(provider, given)
        except ValueError as error:
            status, result = HTTPStatus.BAD_REQUEST, {"error": str(error)}
        return Answer(status, json.dumps(result).encode(), "application/json")

    return route


ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/"): _html(page.render),
    ("GET", "/thread"): _html(page.render_live),
    ("POST", "/write"): _write_text,
    ("GET", "/static/phone.css"): _static("phone.css"),
    ("GET", "/static/phone.js"): _static("phone.js"),
    ("GET", "/control/requests"): _control(control.list_requests),
    ("GET", "/control/pushes"): _control(control.list_pushes),
    ("GET", "/control/settings"): _control(control.show_settings),
    ("POST", "/control/settings"): _control(control.change_settings),
    ("POST", "/control/inbound"): _control(control.push_inbound),
    ("POST", "/control/receipt"): _control(control.push_receipt),
    ("POST", "/control/reset"): _control(control.reset),
}
