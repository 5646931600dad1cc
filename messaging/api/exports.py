"""The resource ``exports``: everything that the caller may see, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.reverse import reverse

from messaging.models import ExportJob
from messaging.services.access.scopes import Scope
from messaging.services.exports.jobs import delete_export, exports_seen_by, files_of, start_export
from messaging.services.exports.tables import TABLES
from messaging.views.shared.ranged_file import file_answer

from .fields import StrictSerializer, UtcDateTimeField
from .permissions import Scopes, caller, check_proved

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request


class ExportFileSerializer(serializers.Serializer[Any]):
    """A file of an export."""

    table = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True)
    rows = serializers.IntegerField(read_only=True)
    bytes = serializers.IntegerField(read_only=True)


class ExportSerializer(serializers.ModelSerializer[ExportJob]):
    """An export."""

    tables = serializers.ListField(child=serializers.CharField(), read_only=True)
    created_at = UtcDateTimeField(read_only=True)
    finished_at = UtcDateTimeField(read_only=True, allow_null=True)
    rows_done = serializers.SerializerMethodField()
    rows_total = serializers.SerializerMethodField()
    error = serializers.CharField(
        read_only=True,
        help_text='"" while nothing is wrong; `not_allowed`: the owner may not export any more;'
        " `contact_erased`: somebody or a text in the files was erased; start it again.",
    )
    files = serializers.SerializerMethodField()

    class Meta:
        model = ExportJob
        fields = (
            "id",
            "tables",
            "format",
            "state",
            "created_at",
            "finished_at",
            "rows_done",
            "rows_total",
            "error",
            "files",
        )
        read_only_fields = fields

    def get_rows_done(self, job: ExportJob) -> int:
        """Return how many rows are written."""
        return sum(job.counts.values())

    def get_rows_total(self, job: ExportJob) -> int:
        """Return how many there were when it began; 0 before."""
        return sum(job.totals.values())

    @extend_schema_field(ExportFileSerializer(many=True))
    def get_files(self, job: ExportJob) -> list[dict[str, Any]]:
        """Return the files, none before all are ready."""
        request = self.context.get("request")
        return [
            {
                "table": file.table,
                "url": reverse("api:export-file", args=[job.pk, file.table], request=request),
                "rows": file.row_count,
                "bytes": file.byte_count,
            }
            for file in files_of(job)
        ]


class NewExport(StrictSerializer):
    """An export as it is wanted."""

    tables = serializers.ListField(
        child=serializers.ChoiceField(choices=list(TABLES)),
        required=False,
        min_length=1,
        max_length=len(TABLES),
        help_text="Left out: all.",
    )
    format = serializers.ChoiceField(choices=ExportJob.Format.values, default="jsonl")


@extend_schema_view(
    list=extend_schema(summary="The caller's exports, newest first"),
    retrieve=extend_schema(summary="One export, with its files once they are ready"),
)
class ExportViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ExportJob]
):
    """Exports of everything that the caller may see, for three days."""

    scopes: ClassVar[Scopes] = {
        "list": Scope.EXPORTS_CREATE,
        "retrieve": Scope.EXPORTS_CREATE,
        "create": Scope.EXPORTS_CREATE,
        "destroy": Scope.EXPORTS_CREATE,
        "file": Scope.EXPORTS_CREATE,
    }
    serializer_class = ExportSerializer
    queryset = ExportJob.objects.none()
    lookup_value_regex = "[0-9]{1,18}"
    page_ordering = ("-id",)

    def get_queryset(self) -> QuerySet[ExportJob]:
        """Return the caller's own."""
        return exports_seen_by(caller(self.request))

    @extend_schema(
        request=NewExport,
        responses={201: ExportSerializer},
        summary="Start an export",
        description="The worker writes the files; ask again until `state` is `done`. What each"
        " column holds is in docs/integrators/exports.md.",
    )
    def create(self, request: Request) -> Response:
        """Start an export."""
        check_proved(request)
        asked = NewExport(data=request.data)
        asked.is_valid(raise_exception=True)
        job = start_export(
            tables=asked.validated_data.get("tables", list(TABLES)),
            file_format=asked.validated_data["format"],
            by=caller(request),
            at=timezone.now(),
        )
        return Response(self.get_serializer(job).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None}, summary="Delete an export with its files")
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete an export."""
        delete_export(self.get_object(), by=caller(request), at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="exports_file_retrieve",
        parameters=[OpenApiParameter("table", str, OpenApiParameter.PATH, enum=list(TABLES))],
        responses={
            (200, "application/jsonl"): OpenApiTypes.BINARY,
            (200, "text/csv"): OpenApiTypes.BINARY,
        },
        summary="One file of an export",
        description="A download that broke off goes on with `Range` and `If-Range` (the `ETag`).",
    )
    @action(detail=True, methods=["get"], url_path="(?P<table>[a-z_]{1,20})")
    def file(self, request: Request, pk: str, table: str) -> HttpResponseBase:
        """Send a file."""
        check_proved(request)
        job = self.get_object()
        found = next((each for each in files_of(job) if each.table == table), None)
        if found is None:
            raise Http404
        return file_answer(request._request, job=job, file=found, by=caller(request))
