import os
import re
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from didsms_site.environment import BASE_DIR
from didsms_site.server.supervisor import Child
from scripts import quickstart as module
from scripts.quickstart import check_room, keep_secrets, shown, use_simulator
from tests.processes import (
    Running,
    process_environment,
    reserve_port,
    reserve_two_ports,
    until,
)
from tests.small_disk import small_disk

NAMES = {"SECRET_KEY", "WEBHOOK_TOKEN", "SIMULATOR_ACCESS_KEY", "SIMULATOR_ACCESS_SECRET"}


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    with patch.dict(os.environ):
        for name in NAMES:
            os.environ.pop(name, None)
        yield


def names_in(path: Path) -> set[str]:
    return set(re.findall(r"^(\w+)=", path.read_text("utf-8"), re.MULTILINE))


def test_secrets_are_made_for_the_owner_only(tmp_path: Path):
    kept = tmp_path / "generated.env"

    keep_secrets(kept)

    assert names_in(kept) == NAMES
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_secrets_are_made_once(tmp_path: Path):
    kept = tmp_path / "generated.env"
    keep_secrets(kept)
    first = kept.read_text("utf-8")

    keep_secrets(kept)

    assert kept.read_text("utf-8") == first


def test_what_somebody_has_set_is_not_made_even_when_it_is_empty(tmp_path: Path):
    os.environ["WEBHOOK_TOKEN"] = ""

    keep_secrets(tmp_path / "generated.env")

    assert names_in(tmp_path / "generated.env") == NAMES - {"WEBHOOK_TOKEN"}


def quickstart(var_dir: Path, log: Path, port: int, **more: str) -> Running:
    env = process_environment(var_dir=var_dir, PORT=str(port), WEB_CONCURRENCY="1")
    for name in ("SECRET_KEY", "WEBHOOK_TOKEN", "NXCLOUD_ACCESS_KEY", "NXCLOUD_ACCESS_SECRET"):
        del env[name]
    return Running([sys.executable, "-m", "scripts.quickstart"], env=env | more, log=log)


def rows_of(var_dir: Path, table: str) -> int:
    with closing(sqlite3.connect(var_dir / "didsms.sqlite3", timeout=20)) as database:
        (count,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(count)


def ready(running: Running) -> None:
    until(
        lambda: "didsms is ready." in running.output or not running.is_running, timeout_seconds=300
    )
    assert running.is_running, running.output


def test_the_first_start_makes_everything_and_the_second_keeps_it(tmp_path: Path):
    var_dir, port = tmp_path / "own", reserve_two_ports()
    with quickstart(var_dir, tmp_path / "first", port) as running:
        ready(running)
        assert re.findall(r"^Username: (\S+)$", running.output, re.MULTILINE) == ["admin"]
        assert len(re.findall(r"^Password: \S{12,}$", running.output, re.MULTILINE)) == 1
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
            assert page.url.startswith(f"http://127.0.0.1:{port}/accounts/login/")
            assert "go on where you were" not in page.read().decode()
        assert f"Listening at: http://127.0.0.1:{port} " in running.output
        assert f"your data stays in the folder {var_dir}/.\n" in running.output
        until(lambda: rows_of(var_dir, "messaging_message") > 0)
        assert running.stop() == 0
    messages = rows_of(var_dir, "messaging_message")

    with quickstart(var_dir, tmp_path / "second", port) as running:
        ready(running)
        assert "Password:" not in running.output
    assert rows_of(var_dir, "messaging_message") == messages
    assert stat.S_IMODE(var_dir.stat().st_mode) == 0o700


def test_with_real_credentials_neither_simulator_nor_demo_is_asked_for(tmp_path, monkeypatch):
    asked: list[list[str]] = []
    started: list[str] = []

    def prepare(command: list[str], **_how: object) -> subprocess.CompletedProcess[str]:
        asked.append(command[1:])
        return subprocess.CompletedProcess(command, 0)

    class Supervisor:
        def __init__(self, children: list[Child]) -> None:
            started.extend(child.name for child in children)
            self.is_stopping = threading.Event()
            self.is_stopping.set()

        def catch_signals(self) -> None: ...

        def run(self) -> None: ...

    os.environ |= {"NXCLOUD_ACCESS_KEY": "mine", "NXCLOUD_ACCESS_SECRET": "mine too"}
    os.environ |= {"VAR_DIR": str(tmp_path / "own"), "PORT": str(reserve_port()), "ENV_FILE": ""}
    monkeypatch.setattr(subprocess, "run", prepare)
    monkeypatch.setattr(module, "Supervisor", Supervisor)
    monkeypatch.setattr(os, "umask", lambda _mask: 0)

    module.main()

    assert asked == [["-m", "scripts.prepare"]]
    assert started == ["web", "worker"]


@pytest.mark.nightly
def test_with_real_credentials_there_is_no_simulator_and_no_demo(tmp_path: Path):
    real = {"NXCLOUD_ACCESS_KEY": "mine", "NXCLOUD_ACCESS_SECRET": "mine too"}
    with quickstart(tmp_path / "own", tmp_path / "log", reserve_port(), **real) as running:
        ready(running)

    assert "simulator" not in running.output
    assert rows_of(tmp_path / "own", "messaging_didnumber") == 0


def test_the_usual_folder_is_shown_by_its_short_name():
    assert shown(BASE_DIR / "var") == "the folder var/"


def test_a_port_that_is_none_is_said_in_plain_words(tmp_path: Path):
    with quickstart(tmp_path / "own", tmp_path / "log", 70000) as running:
        assert running.process.wait(20) == 1

    assert running.output == "PORT is 70000; the most is 65535.\n"


def test_a_folder_that_takes_nothing_is_said_in_plain_words():
    with pytest.raises(SystemExit, match=r"^/proc can’t be written: .+ set VAR_DIR to another"):
        check_room(Path("/proc"))


def test_a_full_disk_is_said_in_plain_words(tmp_path: Path):
    with small_disk(tmp_path / "small", megabytes=4) as folder:
        with pytest.raises(SystemExit, match="is full"):
            check_room(folder)

        assert list(folder.iterdir()) == []


def test_where_there_is_room_nothing_is_left_behind(tmp_path: Path):
    folder = tmp_path / "own"
    folder.mkdir()

    check_room(folder)

    assert list(folder.iterdir()) == []


def test_beside_the_highest_port_the_simulator_takes_one_below(monkeypatch):
    monkeypatch.setattr(module, "is_free", lambda port: port != 65534)
    env = {"SIMULATOR_ACCESS_KEY": "key", "SIMULATOR_ACCESS_SECRET": "secret"}

    assert use_simulator(env, beside=65535) == "http://127.0.0.1:65533"
    assert use_simulator(env, beside=65533) == "http://127.0.0.1:65535"


def test_a_taken_port_is_said_in_plain_words(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with quickstart(tmp_path / "own", tmp_path / "log", port) as running:
            assert running.process.wait(20) == 1

    assert running.output.startswith(f"Port {port} is taken by another program.")
