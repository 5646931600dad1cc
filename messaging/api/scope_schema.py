"""Keys and scopes in the OpenAPI description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from .permissions import scope_of
from .request_schema import RequestSchema

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema

#: Where an operation names its scope: schemes other than OAuth have no place for it.
SCOPE: str = "x-scope"


class ScopedSchema(RequestSchema):
    """Names the scope of each operation."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the description of an operation."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        name = getattr(self.view, "action", None) or self.method.lower()
        if scope := scope_of(self.view, name):
            operation[SCOPE] = str(scope)
        return operation


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """``Authorization: Bearer didsms_…``."""

    target_class = "messaging.api.authentication.KeyAuthentication"
    name = "keyAuth"
    priority = 1

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "didsms_…",
            "description": "An API key. Each operation names the scope that it takes in x-scope.",
        }
