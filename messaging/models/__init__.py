"""What didsms stores: one file per noun, with its single-row rules and its queries."""

from .api_key import ApiKey
from .attempt_count import AttemptCount
from .audit import AuditEntry, AuditHead
from .backup_run import BackupRun
from .change import Change
from .contact import Contact
from .contact_field import ContactField
from .conversation import Conversation
from .did_number import DidNumber
from .erased_number import ErasedNumber
from .export_job import ExportJob, ExportPart
from .health import HealthAlarm, NumberHour
from .import_job import ImportFile, ImportJob, ImportRow
from .legal_hold import LegalHold
from .mailing import Mailing
from .membership import GivenRole, Membership, StaffAccess
from .memo import Memo
from .merged_person import MergedPerson, PersonNumber
from .message import Message
from .number_retention import NumberRetention
from .number_settings import Budget, BusinessHours, Closure
from .opt_out import OptOut
from .push import Push, RejectedRequestCount
from .reaction import Reaction
from .reading import ReadMark, ReadWatermark, WatermarkException
from .report import (
    Answer,
    MessageFact,
    ReportCell,
    ReportCursor,
    ReportDay,
    ReportDelay,
    ReportSeries,
)
from .second_factor import Passkey, RecoveryCode, SecondFactor
from .sending import CircuitBreakerTrip, WorkerSighting
from .sign_on_identity import SignOnIdentity
from .staff import Draft, Notification, Presence, StaffSettings
from .staff_session import StaffSession
from .status_change import StatusChange
from .team_settings import TeamSettings
from .teamwork import CannedReply, ConversationEvent, Label, Note
from .visibility import KeyLimits, access_of, is_administrator, limits_of, rights_of, stand_in

__all__ = [
    "Answer",
    "ApiKey",
    "AttemptCount",
    "AuditEntry",
    "AuditHead",
    "BackupRun",
    "Budget",
    "BusinessHours",
    "CannedReply",
    "Change",
    "CircuitBreakerTrip",
    "Closure",
    "Contact",
    "ContactField",
    "Conversation",
    "ConversationEvent",
    "DidNumber",
    "Draft",
    "ErasedNumber",
    "ExportJob",
    "ExportPart",
    "GivenRole",
    "HealthAlarm",
    "ImportFile",
    "ImportJob",
    "ImportRow",
    "KeyLimits",
    "Label",
    "LegalHold",
    "Mailing",
    "Membership",
    "Memo",
    "MergedPerson",
    "Message",
    "MessageFact",
    "Note",
    "Notification",
    "NumberHour",
    "NumberRetention",
    "OptOut",
    "Passkey",
    "PersonNumber",
    "Presence",
    "Push",
    "Reaction",
    "ReadMark",
    "ReadWatermark",
    "RecoveryCode",
    "RejectedRequestCount",
    "ReportCell",
    "ReportCursor",
    "ReportDay",
    "ReportDelay",
    "ReportSeries",
    "SecondFactor",
    "SignOnIdentity",
    "StaffAccess",
    "StaffSession",
    "StaffSettings",
    "StatusChange",
    "TeamSettings",
    "WatermarkException",
    "WorkerSighting",
    "access_of",
    "is_administrator",
    "limits_of",
    "rights_of",
    "stand_in",
]
