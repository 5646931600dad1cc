"""Which tables and columns are in an archive, and why others are not.

A test walks all models: one that is in neither list fails it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from messaging.models import (
    Answer,
    AuditEntry,
    AuditHead,
    Budget,
    BusinessHours,
    CannedReply,
    CircuitBreakerTrip,
    Closure,
    Contact,
    ContactField,
    Conversation,
    ConversationEvent,
    DidNumber,
    Draft,
    ErasedNumber,
    Label,
    Mailing,
    Membership,
    Memo,
    MergedPerson,
    Message,
    Note,
    Notification,
    OptOut,
    PersonNumber,
    Push,
    Reaction,
    ReadMark,
    ReadWatermark,
    RejectedRequestCount,
    StaffAccess,
    StaffSettings,
    StatusChange,
    TeamSettings,
    WatermarkException,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Field, Model

#: In the order in which they are written; each after those that most of its rows name.
TABLES: Final[tuple[type[Model], ...]] = (
    User,
    StaffAccess,
    StaffSettings,
    TeamSettings,
    DidNumber,
    Membership,
    BusinessHours,
    Closure,
    Budget,
    Label,
    CannedReply,
    ContactField,
    Contact,
    MergedPerson,
    PersonNumber,
    ErasedNumber,
    Conversation,
    Conversation.labels.through,
    Memo,
    Message,
    StatusChange,
    Reaction,
    ConversationEvent,
    Note,
    Note.mentions.through,
    OptOut,
    OptOut.allowed_numbers.through,
    Push,
    Draft,
    Notification,
    ReadMark,
    ReadWatermark,
    WatermarkException,
    Answer,
    CircuitBreakerTrip,
    RejectedRequestCount,
    Mailing,
    LogEntry,
    AuditEntry,
    AuditHead,
)
#: Tables in which web and worker write by themselves, also where nobody has worked yet.
WRITTEN_UNASKED: Final = frozenset({Mailing, RejectedRequestCount, AuditHead})
_LETS_IN: Final = "it lets somebody in: it must be made again"
_COUNTED: Final = "it is worked out from the other tables"
_PASSING: Final = "it is worth something for days at most, on this installation"
_DJANGO: Final = "it belongs to Django, and migrating makes it"
_UNUSED: Final = "didsms does not use it"
#: Why the other tables are in no archive, by their models' labels.
LEFT_OUT: Final[Mapping[str, str]] = {
    "auth.Group": _UNUSED,
    "auth.Group_permissions": _UNUSED,
    "auth.Permission": _DJANGO,
    "auth.User_groups": _UNUSED,
    "auth.User_user_permissions": _UNUSED,
    "authtoken.Token": _LETS_IN,
    "authtoken.TokenProxy": _LETS_IN,
    "contenttypes.ContentType": _DJANGO,
    "messaging.ApiKey": _LETS_IN,
    "messaging.AttemptCount": _PASSING,
    "messaging.BackupRun": _PASSING,
    "messaging.Change": _PASSING,
    "messaging.ExportJob": _PASSING,
    "messaging.ExportPart": _PASSING,
    "messaging.HealthAlarm": _PASSING,
    "messaging.ImportFile": _PASSING,
    "messaging.ImportJob": _PASSING,
    "messaging.ImportRow": _PASSING,
    "messaging.MessageFact": _COUNTED,
    "messaging.NumberHour": _COUNTED,
    "messaging.Passkey": _LETS_IN,
    "messaging.Presence": _PASSING,
    "messaging.RecoveryCode": _LETS_IN,
    "messaging.ReportCell": _COUNTED,
    "messaging.ReportCursor": _COUNTED,
    "messaging.ReportDay": _COUNTED,
    "messaging.ReportDelay": _COUNTED,
    "messaging.ReportSeries": _COUNTED,
    "messaging.SecondFactor": _LETS_IN,
    "messaging.SignOnIdentity": _LETS_IN,
    "messaging.StaffSession": _LETS_IN,
    "messaging.WorkerSighting": _PASSING,
}
#: Columns that are in no archive: the search index is made again, a claim is worth nothing.
_COLUMNS_LEFT_OUT: Final = frozenset({"search_text", "claimed_by"})
#: In place of the hash of a password: whether there was one.
PASSWORD: Final = "password"  # noqa: S105  # of a column
HAS_PASSWORD: Final = "has_password"  # noqa: S105  # of a column


def table_name(model: type[Model]) -> str:
    """Return what a table is called in the archive: as in the database."""
    return model._meta.db_table


def fields_of(model: type[Model]) -> list[Field[Any, Any]]:
    """Return the fields that are in the archive, in the order of their columns."""
    return [
        field for field in model._meta.local_concrete_fields if field.name not in _COLUMNS_LEFT_OUT
    ]


def column_name(field: Field[Any, Any]) -> str:
    """Return what a column is called in the archive."""
    return HAS_PASSWORD if (field.model, field.name) == (User, PASSWORD) else field.attname


def schema() -> dict[str, Any]:
    """Return what `schema.json` says: every table with its columns, and what is left out."""
    return {
        "tables": {
            table_name(model): {
                "is": str(model._meta.verbose_name),
                "columns": [_column(field) for field in fields_of(model)],
            }
            for model in TABLES
        },
        "left_out": dict(LEFT_OUT),
    }


def _column(field: Field[Any, Any]) -> dict[str, Any]:
    related = field.related_model
    kind = _kind(field)
    column: dict[str, Any] = {"name": column_name(field), "type": kind}
    if field.null:
        column["may_be_null"] = True
    if field.primary_key:
        column["is_key"] = True
    if kind == "integer" and related is not None:
        column["refers_to"] = related._meta.db_table
    return column


def _kind(field: Field[Any, Any]) -> str:
    if column_name(field) == HAS_PASSWORD:
        return "boolean"
    if field.related_model is not None and field.related_model._meta.label == (
        "contenttypes.ContentType"
    ):
        return "model"
    for name, kind in _KINDS.items():
        if name in field.get_internal_type():
            return kind
    return "text"


#: Beginning of what Django calls a field, and what it is in JSON. The first that fits counts.
_KINDS: Final = {
    "ForeignKey": "integer",
    "OneToOne": "integer",
    "Integer": "integer",
    "Auto": "integer",
    "Boolean": "boolean",
    "DateTime": "time (ISO 8601, UTC)",
    "Date": "date (ISO 8601)",
    "Decimal": "decimal (text)",
    "Float": "number",
    "Binary": "bytes (base64)",
    "JSON": "any JSON",
}
