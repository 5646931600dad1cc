"""The OpenAPI description of the API, and a page made from it that people read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import MethodNotAllowed

from didsms_site.http.middleware import api_error
from messaging.services.access.scopes import MEANING, Scope

from .message_bulk import MOST_IN_BULK
from .permissions import ANY, Scopes
from .rendering import FormatNegotiation
from .root import RESOURCES
from .scope_schema import SCOPE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

METHODS: Final = ("get", "post", "put", "patch", "delete")
ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Every error has this form.",
    "properties": {
        "code": {"type": "string", "description": "A stable word."},
        "detail": {"type": "string", "description": "A sentence."},
        "fields": {
            "type": "object",
            "description": "What is wrong with which field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "request_id": {
            "type": "string",
            "description": "Also in X-Request-ID and in the log: name it when you ask for help.",
        },
    },
    "required": ["code", "detail", "fields", "request_id"],
}

BULK_ANSWER: Final[dict[str, Any]] = {
    "counts": {"created": 1, "existing": 0, "error": 0},
    "results": [
        {"client_id": "table-1", "result": "created", "id": 4711, "status": "queued", "error": None}
    ],
}


#: Headers of answers.
REQUEST_ID: Final = {
    "X-Request-ID": {
        "required": True,
        "description": "The name of this request in the server's log.",
        "schema": {"type": "string", "minLength": 8, "maxLength": 64},
    }
}
LIMIT: Final = {
    "RateLimit": {
        "description": "With a key that has a limit: requests that are left (r) for so many"
        " seconds (t).",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "With a key that has a limit: requests (q) in so many seconds (w).",
        "schema": {"type": "string"},
    },
}
RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "With 429 and 503: seconds to wait.",
        "schema": {"type": "integer", "minimum": 0},
    }
}


def add_errors(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add the headers of answers and the one form of errors to every operation.

    A postprocessing hook of drf-spectacular.
    """
    result["components"]["schemas"]["Error"] = ERROR
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for path in result["paths"].values():
        for operation in (path[method] for method in METHODS if method in path):
            answers = operation["responses"]
            for answer in answers.values():
                answer["headers"] = REQUEST_ID | LIMIT
            answers["4XX"] = {
                "description": "Refused.",
                "headers": REQUEST_ID | LIMIT | RETRY_AFTER,
                "content": content,
            }
            answers["503"] = {
                "description": "The database is away, or this would take too long. Try again.",
                "headers": REQUEST_ID | RETRY_AFTER,
                "content": content,
            }
    return result


class SchemaView(SpectacularAPIView):
    """The description as JSON, or as YAML for who asks for it."""

    scopes: ClassVar[Scopes] = {
        "get": ANY,
    }
    content_negotiation_class = FormatNegotiation
    renderer_classes = [
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    ]


@dataclass
class Field:
    """A parameter or a field, as the page shows it."""

    name: str
    kind: str
    description: str = ""
    is_required: bool = False
    is_read_only: bool = False


@dataclass
class Operation:
    """One method on one path, as the page shows it."""

    method: str
    path: str
    summary: str
    description: str
    anchor: str
    scope: str = ""
    parameters: list[Field] = field(default_factory=list)
    body: list[Field] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Section:
    """The operations of one resource."""

    name: str
    operations: list[Operation] = field(default_factory=list)


@method_decorator(csrf_exempt, name="dispatch")
class DocsView(LoginRequiredMixin, TemplateView):
    """The readable page: plain HTML from the description, nothing from another host."""

    template_name = "api/docs.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a program that writes here as everywhere below /api/."""
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return super().dispatch(request, *args, **kwargs)
        error = MethodNotAllowed(request.method or "")
        answer = api_error(
            status=error.status_code, code=error.default_code, detail=str(error.detail)
        )
        answer.headers["Allow"] = "GET, HEAD, OPTIONS"
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the operations, the components and an example that works."""
        context = super().get_context_data(**kwargs)
        sections, components = description()
        example = {
            "sender": "8615088888888",
            "phone": "+34 612 34 56 78",
            "content": "Your table is ready.",
        }
        context |= {
            "sections": sections,
            "components": components,
            "base_url": self._base_url(),
            "example": json.dumps(example, ensure_ascii=False),
            "bulk_example": json.dumps(
                {"messages": [example | {"client_id": "table-1"}]}, ensure_ascii=False
            ),
            "bulk_answer": json.dumps(BULK_ANSWER, ensure_ascii=False),
            "most_in_bulk": MOST_IN_BULK,
            "scopes": [(scope.value, MEANING[scope]) for scope in Scope],
        }
        return context

    def _base_url(self) -> str:
        """Return the API's address as programs outside reach it."""
        path = reverse("api:root")
        if settings.PUBLIC_BASE_URL:
            return f"{settings.PUBLIC_BASE_URL}{path}"
        return self.request.build_absolute_uri(path)


@cache
def description() -> tuple[list[Section], dict[str, list[Field]]]:
    """Return the API's operations by resource, and the fields of every component."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    components = schema["components"]["schemas"]
    sections: dict[str, Section] = {}
    for path, operations in schema["paths"].items():
        for method in METHODS:
            if method in operations:
                name = path.removeprefix("/api/v1/").split("/")[0]
                section = sections.setdefault(name, Section(name))
                section.operations.append(_operation(path, method, operations[method], components))
    tables = {
        name: _fields(component)
        for name, component in components.items()
        if "properties" in component and not name.startswith(("Paginated", "Patched"))
    }
    order = list(dict.fromkeys(name.partition("/")[0] for name in RESOURCES))
    return sorted(sections.values(), key=lambda section: order.index(section.name)), tables


def _operation(
    path: str, method: str, given: dict[str, Any], components: dict[str, Any]
) -> Operation:
    content = given.get("requestBody", {}).get("content", {}).get("application/json", {})
    component = components.get(_name_in(content.get("schema", {})), {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=given.get("summary", ""),
        description=given.get("description", ""),
        anchor=given["operationId"],
        scope=given.get(SCOPE, ""),
        parameters=[
            Field(
                name=one["name"],
                kind=_kind(one["schema"]),
                description=one.get("description") or one["schema"].get("description", ""),
                is_required=one.get("required", False),
            )
            for one in given.get("parameters", [])
            if one["in"] == "query"
        ],
        body=[one for one in _fields(component) if not one.is_read_only],
        answers=[
            (code, _kind(answer.get("content", {}).get("application/json", {}).get("schema", {})))
            for code, answer in sorted(given["responses"].items())
        ],
    )


def _fields(component: dict[str, Any]) -> list[Field]:
    required = component.get("required", [])
    return [
        Field(
            name=name,
            kind=_kind(given),
            description=given.get("description", ""),
            is_required=name in required and not given.get("readOnly", False),
            is_read_only=given.get("readOnly", False),
        )
        for name, given in component.get("properties", {}).items()
    ]


def _name_in(schema: dict[str, Any]) -> str:
    reference = schema.get("$ref") or next(
        (one["$ref"] for one in schema.get("allOf", []) + schema.get("oneOf", []) if "$ref" in one),
        "",
    )
    return str(reference).rpartition("/")[2]


def _kind(schema: dict[str, Any]) -> str:
    """Return a few words for the type of a value."""
    if name := _name_in(schema):
        return name
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if "enum" in schema:
        return " | ".join(str(word) for word in schema["enum"])
    kind = {"date-time": "time", "decimal": "decimal string"}.get(schema.get("format", ""))
    return kind or str(schema.get("type", ""))
