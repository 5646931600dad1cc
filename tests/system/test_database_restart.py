"""A restart of PostgreSQL while nobody asks for anything is seen by nobody afterwards."""

import http.client

import pytest

from tests.processes import Web, process_environment, run_manage, until
from tests.system.test_live import MAKE_PEOPLE
from tests.system.test_receiving import push, spooled, stored_ids

pytestmark = pytest.mark.database

BACKENDS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
PATHS = ("/inbox/open/", "/inbox/parts/sidebar/", "/api/v1/conversations/")


def get(port, path, session):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", path, headers={"Cookie": f"sessionid={session}"})
        answer = link.getresponse()
        answer.read()
        return answer.status
    finally:
        link.close()


def end_all_connections(database):
    """Do to every connection of the product what a restart does; they have heard of it then."""
    proxy = database.proxy
    open_ones = [each for each in proxy.connections() if not proxy.has_ended(each)]
    ports = ", ".join(str(proxy.port_of(each)) for each in open_ones)
    assert ports

    def have_ended():
        # Again and again: one that is being made is not in PostgreSQL's list yet.
        database.rows(f"SELECT pg_terminate_backend(pid) {BACKENDS} AND client_port IN ({ports})")
        return all(proxy.has_ended(each) for each in open_ones)

    until(have_ended)


def test_after_a_restart_pages_are_shown_and_pushes_are_stored_at_once(database, tmp_path):
    if not database.is_postgresql:
        pytest.skip("SQLite has no server that could be restarted")
    env = process_environment(var_dir=tmp_path, database_url=database.url, WEB_CONCURRENCY="2")
    printed = run_manage("shell", "-v0", "-c", MAKE_PEOPLE, env=env)
    session = printed.split("SESSION desk ")[1].split()[0]
    with Web(env=env, log=tmp_path / "web.log") as web:
        web.wait()
        for turn in range(3):
            # Both processes have idle connections by now.
            assert [get(web.port, path, session) for path in PATHS * 4] == [200] * 12
            assert push(web.port, f"before-{turn}") == (200, b"success")

            end_all_connections(database)

            assert [get(web.port, path, session) for path in (PATHS * 4)[:10]] == [200] * 10
            answers = [push(web.port, f"after-{turn}-{number}") for number in range(5)]
            assert answers == [(200, b"success")] * 5

        assert spooled(tmp_path) == []
        assert sum(stored_ids(database).values()) == 3 * 6
        assert "The database did not answer" not in web.output
