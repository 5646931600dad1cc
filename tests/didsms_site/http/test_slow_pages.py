"""What took long is noted, with its request and without what it asked for."""

import logging
import re

import pytest
from django.db import connection
from django.http import HttpResponse

from didsms_site.http.slow_pages import SlowPagesMiddleware
from didsms_site.logs import DiscreetFormatter
from messaging.db.prepared import Statement, fetch


@pytest.fixture
def slow_log(caplog):
    """The lines about what took long."""
    caplog.set_level(logging.WARNING, logger="didsms.slow")
    return caplog


def test_a_slow_page_is_noted_without_its_query(rf, settings, slow_log):
    settings.SLOW_PAGE_SECONDS = 0

    SlowPagesMiddleware(lambda _request: HttpResponse())(rf.get("/x/?q=secret"))

    (line,) = slow_log.messages
    assert re.fullmatch(r"slow page: GET /x/ took \d+\.\d\d s \(200\)", line)


def test_a_line_names_the_request_that_its_answer_names(client, settings, slow_log, monkeypatch):
    settings.SLOW_PAGE_SECONDS = 0
    formatter = DiscreetFormatter("{message}{request}", style="{", mask_number=str)
    lines = []
    # The name is known while the line is written, and not afterwards.
    monkeypatch.setattr(
        slow_log.handler, "emit", lambda record: lines.append(formatter.format(record))
    )

    response = client.get("/healthz")

    (line,) = [one for one in lines if "/healthz" in one]
    assert line.endswith(f" [{response.headers['X-Request-ID']}]")


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.parametrize("way", ["Django's cursor", "a prepared statement"])
def test_a_slow_statement_is_noted_without_its_values(settings, slow_log, way):
    settings.SLOW_QUERY_SECONDS = 0
    if way == "Django's cursor":
        with connection.cursor() as cursor:
            cursor.execute("SELECT\n  %s", ["secret"])
    else:
        fetch(Statement("SELECT\n  %s", ("secret",)))

    pattern = re.compile(r"slow query: \d+\.\d\d s: SELECT %s")
    assert any(pattern.fullmatch(line) for line in slow_log.messages)
    assert "secret" not in slow_log.text


def test_what_is_quick_is_not_noted(rf, slow_log):
    SlowPagesMiddleware(lambda _request: HttpResponse())(rf.get("/"))

    assert slow_log.messages == []
