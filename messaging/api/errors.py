"""Every error of the API in one form: a code for programs, a detail, and texts by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings

from didsms_site.logs import named_request
from messaging.services.errors import (
    CannotKeepPush,
    ClientIdConflict,
    InvalidInput,
    MessagingError,
    ReportTooSlow,
    TheyWrote,
    ThreadMovedOn,
    WrongState,
)

from .parsing import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What the services refuse, as HTTP statuses; the first class that fits decides.
STATUS_OF_ERROR: Final[tuple[tuple[type[MessagingError], int], ...]] = (
    (InvalidInput, status.HTTP_400_BAD_REQUEST),
    (ClientIdConflict, status.HTTP_409_CONFLICT),
    (WrongState, status.HTTP_409_CONFLICT),
    (ThreadMovedOn, status.HTTP_409_CONFLICT),
    (TheyWrote, status.HTTP_409_CONFLICT),
    (ReportTooSlow, status.HTTP_503_SERVICE_UNAVAILABLE),
    (CannotKeepPush, status.HTTP_503_SERVICE_UNAVAILABLE),
    (MessagingError, status.HTTP_400_BAD_REQUEST),
)


def error_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an exception into the API's answer.

    Args:
        error: what a view, a serializer or a service raised.
        context: Django REST framework's, not used.

    Returns:
        The answer; None for an error that nobody expected, which the server's last handler reports.
    """
    if isinstance(error, MessagingError):
        status_code = next(number for kind, number in STATUS_OF_ERROR if isinstance(error, kind))
        return Response(_named(refusal(error)), status=status_code)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, UnreadablePostError):
        error = unreadable(error)
    elif isinstance(error, RecursionError):
        error = exceptions.ParseError(_("This JSON is nested too deeply."))
    if not isinstance(error, exceptions.APIException):
        return None
    response = Response(_named(refusal(error)), status=error.status_code)
    if getattr(error, "auth_header", ""):
        response.headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if wait := getattr(error, "wait", None):
        response.headers["Retry-After"] = str(int(wait))
    return response


def refusal(error: MessagingError | exceptions.APIException) -> dict[str, Any]:
    """Return an error in the form that every error of the API has.

    Returns:
        code: a stable word for programs; detail: a sentence for people; fields: what is wrong with
        which field.
    """
    if isinstance(error, MessagingError):
        fields = {error.field: [error.user_message]} if isinstance(error, InvalidInput) else {}
        return {"code": error.code, "detail": error.user_message, "fields": fields}
    return {"code": _code_of(error), "detail": _detail_of(error), "fields": _fields_of(error)}


def _named(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "request_id": named_request.get()}


def _code_of(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else "invalid"


def _fields_of(error: exceptions.APIException) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    if isinstance(error, exceptions.ValidationError):
        for name, text in _texts(error.detail):
            if name:
                fields.setdefault(name, []).append(text)
    return fields


def _detail_of(error: exceptions.APIException) -> str:
    if not isinstance(error, exceptions.ValidationError):
        return str(error.detail)
    texts = list(_texts(error.detail))
    if len(texts) == 1:
        name, text = texts[0]
        return f"{name}: {text}" if name else text
    names = list(dict.fromkeys(name for name, _text in texts if name))
    if not names:
        return " ".join(text for _name, text in texts)
    return _("These fields are invalid: %(names)s.") % {"names": ", ".join(names)}


def _texts(detail: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk through nested details; yield each text with the field it belongs to ("" for none)."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == api_settings.NON_FIELD_ERRORS_KEY else str(name)
            yield from _texts(inner, ".".join(part for part in (path, own) if part))
    elif isinstance(detail, list | tuple):
        for inner in detail:
            yield from _texts(inner, path)
    else:
        yield path, str(detail)
