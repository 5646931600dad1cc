"""A database that is silent, rather than gone, holds nobody for long."""

import http.client
import time

import pytest

from tests.processes import Web, process_environment, run_manage
from tests.system.test_live import MAKE_PEOPLE

pytestmark = pytest.mark.database

#: The deadline that the server gets here, and what an answer may take beside it.
SECONDS = 2
BESIDE = 8


def ask(port, path, headers):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.monotonic()
    try:
        link.request("GET", path, headers=headers)
        answer = link.getresponse()
        return answer.status, answer.read(), time.monotonic() - began
    finally:
        link.close()


def test_pages_api_and_figures_say_that_the_database_is_silent(database, tmp_path):
    if not database.is_postgresql:
        pytest.skip("SQLite has no server that could be silent")
    env = process_environment(
        var_dir=tmp_path,
        database_url=database.url,
        WEB_CONCURRENCY="1",
        DATABASE_REQUEST_SECONDS=str(SECONDS),
        METRICS_TOKEN="figures",
    )
    printed = run_manage("shell", "-v0", "-c", MAKE_PEOPLE, env=env)
    session = {"Cookie": f"sessionid={printed.split('SESSION desk ')[1].split()[0]}"}
    with Web(env=env, log=tmp_path / "web.log") as web:
        web.wait()
        assert ask(web.port, "/inbox/open/", session)[0] == 200
        database.proxy.become("silent")
        page = ask(web.port, "/inbox/open/", session)
        api = ask(web.port, "/api/v1/messages/", session)
        figures = ask(web.port, "/metrics", {"Authorization": "Bearer figures"})
        database.proxy.become("open")

        assert (page[0], api[0]) == (503, 503)
        assert b"database_away" in api[1]
        assert (figures[0], b"didsms_database_up 0.0" in figures[1]) == (200, True)
        assert max(page[2], api[2], figures[2]) < SECONDS + BESIDE
        assert ask(web.port, "/inbox/open/", session)[0] == 200
