"""Sending a message through the provider, and what each outcome proves."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from messaging.nxcloud.errors import NXCloudError
from messaging.nxcloud.http_post import AttemptFailed, post, trusting_context
from messaging.nxcloud.outcomes import Accepted, error_for_failure, evaluate, http_date
from messaging.nxcloud.payloads import mtsend_body
from messaging.nxcloud.signing import Credentials, signed_headers
from messaging.nxcloud.trace import Trace, shown_address
from messaging.phone_numbers import mask

__all__ = ["Accepted", "NXCloudClient"]

MTSEND_PATH = "/didsms/mtsend"

logger = logging.getLogger(__name__)


class NXCloudClient:
    """Talks to the provider; safe to use from many threads.

    Attributes:
        last_clock_offset_seconds: How far the provider's clock was ahead of ours at its last
            answer, to about half a second; None before the first.
    """

    def __init__(
        self,
        *,
        base_url: str,
        credentials: Credentials,
        connect_timeout_seconds: float = 5,
        total_timeout_seconds: float = 30,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.last_clock_offset_seconds: float | None = None
        self._url = base_url.strip().rstrip("/") + MTSEND_PATH
        self._address = shown_address(self._url)
        self._credentials = credentials
        self._connect_timeout_seconds = connect_timeout_seconds
        self._total_timeout_seconds = total_timeout_seconds
        self._now = now
        is_plain = self._url.lower().startswith("http:")
        self._tls = None if is_plain else trusting_context()

    def send_sms(
        self,
        *,
        sender: str,
        phone: str,
        content: str,
        is_in_time: Callable[[], bool] = lambda: True,
    ) -> Accepted:
        """Send one message, with one request that is never repeated here.

        Args:
            sender: Our DID number, digits with country code.
            phone: The recipient, digits with country code.
            content: The text.
            is_in_time: Asked right before the first byte leaves, when the connection is there;
                False and nothing is sent.

        Returns:
            The provider's id of the message.

        Raises:
            NXCloudError: RequestNotSent, TooLateToSend, ProviderBusy, OutcomeUnknown,
                ClockRejected, AccountRejected or MessageRefused.

        Source: "Sending SMS via DID Number V2".
        """
        began = time.monotonic()
        trace = Trace(address=self._address, ts_ms=int(self._now() * 1000))
        try:
            body = mtsend_body(sender=sender, phone=phone, content=content)
            trace.request_bytes = len(body)
            accepted = self._send(body, is_in_time=is_in_time, trace=trace)
        except NXCloudError as error:
            error.trace = trace
            self._log(type(error).__name__, error.http_status, error.provider_code, phone, began)
            raise
        self._log("Accepted", accepted.http_status, "0", phone, began)
        return replace(accepted, trace=trace)

    def _send(self, body: bytes, *, is_in_time: Callable[[], bool], trace: Trace) -> Accepted:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "didsms",
            "Connection": "close",
            **signed_headers(
                credentials=self._credentials,
                action="mtsend",
                body=body,
                ts_ms=trace.ts_ms,
            ),
        }
        try:
            answer = post(
                self._url,
                body=body,
                headers=headers,
                tls=self._tls,
                connect_timeout_seconds=self._connect_timeout_seconds,
                total_timeout_seconds=self._total_timeout_seconds,
                is_in_time=is_in_time,
                trace=trace,
            )
        except AttemptFailed as failure:
            raise error_for_failure(failure) from failure
        self._note_clock(answer.headers)
        trace.note_answer(
            status=answer.status, body=answer.body, secrets=(*self._secrets, headers["sign"])
        )
        return evaluate(answer, now=self._now())

    @property
    def _secrets(self) -> tuple[str, ...]:
        keys = self._credentials
        return keys.access_secret, keys.previous_access_secret, keys.access_key

    def _note_clock(self, headers: Mapping[str, str]) -> None:
        provider_time = http_date(headers.get("Date", ""))
        if provider_time is not None:
            # The header has whole seconds: on average half a second has passed.
            self.last_clock_offset_seconds = provider_time + 0.5 - self._now()

    def _log(self, outcome: str, status: int | None, code: str, phone: str, began: float) -> None:
        logger.info(
            "mtsend to %s: %s (HTTP %s, code %s) after %d ms",
            mask(phone),
            outcome,
            status or "-",
            code or "-",
            (time.monotonic() - began) * 1000,
        )
