"""Imports of contacts, opt-outs and saved replies: the file, its rows, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

#: Characters of a file's name.
LONGEST_FILE_NAME: Final = 200


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    """Queries over imports."""

    def of(self, user: AbstractBaseUser | AnonymousUser) -> ImportJobQuerySet:
        """Keep a person's own; an import is nobody else's."""
        return self.filter(owner_id=user.pk or 0)


class ImportJob(models.Model):
    """One file that somebody imports, from the upload to the result.

    Attributes:
        header: the names of the file's columns, "" where one has none.
        columns: what each of them means (`services/imports/columns.py`).
        region: two letters of the country of numbers without a country code; "" for none.
        row_count: rows of the file, without the names of its columns.
        checked_count: how many of them the trial run has looked at.
        counts: how many rows came to which outcome; after an undo, to which end.
        error: why it failed, a code.
    """

    class Kind(models.TextChoices):
        """What is imported."""

        CONTACTS = "contacts", _("Contacts")
        OPT_OUTS = "opt_outs", _("Opt-outs")
        SAVED_REPLIES = "saved_replies", _("Saved replies")

    class State(models.TextChoices):
        """How far it is."""

        UPLOADED = "uploaded", _("Columns to confirm")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Ready to import")
        RUNNING = "running", _("Importing")
        DONE = "done", _("Imported")
        UNDOING = "undoing", _("Undoing")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Stopped")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="import_jobs", verbose_name=_("who")
    )
    kind = models.CharField(_("type"), max_length=20, choices=Kind.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.UPLOADED
    )
    did_number = models.ForeignKey(
        "messaging.DidNumber",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("DID number"),
    )
    is_private = models.BooleanField(_("only for me"), default=False)
    fills_only = models.BooleanField(_("fill in only what is empty"), default=False)
    file_name = models.CharField(_("file"), max_length=LONGEST_FILE_NAME)
    encoding = models.CharField(max_length=20, blank=True)
    separator = models.CharField(max_length=1, blank=True)
    has_header = models.BooleanField(default=True)
    region = models.CharField(max_length=2, blank=True)
    header = models.JSONField(default=list, blank=True)
    columns = models.JSONField(default=list, blank=True)
    row_count = models.PositiveIntegerField(default=0)
    checked_count = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    undo_reason = models.CharField(max_length=300, blank=True)
    error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(_("created"))
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    # When the rows were deleted: what they held of people is gone, the counts stay.
    emptied_at = models.DateTimeField(null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("id",),
                name="import_at_work",
                condition=models.Q(state__in=("checking", "running", "undoing")),
            ),
        )

    def __str__(self) -> str:
        """Return kind and id; a file's name may tell of somebody."""
        return f"{self.kind} {self.pk}"


class ImportFile(models.Model):
    """The bytes of an import that is not confirmed yet."""

    job = models.OneToOneField(ImportJob, models.CASCADE, related_name="stored_file")
    raw_bytes = models.BinaryField()

    def __str__(self) -> str:
        """Return whose it is."""
        return f"file of import {self.job_id}"


class ImportRow(models.Model):
    """One row of an import; a row with several phone numbers comes once for each.

    Attributes:
        position: its place among all, from 0.
        line: its row in the file as a spreadsheet counts, from 1.
        cells: the texts of the file's row.
        phone_cell: which cell holds this row's number; -1 for none.
        key: the normalized number, or a reply's shortcut in small letters; "" where it has none.
        outcome: what the import does, or did, with it.
        reason, facts: why it cannot be imported, a code and what belongs to it.
        state: whether that was done, and undone.
        before, after: what it changed, by name.
    """

    class Outcome(models.TextChoices):
        """What an import does with a row."""

        CREATE = "create", _("New")
        CHANGE = "change", _("Changed")
        SAME = "same", _("Unchanged")
        DUPLICATE = "duplicate", _("Duplicate")
        INVALID = "invalid", _("Invalid")

    class State(models.TextChoices):
        """Whether it was done."""

        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        UNDONE = "undone", _("Undone")
        LEFT = "left", _("Left as it is")

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    phone_cell = models.SmallIntegerField(default=-1)
    key = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    contact = models.ForeignKey(
        "messaging.Contact", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    conversation = models.ForeignKey(
        "messaging.Conversation", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    opt_out = models.ForeignKey(
        "messaging.OptOut", models.SET_NULL, null=True, blank=True, related_name="import_rows"
    )
    reply = models.ForeignKey(
        "messaging.CannedReply", models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("job", "position"), name="import_row_once"),)
        indexes = (
            models.Index(fields=("job", "outcome", "position"), name="import_row_by_outcome"),
            models.Index(fields=("job", "state", "position"), name="import_row_by_state"),
            models.Index(fields=("key",), name="import_row_by_key"),
        )

    def __str__(self) -> str:
        """Return which; never what is in it."""
        return f"row {self.line} of import {self.job_id}"
