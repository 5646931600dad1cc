"""Each request has a name, and what took long is noted with it."""

import logging

import pytest
from django.db import connection
from django.http import HttpResponse

from didsms_site import request_ids
from didsms_site.http.request_log import RequestLogMiddleware
from messaging.db.prepared import Statement, fetch


@pytest.fixture
def slow_log(caplog):
    """The lines about what took long."""
    caplog.set_level(logging.WARNING, logger="didsms.slow")
    return caplog


@pytest.mark.parametrize("path", ["/healthz", "/accounts/login/", "/no-such-page/"])
@pytest.mark.django_db
def test_every_answer_says_the_name_of_its_request(client, path):
    names = {client.get(path).headers["X-Request-ID"] for _turn in range(2)}

    assert len(names) == 2
    assert all(len(name) == 16 for name in names)


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [("abc-123_DEF.9", True), ("short", False), ("x" * 65, False), ("a\nb" * 9, False)],
    ids=["a proxy's", "short", "long", "no name"],
)
def test_a_name_that_a_proxy_gave_is_kept_if_it_can_be_one(rf, given, is_kept):
    request = rf.get("/")
    request.META["HTTP_X_REQUEST_ID"] = given

    response = RequestLogMiddleware(lambda _request: HttpResponse())(request)

    assert (response.headers["X-Request-ID"] == given) is is_kept
    assert request_ids.current() == "-"


def test_a_slow_page_is_noted_without_its_query(rf, settings, slow_log):
    settings.SLOW_PAGE_SECONDS = 0

    response = RequestLogMiddleware(lambda _request: HttpResponse())(rf.get("/x/?q=secret"))

    (line,) = slow_log.messages
    assert line.startswith("slow page: GET /x/ took 0.00 s (200)")
    assert line.endswith(f"request={response.headers['X-Request-ID']}")
    assert "secret" not in line


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.parametrize("way", ["Django's cursor", "a prepared statement"])
def test_a_slow_statement_is_noted_with_the_request_and_without_its_values(
    rf, settings, slow_log, way
):
    def view(_request):
        settings.SLOW_QUERY_SECONDS = 0
        if way == "Django's cursor":
            with connection.cursor() as cursor:
                cursor.execute("SELECT\n  %s", ["secret"])
        else:
            fetch(Statement("SELECT\n  %s", ("secret",)))
        settings.SLOW_QUERY_SECONDS = 60
        return HttpResponse(request_ids.current())

    name = RequestLogMiddleware(view)(rf.get("/")).content.decode()

    assert f"slow query: 0.00 s request={name}: SELECT %s" in slow_log.messages
    assert "secret" not in slow_log.text


def test_what_is_quick_is_not_noted(rf, slow_log):
    RequestLogMiddleware(lambda _request: HttpResponse())(rf.get("/"))

    assert slow_log.messages == []
