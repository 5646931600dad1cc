"""The resource ``messages``: read both directions, send, send again, cancel."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

from messaging.models import Message
from messaging.policy import Action
from messaging.services.access.permissions import check_may
from messaging.services.access.scopes import Scope
from messaging.services.feed.message_ids import ids_complete_up_to
from messaging.services.outbox.api_message import (
    COMMITTED_TOGETHER,
    Addressed,
    submit_message,
    submit_messages,
)
from messaging.services.outbox.cancel import cancel_message
from messaging.services.outbox.resend import resend_message
from messaging.services.privacy.redaction import hide_text
from messaging.services.reports.estimate import estimate
from messaging.statuses import Status

from .fields import AddressField, Filters, NumberField
from .idempotency import IDEMPOTENCY_KEY, with_idempotency_key
from .message_bulk import (
    BULK_EXAMPLE,
    MOST_IN_BULK,
    BulkRequest,
    BulkResponse,
    messages_in,
    read_message,
    result_of,
)
from .message_estimate import EstimateResponse, shown_estimate
from .message_serializers import (
    MessageSerializer,
    NewMessageSerializer,
    RedactRequest,
    ResendRequest,
    addressed,
    parsed,
    shown_as_written,
    with_what_is_shown,
)
from .permissions import Scopes, caller
from .query_fields import QueryIdField
from .records import RecordMixin

if TYPE_CHECKING:
    from rest_framework.request import Request

    from messaging.models.message import MessageQuerySet


_STATUS: Final = f" *({'|'.join(Status)}) *"


@extend_schema_field({"type": "string", "pattern": f"^{_STATUS}(,{_STATUS})*$"})
class StatusesField(serializers.CharField):
    """Status words in an address."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the words; refuse what is not a status."""
        words = [word.strip() for word in super().run_validation(data).split(",")]
        unknown = [word for word in words if word not in set(Status)]
        if unknown:
            raise serializers.ValidationError(
                _("%(word)s isn’t a status. Use one of: %(all)s.")
                % {"word": unknown[0] or '""', "all": ", ".join(Status)}
            )
        return words


class MessageFilters(Filters):
    """What a list of messages may be narrowed by."""

    after = QueryIdField(
        required=False,
        help_text="Only messages with a greater id, oldest first: what came since.",
    )
    status = StatusesField(
        required=False, help_text="A status word, or several with commas between them."
    )
    direction = serializers.ChoiceField(required=False, choices=Message.Direction.choices)
    conversation = QueryIdField(required=False)
    number = NumberField(required=False, help_text="Our DID number.")
    phone = AddressField(required=False, help_text="The other side.")
    client_id = serializers.CharField(
        required=False,
        max_length=100,
        trim_whitespace=False,
        help_text="Your own messages with this client_id.",
    )


def narrowed(
    messages: MessageQuerySet, *, filters: dict[str, Any], request: Request
) -> MessageQuerySet:
    """Apply the filters of a list of messages."""
    columns = {
        "direction": "direction",
        "conversation": "conversation_id",
        "number": "did_number__number__in",
        "phone": "conversation__contact__phone_key__in",
        "after": "pk__gt",
    }
    if "status" in filters:
        messages = messages.in_status(*filters["status"])
    conditions = {columns[name]: value for name, value in filters.items() if name in columns}
    if "client_id" in filters:
        conditions |= {"client_id": filters["client_id"], "sent_by": caller(request)}
    if (
        "after" in filters
        and (last := ids_complete_up_to(after=filters["after"], at=timezone.now())) is not None
    ):
        conditions["pk__lte"] = last
    return messages.filter(**conditions)


@extend_schema_view(
    list=extend_schema(
        parameters=[MessageFilters], summary="Messages, newest first; with after: oldest first"
    ),
    retrieve=extend_schema(summary="One message with its states"),
)
class MessageViewSet(
    RecordMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Message],
):
    """Messages of the numbers that the caller may work with."""

    scopes: ClassVar[Scopes] = {
        "list": Scope.MESSAGES_READ,
        "retrieve": Scope.MESSAGES_READ,
        "record": Scope.MESSAGES_READ,
        "create": Scope.MESSAGES_SEND,
        "bulk": Scope.MESSAGES_SEND,
        "estimate": Scope.MESSAGES_SEND,
        "resend": Scope.MESSAGES_SEND,
        "cancel": Scope.MESSAGES_SEND,
        "redact": Scope.MESSAGES_REDACT,
    }
    serializer_class = MessageSerializer
    lookup_value_regex = "[0-9]{1,18}"
    queryset = Message.objects.none()
    filter_backends = ()

    def get_queryset(self) -> MessageQuerySet:
        """Return what the caller may see, narrowed in a list."""
        visible = Message.objects.visible_to(self.request.user)
        if self.request.method not in SAFE_METHODS:
            visible = visible.with_role_of(self.request.user)
        messages = with_what_is_shown(visible)
        if self.action == "list":
            messages = narrowed(
                messages, filters=MessageFilters.of(self.request), request=self.request
            )
        return messages

    @property
    def page_ordering(self) -> tuple[str, ...]:
        """Oldest first for who follows with ``after``, so nothing is skipped; else newest first."""
        return ("id",) if self.request.query_params.get("after") else ("-id",)

    @extend_schema(
        request=NewMessageSerializer,
        responses={201: MessageSerializer, 200: MessageSerializer},
        parameters=[IDEMPOTENCY_KEY],
        summary="Send a message",
        description="201 when it is queued; 200 with the same one when its client_id came before.",
    )
    def create(self, request: Request) -> Response:
        """Queue a message."""
        asked = addressed(parsed(NewMessageSerializer, with_idempotency_key(request)))
        message, is_new = submit_message(asked, user=caller(request), at=timezone.now())
        if not is_new:
            return self._shown(message, status.HTTP_200_OK)
        return Response(shown_as_written(message), status=status.HTTP_201_CREATED)

    @extend_schema(
        request=BulkRequest,
        responses=BulkResponse,
        summary="Send many messages",
        description=(
            f"Up to {MOST_IN_BULK} messages, each taken or refused by itself: the answer is 200"
            " and says what became of each, in the order given, with the codes of the call for one"
            f" message. They are written {COMMITTED_TOGETHER} at a time. When no answer comes,"
            " repeat the call: with the same client_ids nothing is sent twice."
        ),
        examples=[BULK_EXAMPLE],
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def bulk(self, request: Request) -> Response:
        """Queue many messages."""
        asked = messages_in(request.data)
        read = [read_message(one) for one in asked]
        done = iter(
            submit_messages(
                [one for one in read if isinstance(one, Addressed)],
                user=caller(request),
                at=timezone.now(),
            )
        )
        results = [
            result_of(given, next(done) if isinstance(one, Addressed) else one)
            for given, one in zip(asked, read, strict=True)
        ]
        counts = Counter({"created": 0, "existing": 0, "error": 0})
        counts.update(one["result"] for one in results)
        return Response({"counts": counts, "results": results})

    @extend_schema(
        request=BulkRequest,
        responses=EstimateResponse,
        summary="Estimate what many messages cost",
        description=(
            f"Takes what messages/bulk/ takes, up to {MOST_IN_BULK} messages, and sends nothing."
            " Each segment is priced by what the same country cost lately, from the same number"
            " where it wrote there."
        ),
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def estimate(self, request: Request) -> Response:
        """Estimate the cost of many messages."""
        read = [read_message(one) for one in messages_in(request.data)]
        usable = [one for one in read if isinstance(one, Addressed)]
        found = estimate(usable, user=caller(request), at=timezone.now())
        return Response(shown_estimate(found, unread=len(read) - len(usable)))

    @extend_schema(
        request=ResendRequest,
        responses={201: MessageSerializer, 200: MessageSerializer},
        summary="Send it again as a new message",
        description="201 with the new message; 200 with that one when it was pressed before.",
    )
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Send a message that was not delivered again."""
        asked = ResendRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        message, is_new = resend_message(
            message=self._object_for(Action.REPLY),
            user=caller(request),
            at=timezone.now(),
            accepts_duplicate=asked.validated_data["accept_duplicate"],
        )
        return self._shown(message, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(request=None, summary="Keep it from being sent")
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a message that waits."""
        message = cancel_message(
            message=self._object_for(Action.REPLY), user=caller(request), at=timezone.now()
        )
        return self._shown(message, status.HTTP_200_OK)

    @extend_schema(
        request=RedactRequest,
        responses={200: MessageSerializer},
        summary="Hide its text",
        description=(
            "Replaces the text for good, also in raw pushes, drafts and notes that quote it and in "
            "what was sent again with the same text. 409 while the text may still be sent, and "
            "(`legal_hold`) while the contact or the number is on legal hold."
        ),
    )
    @action(detail=True, methods=["post"])
    def redact(self, request: Request, pk: str) -> Response:
        """Hide a message's text."""
        asked = RedactRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        message = hide_text(
            message=self._object_for(Action.REDACT),
            content=asked.validated_data["content"],
            by=caller(request),
            at=timezone.now(),
        )
        return self._shown(message, status.HTTP_200_OK)

    def _object_for(self, action: Action) -> Message:
        """Return the message that the address names, where the caller's role allows an action."""
        message = self.get_object()
        check_may(action, message, user=self.request.user)
        return message

    def _shown(self, message: Message, status_code: int) -> Response:
        fresh = with_what_is_shown(Message.objects.all()).get(pk=message.pk)
        return Response(self.get_serializer(fresh).data, status=status_code)
