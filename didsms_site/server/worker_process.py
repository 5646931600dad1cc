"""This web process, as the parts see it that outlive a request (live streams)."""

from typing import Any

_worker: Any = None


def remember(worker: Any) -> None:
    """Keep gunicorn's worker object; called once when the process starts."""
    global _worker
    _worker = worker


def is_stopping() -> bool:
    """Whether gunicorn has asked this process to end; a stream ends then instead of holding it."""
    return _worker is not None and not _worker.alive
