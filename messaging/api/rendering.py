"""Answers as JSON, whatever a program has sent that they repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request


class FormatNegotiation(DefaultContentNegotiation):
    """``?format=`` says what an answer is, whatever the client accepts beside it."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the renderer and its media type.

        Raises:
            ValidationError: no renderer has this name.
            NotAcceptable: none makes what the client accepts.
        """
        name = request.query_params.get("format")
        if name is None:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(
                request, renderers, format_suffix
            )
            return chosen
        for renderer in renderers:
            if renderer.format == name:
                return renderer, renderer.media_type
        names = dict.fromkeys(renderer.format for renderer in renderers)
        raise ValidationError({"format": [_("Use one of: %(all)s.") % {"all": ", ".join(names)}]})


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
