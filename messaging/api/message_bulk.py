"""Many messages in one call, ``messages/bulk/``: what is read, and what is said of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import exceptions, serializers, status

from messaging.services.outbox.api_message import Addressed, Submitted

from .errors import refusal
from .fields import StrictSerializer, TextField, refuse_unknown_fields
from .message_serializers import NewMessageSerializer, addressed, parsed

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema
    from drf_spectacular.utils import Direction

#: Messages in one call.
MOST_IN_BULK: Final = 500


class BulkMessageSerializer(NewMessageSerializer):
    """One of many messages to send: only with a client_id the same call can be repeated."""

    client_id = TextField(
        max_length=100,
        trim_whitespace=False,
        help_text="Your own name for this message: the same again is never a second one.",
    )


@extend_schema_serializer(component_name="Bulk")
class BulkRequest(StrictSerializer):
    """Messages to send, each by itself."""

    messages = BulkMessageSerializer(many=True, help_text=f"At most {MOST_IN_BULK}.")


class BulkRequestSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says that the list may hold anything: what is no message is refused in its own place."""

    target_class = BulkRequest

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Return the description of the body."""
        describe: Any = auto_schema._map_basic_serializer
        schema: dict[str, Any] = describe(self.target, direction)
        messages = schema["properties"]["messages"]
        anything = {"description": "Anything else gets an error in its place of the results."}
        messages |= {"minItems": 1, "maxItems": MOST_IN_BULK}
        messages["items"] = {"anyOf": [messages["items"], anything]}
        return schema


class BulkErrorSerializer(serializers.Serializer[Any]):
    """Why a message was refused, as the call for one message says it."""

    code = serializers.CharField(read_only=True, help_text="A stable word.")
    detail = serializers.CharField(read_only=True, help_text="A sentence.")
    fields_ = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), read_only=True
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields; the name "fields" belongs to serializers."""
        fields = super().get_fields()
        fields["fields"] = fields.pop("fields_")
        return fields


class BulkResultSerializer(serializers.Serializer[Any]):
    """What became of one message."""

    client_id = serializers.CharField(read_only=True, allow_null=True, help_text="As it was given.")
    result = serializers.ChoiceField(
        choices=["created", "existing", "error"],
        read_only=True,
        help_text="existing: its client_id came before, with the same content.",
    )
    id = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The message; null with an error."
    )
    status = serializers.CharField(
        read_only=True, allow_null=True, help_text="The message's status now."
    )
    error = BulkErrorSerializer(read_only=True, allow_null=True)


class BulkResponse(serializers.Serializer[Any]):
    """What became of each message, in the order in which they were given."""

    counts = serializers.DictField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text="How many there are of each result.",
    )
    results = BulkResultSerializer(many=True, read_only=True)


BULK_EXAMPLE: Final = OpenApiExample(
    "Two messages, one of them refused",
    value={
        "counts": {"created": 1, "existing": 0, "error": 1},
        "results": [
            {
                "client_id": "tables-1",
                "result": "created",
                "id": 4711,
                "status": "queued",
                "error": None,
            },
            {
                "client_id": "tables-2",
                "result": "error",
                "id": None,
                "status": None,
                "error": {
                    "code": "opted_out",
                    "detail": "This contact has opted out of messages from this number.",
                    "fields": {
                        "phone": ["This contact has opted out of messages from this number."]
                    },
                },
            },
        ],
    },
    response_only=True,
)


class TooMany(exceptions.APIException):
    """One call carries more messages than are taken."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "too_many"

    def __init__(self) -> None:
        """Say how many are taken."""
        super().__init__(_("Send at most %(most)d messages at once.") % {"most": MOST_IN_BULK})


def messages_in(body: object) -> list[Any]:
    """Return the messages of a call of messages/bulk/, not yet read.

    Raises:
        ValidationError: the body is not an object with a list of them.
        TooMany: there are more than MOST_IN_BULK.
    """
    if not isinstance(body, dict):
        raise exceptions.ValidationError(_("Enter an object with a list of messages."))
    refuse_unknown_fields(data=body, known={"messages": None})
    given = body.get("messages")
    if not isinstance(given, list) or not given:
        raise exceptions.ValidationError({"messages": [_("Enter a list of messages.")]})
    if len(given) > MOST_IN_BULK:
        raise TooMany
    return given


def read_message(given: object) -> Addressed | exceptions.ValidationError:
    """Return one of the messages as the services take it, or why it cannot be used."""
    try:
        return addressed(parsed(BulkMessageSerializer, given))
    except exceptions.ValidationError as error:
        return error


def result_of(given: object, done: Submitted | exceptions.ValidationError) -> dict[str, Any]:
    """Return what the answer says about one message."""
    client_id = given.get("client_id") if isinstance(given, dict) else None
    result = {"client_id": client_id if isinstance(client_id, str) else None}
    if isinstance(done, Submitted) and done.message is not None:
        return result | {
            "result": "created" if done.is_new else "existing",
            "id": done.message.pk,
            "status": done.message.status,
            "error": None,
        }
    error = done if isinstance(done, exceptions.ValidationError) else done.error
    return result | {
        "result": "error",
        "id": None,
        "status": None,
        "error": refusal(error) if error is not None else None,
    }
