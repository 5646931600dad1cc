"""Answers as JSON, whatever a program has sent that they repeat."""

from __future__ import annotations

from typing import Any

from rest_framework.renderers import JSONRenderer


class EscapingJSONRenderer(JSONRenderer):
    """Django REST framework's, in which a lone surrogate is escaped.

    A body may hold one, as an escape, in a field's name or in a client_id; UTF-8 has no bytes for
    it, and the answer that repeats it would become an error of the server.
    """

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        """Return the bytes."""
        try:
            rendered: bytes = super().render(data, *args, **kwargs)
        except UnicodeEncodeError:
            rendered = _AsciiJSONRenderer().render(data, *args, **kwargs)
        return rendered


class _AsciiJSONRenderer(JSONRenderer):
    ensure_ascii = True
