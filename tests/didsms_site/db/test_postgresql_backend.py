"""A closed connection is seen without asking the server, and warm ones are handed out first."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from didsms_site.db.postgresql import base
from didsms_site.db.postgresql.base import DatabaseWrapper, is_alive
from didsms_site.db.postgresql.plain import open_plain_connection
from messaging.services.pushes.spool import spool_push
from messaging.services.reading.watermarks import TARGET_AGE
from messaging.services.receiving.receive import drain
from messaging.services.receiving.record import record_push
from tests.factories import inbound_envelope, make_did
from tests.processes import until

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def links():
    """Two connections outside the pool."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server")
    with open_plain_connection() as one, open_plain_connection() as other:
        yield one, other


def test_idle_connection_is_alive_until_the_server_ends_it(links):
    one, other = links
    assert is_alive(one)

    other.execute("SELECT pg_terminate_backend(%s)", [one.info.backend_pid])

    until(lambda: not is_alive(one))
    assert is_alive(other)


def test_connection_that_is_told_something_is_alive(links):
    one, other = links
    one.execute("LISTEN didsms_test")

    other.execute("NOTIFY didsms_test, 'hello'")
    until(lambda: [notice.payload for notice in one.notifies(timeout=0.1)] == ["hello"])
    other.execute("NOTIFY didsms_test, 'again'")

    assert is_alive(one)
    assert one.execute("SELECT 1").fetchone() == (1,)


def test_closed_connection_is_not_alive(links):
    one, _other = links
    one.close()

    assert not is_alive(one)


def test_a_transaction_whose_client_stopped_is_ended_and_counts_as_a_database_that_is_away(
    links, wrapper
):
    _one, other = links
    with wrapper.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("30s",)
        cursor.execute("SET idle_in_transaction_session_timeout = '50ms'")
    wrapper.set_autocommit(False)
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()

    until(
        lambda: (
            other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone() is None
        ),
        what="the server ends what idles in a transaction",
    )

    with pytest.raises(OperationalError), wrapper.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_read_watermarks_wait_for_longer_than_a_transaction_may_idle():
    assert timedelta(seconds=base.MOST_IDLE_SECONDS) * 2 <= TARGET_AGE


@pytest.fixture
def wrapper(links):
    """A way to the database with a pool of its own, whose connections bear a name."""
    settings = connection.settings_dict
    options = settings["OPTIONS"] | {"application_name": "ends"}
    wrapper = DatabaseWrapper(settings | {"OPTIONS": options}, alias="ends")
    wrapper.ensure_connection()
    wrapper.close()
    until(lambda: wrapper.pool.get_stats()["pool_available"] >= 2)
    yield wrapper
    wrapper.close_pool()


def test_pool_hands_out_no_connection_that_has_ended(links, wrapper):
    _one, other = links
    ours = "FROM pg_stat_activity WHERE application_name = 'ends'"
    dead = {row[0] for row in other.execute(f"SELECT pid {ours}").fetchall()}

    other.execute(f"SELECT pg_terminate_backend(pid) {ours}")
    # The server forgets a connection a moment before it closes its socket.
    until(lambda: not any(is_alive(idle) for idle in wrapper.pool._pool))

    for _turn in range(3):
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone()[0] not in dead
        wrapper.close()
    assert len(dead) >= 2


def test_pool_hands_out_the_connection_that_came_back_last(wrapper):
    pool = wrapper.pool
    first, second = pool.getconn(), pool.getconn()

    for last in (first, second, first):
        other = second if last is first else first
        pool.putconn(other)
        pool.putconn(last)
        again = [pool.getconn(), pool.getconn()]
        assert again == [last, other]
    for link in again:
        pool.putconn(link)


@pytest.mark.django_db(transaction=True)
def test_a_server_that_refuses_to_write_counts_as_one_that_is_away():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no standby")
    make_did()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        with pytest.raises(OperationalError):
            record_push(envelope=inbound_envelope())
        spool_push(inbound_envelope())
        count = drain()
    finally:
        with connection.cursor() as cursor:  # the same one, from the pool
            cursor.execute("RESET default_transaction_read_only")

    assert (count.recorded, count.set_aside, count.left) == (0, 0, 1)
