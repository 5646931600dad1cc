"""A message as the API shows it, and as it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from messaging.models import Message, Reaction, StatusChange
from messaging.services.conversations.reactions import reaction_of
from messaging.services.outbox.api_message import Addressed
from messaging.services.outbox.new_message import NewMessage

from .fields import (
    FlagField,
    PhoneField,
    StrictSerializer,
    TextField,
    UtcDateTimeField,
    address_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging.models.message import MessageQuerySet


class StatusChangeSerializer(serializers.ModelSerializer[StatusChange]):
    """One state that a message was in."""

    at = UtcDateTimeField(read_only=True)
    detail = serializers.SerializerMethodField(
        help_text="Plain words; empty when there is nothing to say."
    )
    code = serializers.SerializerMethodField(
        help_text="A stable word for the detail, as in error_code; empty without one."
    )

    class Meta:
        model = StatusChange
        fields = ("status", "at", "detail", "code")
        read_only_fields = fields

    def get_detail(self, change: StatusChange) -> str:
        """Return the reason in English."""
        return change.reason.in_english() if change.reason else ""

    def get_code(self, change: StatusChange) -> str:
        """Return a word for programs."""
        return change.code or ""


class ReactionSerializer(serializers.ModelSerializer[Reaction]):
    """What an inbound message says about another one: it is a reaction to it."""

    message = serializers.IntegerField(
        source="target_id", read_only=True, help_text="The message that it reacts to."
    )
    sign = serializers.CharField(read_only=True, help_text="An emoji.")
    is_removal = serializers.BooleanField(
        read_only=True, help_text="It takes an earlier reaction back."
    )

    class Meta:
        model = Reaction
        fields = ("message", "sign", "is_removal")
        read_only_fields = fields


class MessageSerializer(serializers.ModelSerializer[Message]):
    """A message as the API shows it."""

    conversation = serializers.IntegerField(source="conversation_id", read_only=True)
    number = serializers.CharField(
        source="did_number.number", read_only=True, help_text="Our DID number."
    )
    phone = serializers.SerializerMethodField(help_text="The other side.")
    status_history = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField(
        help_text="Plain words; empty when nothing went wrong."
    )
    error_code = serializers.SerializerMethodField(
        help_text="A stable word for it: the provider's code, or one of ours; empty without error."
    )
    cost = serializers.DecimalField(
        max_digits=24,
        decimal_places=6,
        read_only=True,
        allow_null=True,
        help_text="price × billed_segments.",
    )
    price = serializers.DecimalField(
        max_digits=14, decimal_places=6, read_only=True, allow_null=True, help_text="Unit price."
    )
    sent_by = serializers.CharField(
        source="sent_by.username",
        read_only=True,
        default=None,
        allow_null=True,
        help_text="User name.",
    )
    flags = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text=(
            "content_damaged: parts of the text could not be read. late: it reached us an hour or "
            "more after the provider's time."
        ),
    )
    reaction = serializers.SerializerMethodField(
        help_text="Set when the text is a reaction, such as Loved “…”, to another message."
    )
    resend_of = serializers.IntegerField(source="resend_of_id", read_only=True, allow_null=True)
    send_at = UtcDateTimeField(read_only=True, allow_null=True)
    created_at = UtcDateTimeField(read_only=True)
    provider_time = UtcDateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Message
        fields = (
            "id",
            "conversation",
            "direction",
            "number",
            "phone",
            "content",
            "status",
            "status_history",
            "provider_message_id",
            "provider_code",
            "error",
            "error_code",
            "flags",
            "segments",
            "encoding",
            "billed_segments",
            "price",
            "cost",
            "sent_by",
            "client_id",
            "resend_of",
            "reaction",
            "send_at",
            "created_at",
            "provider_time",
        )
        read_only_fields = fields

    def get_phone(self, message: Message) -> str:
        """Return the other side's number."""
        return address_of(message.conversation.contact)

    @extend_schema_field(ReactionSerializer(allow_null=True))
    def get_reaction(self, message: Message) -> dict[str, Any] | None:
        """Return what the message says about another one, when it is a reaction."""
        reaction = reaction_of(message)
        return None if reaction is None else shown(ReactionSerializer, reaction)

    def get_error(self, message: Message) -> str:
        """Return what went wrong in English."""
        return message.error_reason.in_english() if message.error_reason else ""

    def get_error_code(self, message: Message) -> str:
        """Return a word for programs."""
        return message.error_code or ""

    @extend_schema_field(StatusChangeSerializer(many=True))
    def get_status_history(self, message: Message) -> list[dict[str, Any]]:
        """Return every state with its time; an inbound message has only ever been received."""
        changes: Sequence[StatusChange] = message.status_changes.all()  # type: ignore[assignment]
        if not changes and message.is_inbound:
            changes = [StatusChange(status=message.status, at=message.created_at)]
        return [shown(StatusChangeSerializer, change) for change in changes]


SerializerClass = type[serializers.BaseSerializer[Any]]
_serializers: dict[SerializerClass, serializers.BaseSerializer[Any]] = {}


def _kept(serializer: SerializerClass) -> serializers.BaseSerializer[Any]:
    if serializer not in _serializers:
        _serializers[serializer] = serializer()
    return _serializers[serializer]


def shown(serializer: SerializerClass, row: object) -> dict[str, Any]:
    """Return what a serializer shows of a row.

    Its fields are built once, because building them for each row took longer than using them. The
    serializer does not know the request.
    """
    return dict(_kept(serializer).to_representation(row))


def parsed(serializer: SerializerClass, data: object) -> dict[str, Any]:
    """Return what a serializer without a request reads in a part of a body.

    Raises:
        ValidationError: it cannot be used.
    """
    return dict(_kept(serializer).run_validation(data))


def shown_as_written(message: Message) -> dict[str, Any]:
    """Return what is shown of a message that has just been written, without reading it again.

    It has the one status with which it began, and is no reaction.
    """
    begun = StatusChange(message=message, status=message.status, at=message.created_at)
    history = StatusChange.objects.none()
    history._result_cache = [begun]
    message._prefetched_objects_cache = {"status_changes": history}  # type: ignore[attr-defined]
    Message._meta.get_field("reaction").set_cached_value(message, None)
    return shown(MessageSerializer, message)


def with_what_is_shown(messages: MessageQuerySet) -> MessageQuerySet:
    """Fetch what the serializer shows in a constant number of queries."""
    return messages.select_related(
        "conversation__contact", "did_number", "sent_by", "conversation", "reaction"
    ).prefetch_related("status_changes")


class NewMessageSerializer(StrictSerializer):
    """A message to send."""

    sender = PhoneField(max_length=64, help_text="Your DID number, in any spelling.")
    phone = PhoneField(
        max_length=64,
        help_text="The recipient, best with + and the country code; spaces, - and ( ) are fine.",
    )
    content = TextField(
        trim_whitespace=False,
        help_text="The text; at most 1000 characters after normalizing, with the signature of the"
        " number that sends, which is added to it.",
    )
    client_id = TextField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=100,
        trim_whitespace=False,
        help_text="Your own name for this message: the same again is never a second one.",
    )
    send_at = UtcDateTimeField(
        required=False,
        allow_null=True,
        help_text="A future instant, not a day; without a zone it is UTC.",
    )


def addressed(given: dict[str, Any]) -> Addressed:
    """Return what NewMessageSerializer read, as the services take it."""
    sender, phone = given.pop("sender"), given.pop("phone")
    return Addressed(new=NewMessage(**given), sender=sender, phone=phone)


@extend_schema_serializer(component_name="Redact")
class RedactRequest(StrictSerializer):
    """What is shown in place of a text that is hidden."""

    content = TextField(
        trim_whitespace=False, help_text="The replacement; at most as long as any text."
    )


@extend_schema_serializer(component_name="Resend")
class ResendRequest(StrictSerializer):
    """How a message is sent again."""

    accept_duplicate = FlagField(
        default=False,
        help_text="Send an unconfirmed message again at once, though the first may still arrive.",
    )
