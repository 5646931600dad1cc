"""The resource ``pushes``, for administrators: what NXCloud sent, what became of it, replay."""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, ClassVar, Final

from django.db.models import BinaryField
from django.db.models.functions import Substr
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from messaging.models import Push
from messaging.services.access.scopes import Scope
from messaging.services.receiving.replay import replay_push

from .fields import Filters, NumberField, UtcDateTimeField
from .permissions import HasScope, IsAdministrator, Scopes, caller
from .query_fields import QueryFlagField, QueryIdField

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

BODY_BYTES_SHOWN: Final = 4096


class PushSerializer(serializers.ModelSerializer[Push]):
    """A push as the API shows it."""

    received_at = UtcDateTimeField(read_only=True)
    replayed_at = UtcDateTimeField(read_only=True, allow_null=True)
    flags = serializers.ListField(child=serializers.CharField(), read_only=True)
    body = serializers.SerializerMethodField(help_text="The first 4 KiB as received, as text.")
    number = serializers.CharField(
        source="did_number.number", read_only=True, default=None, allow_null=True
    )
    message = serializers.IntegerField(source="message_id", read_only=True, allow_null=True)

    class Meta:
        model = Push
        fields = (
            "id",
            "received_at",
            "kind",
            "outcome",
            "reason",
            "flags",
            "is_signed",
            "remote_addr",
            "body",
            "number",
            "message",
            "replayed_at",
        )
        read_only_fields = fields

    def get_body(self, push: Push) -> str:
        """Return the beginning of the body as text."""
        # Annotated by the view; SQLite makes NULL of the beginning of nothing.
        head = bytes(push.head or b"")  # type: ignore[attr-defined]
        # A character that the cut went through is left out; one that came broken is shown so.
        is_whole = len(head) < BODY_BYTES_SHOWN
        text = getincrementaldecoder("utf-8")("replace").decode(head, is_whole).replace("\x00", "")
        return text.encode()[:BODY_BYTES_SHOWN].decode("utf-8", "ignore")


class PushFilters(Filters):
    """What the list of pushes may be narrowed by."""

    outcome = serializers.ChoiceField(required=False, choices=Push.Outcome.choices)
    kind = serializers.ChoiceField(required=False, choices=Push.Kind.choices)
    reason = serializers.CharField(required=False, max_length=200)
    is_signed = QueryFlagField(required=False)
    number = NumberField(required=False, help_text="Our DID number.")
    message = QueryIdField(required=False)


@extend_schema_view(
    list=extend_schema(parameters=[PushFilters], summary="Pushes, newest first"),
    retrieve=extend_schema(summary="One push"),
)
class PushViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Push]):
    """Every authentic push that reached us."""

    scopes: ClassVar[Scopes] = {
        "list": Scope.PUSHES_READ,
        "retrieve": Scope.PUSHES_READ,
        "replay": Scope.PUSHES_REPLAY,
    }
    permission_classes = (HasScope, IsAdministrator)
    serializer_class = PushSerializer
    queryset = Push.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Push]:
        """Return every push with the beginning of its body, narrowed in a list."""
        pushes = (
            Push.objects.select_related("did_number")
            .defer("raw_body")
            .annotate(head=Substr("raw_body", 1, BODY_BYTES_SHOWN, output_field=BinaryField()))
        )
        if self.action == "list":
            filters = PushFilters.of(self.request)
            if "number" in filters:
                filters["did_number__number__in"] = filters.pop("number")
            pushes = pushes.filter(**filters)
        return pushes

    @extend_schema(request=None, summary="Evaluate it again; 409 when it was applied already")
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Evaluate a quarantined push or an orphan again."""
        replay_push(push=self.get_object(), at=timezone.now(), by=caller(request))
        return Response(self.get_serializer(self.get_object()).data)
