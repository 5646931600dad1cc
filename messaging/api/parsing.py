"""Read JSON bodies, bounded: a body that nobody needs must not fill the memory."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.parsers import JSONParser

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A text of 1000 characters takes a few KiB in any spelling, a number with many members as much.
MAX_BODY_BYTES: Final = 256 * 1024


class BodyTooLarge(APIException):
    """The body is larger than anything the API takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = _("The body is too large.")


class BoundedJSONParser(JSONParser):
    """Django REST framework's parser behind a limit."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Parse the body.

        Raises:
            BodyTooLarge: it has more than MAX_BODY_BYTES.
            ParseError: it is not JSON.
        """
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        parsed: dict[str, Any] = super().parse(io.BytesIO(body), media_type, parser_context)
        return parsed
