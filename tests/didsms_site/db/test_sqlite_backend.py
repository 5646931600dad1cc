import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from didsms_site.db.sqlite.deadline import write_deadline
from tests.processes import ROOT, process_environment, run_manage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about the SQLite backend"),
]

WRITE = """
import sys, time
import django
django.setup()
from django.contrib.auth.models import Group
from django.db import transaction
print("ready", flush=True)
sys.stdin.readline()
longest = 0
for number in range(50):
    started_at = time.monotonic()
    with transaction.atomic():
        Group.objects.create(name=f"{sys.argv[1]}-{number}")
    longest = max(longest, time.monotonic() - started_at)
print(longest)
"""

OPEN = """
import sys
import django
django.setup()
from django.db import connection
print("ready", flush=True)
sys.stdin.readline()
connection.ensure_connection()
print("open")
"""


def in_thread(work: Callable[[], object]) -> object:
    """Run something on a connection of another thread; return its result or its exception."""
    result: list[object] = []

    def run() -> None:
        try:
            result.append(work())
        except Exception as error:  # noqa: BLE001 - it is handed to the test
            result.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


def write_soon(name: str = "soon") -> str:
    with write_deadline(0.3), transaction.atomic():
        return Group.objects.create(name=name).name


def busy_timeout_ms() -> int:
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA busy_timeout").fetchone()[0]


def test_a_write_that_gets_no_turn_says_that_the_database_is_locked():
    with transaction.atomic():
        Group.objects.create(name="first")
        started_at = time.monotonic()
        answer = in_thread(write_soon)
        took_seconds = time.monotonic() - started_at

    assert isinstance(answer, OperationalError)
    assert str(answer).startswith("database is locked")
    assert took_seconds < 10  # and not the usual 20
    assert in_thread(write_soon) == "soon"


def test_a_single_statement_outside_a_transaction_queues_too():
    def rename_soon() -> int:
        with write_deadline(0.3):
            return Group.objects.filter(name="first").update(name="second")

    Group.objects.create(name="first")
    with transaction.atomic():
        Group.objects.create(name="other")
        assert isinstance(in_thread(rename_soon), OperationalError)

    assert in_thread(rename_soon) == 1


def test_reading_never_waits_for_a_writer():
    Group.objects.create(name="committed")
    with transaction.atomic():
        Group.objects.create(name="not yet")

        assert in_thread(lambda: list(Group.objects.values_list("name", flat=True))) == [
            "committed"
        ]


def test_a_program_outside_our_queue_is_waited_for_until_the_same_deadline():
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    started_at = time.monotonic()

    answer = in_thread(write_soon)

    assert isinstance(answer, OperationalError)
    assert time.monotonic() - started_at < 18  # and not the usual 20
    other.execute("ROLLBACK")
    other.close()
    assert in_thread(write_soon) == "soon"


def test_after_a_deadline_sqlite_waits_as_long_as_usual_again():
    write_soon()
    assert busy_timeout_ms() <= 300

    Group.objects.create(name="later")

    assert busy_timeout_ms() == 20_000


def commit() -> None:
    with transaction.atomic():
        Group.objects.create(name="x")


def roll_back() -> None:
    with transaction.atomic():
        Group.objects.create(name="x")
        transaction.set_rollback(True)


@transaction.atomic
def write_and_then(what_follows: Callable[[], object]) -> None:
    Group.objects.create(name="x")
    what_follows()


def fail() -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_then(lambda: 1 / 0)


def fail_within_a_savepoint() -> None:
    with transaction.atomic():
        fail()


def close_in_the_middle() -> None:
    write_and_then(connection.close)


def fail_to_begin() -> None:
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError), write_deadline(0.05), transaction.atomic():
        pass
    other.close()


def fail_in_a_single_statement() -> None:
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("INSERT INTO no_such_table VALUES (1)")


@pytest.mark.parametrize(
    "end",
    [
        commit,
        roll_back,
        fail,
        fail_within_a_savepoint,
        close_in_the_middle,
        fail_to_begin,
        fail_in_a_single_statement,
    ],
    ids=lambda function: function.__name__,
)
def test_the_next_writer_gets_in_however_a_transaction_ends(end: Callable[[], None]):
    end()

    assert in_thread(write_soon) == "soon"


def test_eight_threads_write_everything_without_a_lock_error():
    def write(thread: int) -> None:
        try:
            for number in range(25):
                with transaction.atomic():
                    Group.objects.create(name=f"{thread}-{number}")
        except OperationalError as error:
            errors.append(error)
        finally:
            connection.close()

    errors: list[OperationalError] = []
    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert Group.objects.count() == 200


def outputs_of(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Let all processes go at the same moment, and return what each printed then."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate()[0] for process in processes]


def python(code: str, *arguments: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.nightly
def test_four_processes_share_the_file_fairly(tmp_path: Path):
    env = process_environment(var_dir=tmp_path, DJANGO_SETTINGS_MODULE="didsms_site.settings")
    run_manage("migrate", "-v0", "auth", env=env)

    longest = outputs_of([python(WRITE, str(number), env=env) for number in range(4)])

    database = sqlite3.connect(tmp_path / "didsms.sqlite3")
    assert database.execute("SELECT count(*) FROM auth_group").fetchone() == (200,)
    database.close()
    assert max(map(float, longest)) < 10  # SQLite itself gives up after 20


@pytest.mark.nightly
def test_many_processes_may_open_a_new_file_at_once(tmp_path: Path):
    env = process_environment(var_dir=tmp_path, DJANGO_SETTINGS_MODULE="didsms_site.settings")

    assert outputs_of([python(OPEN, env=env) for _ in range(3)]) == ["open\n"] * 3


def test_a_migration_looks_for_rows_that_refer_to_nothing_after_its_commit():
    with CaptureQueriesContext(connection) as queries, connection.schema_editor() as editor:
        editor.execute("SELECT 1")
    said = [query["sql"] for query in queries]
    assert said.index("COMMIT") < said.index("PRAGMA foreign_key_check")

    with (
        pytest.raises(IntegrityError, match="invalid foreign key"),
        connection.schema_editor() as editor,
    ):
        editor.execute("INSERT INTO auth_user_groups (user_id, group_id) VALUES (77, 77)")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM auth_user_groups")
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
