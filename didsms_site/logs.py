"""The log: one line per event on stderr, phone numbers masked, secrets and push URLs hidden."""

import logging
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from didsms_site import environment

_SECRET_NAMES = (
    "SECRET_KEY",
    "WEBHOOK_TOKEN",
    "NXCLOUD_ACCESS_KEY",
    "NXCLOUD_ACCESS_SECRET",
    "NXCLOUD_PREVIOUS_ACCESS_SECRET",
    "METRICS_TOKEN",
    "HEARTBEAT_URL",
    "DATABASE_URL",
    "EMAIL_URL",
)

# Seven digits are the shortest full number, fifteen the longest; longer runs are ids and times.
_PHONE_NUMBER = re.compile(r"(?<![\w.])\+?\d{7,15}(?![\w.]\d|\w)")
# A token may hold any sign, and a caller may have spoiled it: whatever follows may be part of it.
_WEBHOOK_TOKEN = re.compile(r"(/webhooks/nxcloud/)[^\n\"']*[^\n\"'/]")
# gunicorn quotes a header line that it cannot read.
_HEADER_LINE = re.compile(r"(Invalid HTTP Header: ).*", re.IGNORECASE | re.DOTALL)
_HIDDEN = "[hidden]"
# A shorter "secret" is no secret, and replacing it would make the log unreadable.
_SHORTEST_SECRET = 8


#: The id of the request that this thread answers, "" outside of one; `http/request_ids.py` sets it.
named_request: ContextVar[str] = ContextVar("request_id", default="")


class DiscreetFormatter(logging.Formatter):
    """Formats a record, its trace included, without what must never reach the log."""

    def __init__(
        self,
        *args: Any,
        mask_number: Callable[[str], str],
        secrets: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        """Remember how a phone number is masked, and the secret values; the rest is logging's."""
        super().__init__(*args, **kwargs)
        self._mask_number = mask_number
        values = sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, values))) if values else None

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line with its message, but not its time, made discreet."""
        record.message = self.discreet(record.message)
        name = named_request.get()
        record.request = f" [{name}]" if name else ""
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Return the trace made discreet: an exception's text may quote what it was given."""
        return self.discreet(super().formatException(ei))

    def discreet(self, text: str) -> str:
        """Return a text with secrets hidden and phone numbers masked."""
        if self._secrets:
            text = self._secrets.sub(_HIDDEN, text)
        text = _WEBHOOK_TOKEN.sub(rf"\1{_HIDDEN}", text)
        text = _HEADER_LINE.sub(rf"\1{_HIDDEN}", text)
        return _PHONE_NUMBER.sub(lambda found: self._mask_number(found.group()), text)


def logging_settings() -> dict[str, Any]:
    """Return Django's LOGGING (also gunicorn's): everything through one discreet handler."""
    level = environment.log_level("LOG_LEVEL", "INFO")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "discreet": {
                "()": "didsms_site.logs.DiscreetFormatter",
                "format": "{asctime} {levelname:<7} {name}: {message}{request}",
                "style": "{",
                "mask_number": "ext://messaging.phone_numbers.mask",
                "secrets": _secrets(),
            }
        },
        "filters": {"from_outside": {"()": "didsms_site.log_limit.OutsideFilter"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "discreet",
                "filters": ["from_outside"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Their own handlers would print and email request details.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "gunicorn.error": {"handlers": [], "level": level, "propagate": True},
            # Who signed in, failed, took what: written whatever the level of the rest is.
            "didsms.security": {"handlers": [], "level": "INFO", "propagate": True},
        },
    }


def _secrets() -> list[str]:
    values = [environment.text(name) for name in _SECRET_NAMES]
    values += environment.comma_separated("SECRET_KEY_FALLBACKS")
    passwords = [
        urlsplit(environment.text(name)).password for name in ("DATABASE_URL", "EMAIL_URL")
    ]
    in_address = quote(environment.text("WEBHOOK_TOKEN"), errors="replace")
    return [*values, in_address, *(unquote(word) for word in passwords if word)]
