"""What is taken away again leaves no row, and is found without a look at a whole series."""

import pytest
from django.db import connection

from messaging.models import MessageFact, ReportCell, ReportDay, ReportDelay, ReportSeries
from messaging.services.reports.contributions import Sums

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEPT = (ReportCell, ReportDelay, ReportDay)


@pytest.fixture
def series() -> list[ReportSeries]:
    """A series of each span, all built."""
    spans = ReportSeries.Span
    zones = {spans.QUARTER: "", spans.DAY: "Asia/Kathmandu", spans.HOUR: "UTC", spans.PAGE: "UTC"}
    return [
        ReportSeries.objects.create(span=span, zone=zone, is_built=True)
        for span, zone in zones.items()
    ]


def sums(*, times: int) -> Sums:
    """One answer with a receipt, counted so many times."""
    answer = MessageFact(
        message_id=1, did_number_id=2, conversation_id=3, quarter=1_980_000, direction="outbound",
        status="delivered", user_id=4, country="ES", segments=1, chargeable_segments=1,
        billed_segments=1, cost_micros=40_000, unpriced=0, differences=0, with_receipt=1,
        without_receipt=0, receipt_bin=5, answer_bin=6, is_first_answer=True,
    )  # fmt: skip
    made = Sums()
    made.add(answer, times=times)
    return made


def test_a_row_stays_until_its_last_message_is_taken_away(series):
    sums(times=2).write(series)
    sums(times=-1).write(series)
    assert all(model.objects.exists() for model in KEPT)

    sums(times=-1).write(series)
    assert not any(model.objects.exists() for model in KEPT)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="plans are read as SQLite writes them")
def test_empty_rows_are_found_by_their_start(series):
    plans = []

    def explain(execute, sql, params, many, context):
        if sql.startswith("DELETE FROM"):
            with connection.cursor() as cursor:
                cursor.cursor.execute("EXPLAIN QUERY PLAN " + sql, params)
                plans.append(cursor.cursor.fetchone()[3])
        return execute(sql, params, many, context)

    sums(times=1).write(series)
    with connection.execute_wrapper(explain):
        sums(times=-1).write(series)

    assert {plan.split()[1] for plan in plans} == {model._meta.db_table for model in KEPT}
    assert [plan for plan in plans if "start=?" not in plan] == []


def test_what_only_grows_deletes_nothing(series, django_assert_num_queries):
    with django_assert_num_queries(2 * 3 + 2):  # cells and delays of three series; days are read
        sums(times=1).write(series)
