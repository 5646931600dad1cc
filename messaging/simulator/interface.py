"""The simulated provider's sending interface: checks each request and remembers it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Literal

from messaging.nxcloud.signing import Credentials
from messaging.simulator.ledger import Ledger
from messaging.simulator.mtsend import (
    SendRequest,
    code_for_headers,
    code_for_message,
    read_request,
)
from messaging.simulator.replies import Reply, reply_to_accepted, reply_to_refused
from messaging.simulator.scenarios import Choice, choose
from messaging.simulator.settings import Settings

OnAccept = Callable[[SendRequest, str, Choice], None]


class SendingInterface:
    """POST /didsms/mtsend without its HTTP.

    Args:
        credentials: The customer's keys.
        dids: The customer's numbers; any sender is accepted when there is none.
        settings: The simulated account's switches.
        ledger: Remembers every request.
        now: The provider's clock.
        on_accept: Called with request, message id and scenario before the answer goes out.
    """

    def __init__(
        self,
        *,
        credentials: Credentials,
        dids: Collection[str],
        settings: Settings,
        ledger: Ledger,
        now: Callable[[], float],
        on_accept: OnAccept,
    ) -> None:
        self._credentials = credentials
        self._dids = dids
        self._settings = settings
        self._ledger = ledger
        self._now = now
        self._on_accept = on_accept

    def mtsend(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Judge a request as the provider would, and set going what follows from it.

        Args:
            headers: By lower-case name.
            body: The raw body.
        """
        request = read_request(body)
        shown = request or SendRequest()
        if self._settings.outage:
            return self._refuse_by_status(shown, 503)
        code = code_for_headers(
            headers, body, credentials=self._credentials, now_ms=int(self._now() * 1000)
        )
        if code == "0":
            code = code_for_message(request, settings=self._settings, dids=self._dids)
        if code != "0":
            return self._refuse(shown, code)
        choice = choose(phone=shown.phone, content=shown.content)
        if choice.name == "code":
            return self._refuse(shown, choice.value, choice)
        if choice.name == "status":
            return self._refuse_by_status(shown, choice.http_status(), choice)
        if choice.name == "retry-after" and self._ledger.is_first_try(
            shown.sender, shown.phone, shown.content
        ):
            return self._refuse_by_status(shown, 429, choice, {"Retry-After": choice.value})
        return self._accept(shown, choice)

    def _accept(self, request: SendRequest, choice: Choice) -> Reply:
        message_id = uuid.uuid4().hex
        reply = reply_to_accepted(message_id, choice, self._settings.answer_delay_seconds)
        status = reply.status if reply.ending == "answer" else 0
        self._record(request, "accepted", "0", status, message_id, choice)
        self._on_accept(request, message_id, choice)
        return reply

    def _refuse(self, request: SendRequest, code: str, choice: Choice | None = None) -> Reply:
        self._record(request, "refused", code, 200, "", choice)
        return reply_to_refused(code, self._settings.answer_delay_seconds)

    def _refuse_by_status(
        self,
        request: SendRequest,
        status: int,
        choice: Choice | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        self._record(request, "refused", "", status, "", choice)
        return Reply(status, b"<html>out of order</html>", headers or {})

    def _record(
        self,
        request: SendRequest,
        outcome: Literal["accepted", "refused"],
        code: str,
        http_status: int,
        message_id: str,
        choice: Choice | None,
    ) -> None:
        self._ledger.add_request(
            outcome=outcome,
            code=code,
            http_status=http_status,
            sender=request.sender,
            phone=request.phone,
            content=request.content,
            message_id=message_id,
            scenario=choice.name if choice else "",
        )
