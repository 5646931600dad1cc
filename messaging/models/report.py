"""Roll-ups of messages, from which reports are read; `services/reports` alone writes them.

Everything here but `Answer`, and the facts of messages that were deleted when they were old
(`MessageFact.is_pruned`), can be made again from the messages. Time is counted in quarter-hours
since 1970 in UTC: the days of every zone of the world begin at one.
"""

from __future__ import annotations

from typing import Any

from django.db import models


class Answer(models.Model):
    """A person's answer to a reply that was due; stamped once, so no later setting changes it."""

    message_id = models.BigIntegerField(primary_key=True)
    did_number_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField()
    # Within the number's business hours, as they were.
    seconds = models.FloatField()
    is_first = models.BooleanField()

    class Meta:
        indexes = (models.Index(fields=("answered_at",), name="answer_by_time"),)

    def __str__(self) -> str:
        """Return which message it is."""
        return f"answer {self.message_id}"


class MessageFact(models.Model):
    """What the roll-ups counted of one message."""

    message_id = models.BigIntegerField(primary_key=True)
    did_number_id = models.BigIntegerField()
    conversation_id = models.BigIntegerField()
    quarter = models.IntegerField()
    direction = models.CharField(max_length=8)
    status = models.CharField(max_length=12)
    # 0: nobody.
    user_id = models.BigIntegerField()
    country = models.CharField(max_length=2, blank=True)
    code = models.CharField(max_length=40, blank=True)
    segments = models.IntegerField()
    chargeable_segments = models.IntegerField()
    billed_segments = models.IntegerField()
    # Millionths of the account's currency.
    cost_micros = models.BigIntegerField()
    unpriced = models.SmallIntegerField()
    differences = models.SmallIntegerField()
    with_receipt = models.SmallIntegerField()
    without_receipt = models.SmallIntegerField()
    # Places in the histogram (`services/reports/histogram.py`).
    receipt_bin = models.SmallIntegerField(null=True)
    answer_bin = models.SmallIntegerField(null=True)
    is_first_answer = models.BooleanField(default=False)
    # The message was deleted when it was old enough; NULL for nearly every one (added without
    # rewriting a large table).
    is_pruned = models.BooleanField(null=True, editable=False)

    class Meta:
        indexes = (
            models.Index(fields=("quarter", "did_number_id"), name="fact_by_time"),
            models.Index(
                fields=("quarter",),
                name="fact_billed_otherwise",
                condition=models.Q(differences=1),
            ),
        )

    def __str__(self) -> str:
        """Return which message it is of."""
        return f"fact {self.message_id}"


class ReportSeries(models.Model):
    """One resolution in which the roll-ups are kept: quarter-hours, or a zone's days or hours."""

    class Span(models.TextChoices):
        """How long one step is."""

        QUARTER = "quarter"
        DAY = "day"
        # Its cells know no person, country and code: few enough for a chart by hour.
        HOUR = "hour"
        # Days once more, as pages read them: rows of `ReportDay` rather than cells.
        PAGE = "page"

    span = models.CharField(max_length=8, choices=Span.choices)
    # An IANA name; "" for quarter-hours.
    zone = models.CharField(max_length=64, blank=True)
    is_built = models.BooleanField(default=False)
    # While it is being made, newest first: its cells from this quarter-hour on are there.
    built_from = models.IntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("zone", "span"), name="one_series_per_zone_and_span"),
        )

    def __str__(self) -> str:
        """Return zone and span."""
        return f"{self.span} {self.zone}".strip()


class ReportCell(models.Model):
    """Sums over the messages that share a step of time and every other key."""

    series_id = models.IntegerField()
    start = models.IntegerField()
    did_number_id = models.BigIntegerField()
    direction = models.CharField(max_length=8)
    status = models.CharField(max_length=12)
    user_id = models.BigIntegerField()
    country = models.CharField(max_length=2, blank=True)
    code = models.CharField(max_length=40, blank=True)
    messages = models.IntegerField()
    segments = models.IntegerField()
    chargeable_segments = models.IntegerField()
    billed_segments = models.IntegerField()
    cost_micros = models.BigIntegerField()
    unpriced = models.IntegerField()
    differences = models.IntegerField()
    with_receipt = models.IntegerField()
    without_receipt = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=(
                    "series_id",
                    "start",
                    "did_number_id",
                    "direction",
                    "status",
                    "user_id",
                    "country",
                    "code",
                ),
                name="report_cell_once",
            ),
        )

    def __str__(self) -> str:
        """Return where it is."""
        return f"cell {self.series_id} {self.start}"


class ReportDay(models.Model):
    """A day of a zone as pages show it: few rows, however many messages it had.

    Attributes:
        facet: what `who` says; the rows of each facet cover all messages of the day.
        who: a person's id ("0" for nobody), a country or a code; "" for the facet ALL.
        did_number_id: the number; 0 for all of them together.
        hours: how many messages in each local hour (`services/reports/packed_counts.py`).
        receipts: how many waits for a receipt fall into each bin; so with the answers.
    """

    class Facet(models.TextChoices):
        """By what the messages of a day are parted."""

        ALL = "all"
        USER = "user"
        COUNTRY = "country"
        CODE = "code"

    series_id = models.IntegerField()
    facet = models.CharField(max_length=8, choices=Facet.choices)
    start = models.IntegerField()
    did_number_id = models.BigIntegerField()
    direction = models.CharField(max_length=8)
    who = models.CharField(max_length=40, blank=True)
    messages = models.IntegerField()
    sent = models.IntegerField()
    delivered = models.IntegerField()
    undelivered = models.IntegerField()
    failed = models.IntegerField()
    unconfirmed = models.IntegerField()
    blocked = models.IntegerField()
    segments = models.IntegerField()
    chargeable_segments = models.IntegerField()
    billed_segments = models.IntegerField()
    cost_micros = models.BigIntegerField()
    unpriced = models.IntegerField()
    differences = models.IntegerField()
    with_receipt = models.IntegerField()
    without_receipt = models.IntegerField()
    hours = models.BinaryField()
    receipts = models.BinaryField()
    answers = models.BinaryField()
    first_answers = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("series_id", "facet", "start", "did_number_id", "direction", "who"),
                name="report_day_once",
            ),
        )

    def __str__(self) -> str:
        """Return where it is."""
        return f"day {self.series_id} {self.start} {self.facet} {self.who}".strip()


class ReportDelay(models.Model):
    """How many waits of one kind fall into one bin of the histogram."""

    class Kind(models.TextChoices):
        """What was waited for."""

        RECEIPT = "receipt"
        ANSWER = "answer"
        FIRST_ANSWER = "first"

    series_id = models.IntegerField()
    start = models.IntegerField()
    did_number_id = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    user_id = models.BigIntegerField()
    country = models.CharField(max_length=2, blank=True)
    bin = models.SmallIntegerField()
    count = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=(
                    "series_id",
                    "kind",
                    "start",
                    "did_number_id",
                    "user_id",
                    "country",
                    "bin",
                ),
                name="report_delay_once",
            ),
        )

    def __str__(self) -> str:
        """Return where it is."""
        return f"delay {self.series_id} {self.kind} {self.start}"


def _nothing() -> list[Any]:
    return []


class ReportCursor(models.Model):
    """How far the roll-ups have come; one row, which also lets one process at a time count.

    Attributes:
        message_id: every visible message up to here is counted.
        status_change_id: so is every visible entry of a history up to here.
        gaps: ids below that were not visible, with the transactions that may still write them
            (`services/reports/changed_messages.py`).
        starts_after: transactions that must end before counting begins from nothing.
    """

    message_id = models.BigIntegerField(default=0)
    status_change_id = models.BigIntegerField(default=0)
    gaps = models.JSONField(default=_nothing)
    starts_after = models.JSONField(default=_nothing)
    is_complete = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(pk=1), name="report_cursor_is_one_row"),
        )

    def __str__(self) -> str:
        """Return how far it is."""
        return f"{self.message_id}/{self.status_change_id}"
