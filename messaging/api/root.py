"""The list of the resources, and the answer for any path below /api/ that is none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.http import HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from .permissions import ANY, Scopes

if TYPE_CHECKING:
    from django.http import HttpResponseBase
    from rest_framework.request import Request

RESOURCES: Final = {
    "messages": "api:message-list",
    "conversations": "api:conversation-list",
    "contacts": "api:contact-list",
    "contact-fields": "api:contact-field-list",
    "numbers": "api:number-list",
    "changes": "api:changes",
    "pushes": "api:push-list",
    "audit": "api:audit-list",
    "exports": "api:export-list",
    "keys": "api:key-list",
    "sending": "api:sending",
    "health": "api:health",
    "reports/messages": "api:report-messages",
    "reports/responses": "api:report-responses",
    "reports/delivery": "api:report-delivery",
    "reports/cost": "api:report-cost",
    "schema": "api:schema",
    "docs": "api:docs",
}


@extend_schema(exclude=True)
class RootView(APIView):
    """The beginning of the API."""

    scopes: ClassVar[Scopes] = {
        "get": ANY,
    }

    def get(self, request: Request) -> Response:
        """Return the address of every resource."""
        return Response({name: reverse(view, request=request) for name, view in RESOURCES.items()})


@extend_schema(exclude=True)
class UnknownPathView(APIView):
    """Every path below /api/ that is not a resource."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead a reader who left out the last slash to the right path."""
        if request.method in {"GET", "HEAD"} and _is_resource(f"{request.path_info}/"):
            return HttpResponseRedirect(request.get_full_path(force_append_slash=True))
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer every method alike."""
        if _is_resource(f"{request.path_info}/"):
            raise NotFound(_("Every path ends in a slash."))
        raise NotFound(_("Not found."))


def _is_resource(path: str) -> bool:
    try:
        return resolve(path).url_name not in {"unknown", "api-unknown"}
    except Resolver404:
        return False
