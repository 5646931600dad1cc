"""A report that takes too long ends, and nothing else is cut short after it."""

import pytest
from django.db import connection, transaction

from messaging.services.errors import ReportTooSlow
from messaging.services.reports.time_limit import report_time_limit

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ENDLESS = {
    "sqlite": (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT MAX(x) FROM n"
    ),
    "postgresql": "SELECT pg_sleep(60)",
}
MANY_STEPS = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000)"
    " SELECT MAX(x) FROM n"
)


def run(text):
    with connection.cursor() as cursor:
        cursor.execute(text)
        return cursor.fetchone()


def test_a_statement_without_end_is_ended():
    with (
        pytest.raises(ReportTooSlow),
        transaction.atomic(),
        report_time_limit(seconds=0.05),
    ):
        run(ENDLESS[connection.vendor])

    assert run("SELECT 1") == (1,)


def test_after_the_report_the_limit_is_gone():
    with report_time_limit(seconds=0.05):
        assert run("SELECT 1") == (1,)

    if connection.vendor == "postgresql":
        assert run("SHOW statement_timeout") == ("0",)
    else:
        assert run(MANY_STEPS) == (300_000,)


def test_a_limit_within_a_limit_changes_nothing():
    with report_time_limit(seconds=30):
        with report_time_limit(seconds=0.05):
            assert run(MANY_STEPS.replace("300000", "10")) == (10,)
        if connection.vendor == "postgresql":
            assert run("SHOW statement_timeout") == ("30s",)
