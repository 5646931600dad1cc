"""Read JSON bodies, bounded: a body that nobody needs must not fill the memory."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.utils.json import strict_constant

from didsms_site.http.middleware import most_body_bytes
from didsms_site.server.bodies import drain
from didsms_site.server.bounded_socket import RequestTooSlow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import UnreadablePostError


class BodyTooLarge(APIException):
    """The body is larger than anything the API takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = _("The request body is too large.")


class BodyTooSlow(APIException):
    """The body did not come in time."""

    status_code = status.HTTP_408_REQUEST_TIMEOUT
    default_code = "too_slow"
    default_detail = _("The request body did not arrive in time.")


def unreadable(error: UnreadablePostError) -> APIException:
    """Return the answer to a body that did not come whole: its sender is slow, or has gone."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RequestTooSlow):
            return BodyTooSlow()
        cause = cause.__cause__
    return ParseError(_("The request body is incomplete."))


class BoundedJSONParser(BaseParser):
    """Reads JSON up to the limit of its address.

    Not a JSONParser: to one of those Django REST framework hands no more than
    DATA_UPLOAD_MAX_MEMORY_SIZE.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Parse the body.

        Raises:
            BodyTooLarge: it has more than is taken at its address.
            ParseError: it is not JSON.
        """
        most = settings.API_MAX_BODY_BYTES
        if parser_context:
            most = most_body_bytes(parser_context["request"].path_info)
        body = stream.read(most + 1)
        if len(body) > most:
            if parser_context:
                drain(parser_context["request"], already=len(body))
            raise BodyTooLarge
        return _parsed(body)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = json.loads(
            body.decode(), parse_constant=strict_constant, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as error:
        raise ParseError(_("The request body is not JSON: %(why)s") % {"why": error}) from error
    return parsed


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that is given twice: nobody knows which of the texts is meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("Duplicate key in the JSON."))
    return found
