"""Requests made from the description of the API, and their answers held to it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemathesis import Case
    from schemathesis.schemas import APIOperation

    from .world import World

POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
#: Codes of 400 for what has the right form, and no schema could say more.
MEANING: Final = {
    *("invalid_number", "doubtful_number", "ambiguous_number", "unknown_sender"),
    *("not_in_future", "required", "same_contact"),
}
#: Fields whose values name something that must exist (a number, a user, a label), or must fit
#: something else (times; a client_id beside Idempotency-Key; a limit that only administrators set);
#: names of a contact's fields and "a letter of any script", which OpenAPI 3.0 cannot say.
NAMES_SOMETHING: Final = {
    *("number", "numbers", "members", "owner", "assignee", "label", "tz", "from", "to"),
    *(
        "snoozed_until",
        "expires_at",
        "fields",
        "client_id",
        "opt_out_keywords",
        "requests_per_minute",
    ),
}


@contextmanager
def in_the_transaction_of_the_test() -> Iterator[None]:
    """Let the handler keep the connection, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@cache
def operations() -> dict[str, APIOperation]:
    """Every operation of the API as it is described, by method and path."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(document)
    schema.app = WSGIHandler()
    found = [each.ok() for each in schema.get_all_operations()]
    return {operation.label: operation for operation in found}


def run(
    operation: APIOperation,
    *,
    world: World,
    callers: Iterable[str],
    examples: int,
    modes: Sequence[GenerationMode] = (POSITIVE, NEGATIVE),
) -> None:
    """Make some requests that fit the description and some that don't, as each of the callers."""
    fixed = address_of(operation, world) if has_id(operation) else None
    for mode in modes:
        if mode is NEGATIVE and not (operation.query or operation.body):
            continue

        # Shrinking takes longer than all else, and says little about a request.
        @settings(max_examples=examples, database=None, phases=[Phase.generate])
        @given(operation.as_strategy(generation_mode=mode, path_parameters=fixed))
        def checks(case: Case) -> None:
            for caller in callers:
                check(case, world=world, caller=caller)

        checks()


def corner_cases(operation: APIOperation, world: World) -> Iterator[Case]:
    """Yield each bound of each parameter and field, from both sides."""
    config = operation.schema.config.generation_for(operation=operation, phase="coverage")
    for case in operation.schema.iter_coverage_cases(
        operation, generation_modes=[POSITIVE, NEGATIVE], generation_config=config
    ):
        location = getattr(case.meta.phase.data, "parameter_location", None)
        if has_id(operation) and location is not ParameterLocation.PATH:
            case.path_parameters = address_of(operation, world)
        yield case


def has_id(operation: APIOperation) -> bool:
    return "{id}" in operation.path


def address_of(operation: APIOperation, world: World) -> dict[str, str]:
    """Return what is in the path of something that exists."""
    path = operation.path.removeprefix("/api/v1/").strip("/")
    found = world.ids.get(path) or world.ids[path.partition("/")[0]]
    return {"id": str(found)} | ({"table": "messages"} if "{table}" in path else {})


def check(case: Case, *, world: World, caller: str) -> None:
    """Make a request, take back what it does, and hold its answer to the description."""
    headers = world.headers[caller]
    with in_the_transaction_of_the_test(), transaction.atomic():
        answer = case.call(headers=headers)
        transaction.set_rollback(True)
    case.validate_response(answer, checks=CHECKS, headers=headers)
    if answer.status_code < 400:
        return
    error = answer.json()
    assert list(error) == ["code", "detail", "fields", "request_id"], error
    assert [error["request_id"]] == answer.headers["x-request-id"]
    if answer.status_code == 400 and case.meta.generation.mode is POSITIVE:
        assert is_about_meaning(case, error), (
            f"MEANING {error['code']} {error['fields']}",
            case.as_curl_command(),
        )


def is_about_meaning(case: Case, error: dict[str, Any]) -> bool:
    """Tell whether a request that fits the description was refused for more than its form."""
    return error["code"] in MEANING or set(error["fields"]) <= NAMES_SOMETHING
