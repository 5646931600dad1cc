"""A process keeps its locks on the file, or others would delete the log that it writes to."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connections

pytestmark = pytest.mark.django_db(transaction=True)

OPEN_AND_CLOSE = (
    "import sqlite3, sys; "
    "sqlite3.connect(sys.argv[1]).execute('SELECT * FROM sqlite_master').fetchall()"
)


def test_another_process_that_opens_and_closes_the_file_leaves_our_log_alone(settings):
    main = connections["default"]
    if main.vendor != "sqlite":
        pytest.skip("about SQLite's files")
    name = str(main.settings_dict["NAME"])
    main.ensure_connection()
    second = connections.create_connection("default")
    second.settings_dict = main.settings_dict
    second.ensure_connection()
    second.close()

    subprocess.run([sys.executable, "-c", OPEN_AND_CLOSE, name], check=True)
    with main.cursor() as cursor:
        cursor.execute("CREATE TABLE witness (x)")

    assert Path(f"{name}-wal").exists()
    outside = sqlite3.connect(name)
    assert outside.execute("SELECT name FROM sqlite_master WHERE name = 'witness'").fetchall()
    outside.close()
    with main.cursor() as cursor:
        cursor.execute("DROP TABLE witness")
