"""A PostgreSQL server of a test's own with a standby that follows it and can take its place.

It uses the programs that Debian installs, in a temporary folder, as the user postgres where the
test runs as root. Nothing waits for the disk: what is lost here are processes, never the machine.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.processes import reserve_port, until

CONFIGURATION = """
listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 32MB
fsync = off
full_page_writes = off
wal_keep_size = 256MB
hot_standby = on
"""


def programs() -> Path | None:
    """Return the folder of the newest installed server's programs; None where there is none."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    folders = sorted((path.parent for path in found), key=lambda path: int(path.parts[-2]))
    if folders:
        return folders[-1]
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


class Cluster:
    """A primary and its standby; a commit is told when both have it.

    Attributes:
        failovers: how often the standby has taken over.
    """

    def __init__(self, folder: Path, binaries: Path) -> None:
        self._folder, self._binaries = folder, binaries
        self._count = 0
        self.failovers = 0
        self._primary = self._new_folder()
        self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-D", self._primary)
        self._configure(self._primary)
        self._start(self._primary)
        self._standby = self._follow()

    @property
    def port(self) -> int:
        """Where the primary listens."""
        return int((self._primary / "port").read_text())

    @property
    def pid(self) -> int:
        """The process of the primary; all others of its server are below it."""
        return int((self._primary / "postmaster.pid").read_text().splitlines()[0])

    @property
    def server(self) -> str:
        """The address of the primary, past every proxy."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def crash(self) -> None:
        """End the primary at once, as kill -9 would."""
        self._run("pg_ctl", "-D", self._primary, "-m", "immediate", "-w", "stop")

    def promote(self) -> None:
        """Let the standby take the place of a primary that has crashed."""
        self._run("pg_ctl", "-D", self._standby, "-w", "promote")
        lost, self._primary = self._primary, self._standby
        shutil.rmtree(lost)
        self.failovers += 1

    def rebuild(self) -> None:
        """Give the primary a standby again, which has everything when this returns."""
        self._standby = self._follow()

    def stop(self) -> None:
        """End both."""
        for folder in (self._standby, self._primary):
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("pg_ctl", "-D", folder, "-m", "immediate", "-w", "stop")

    def _follow(self) -> Path:
        standby = self._new_folder()
        source = f"host=127.0.0.1 port={self.port} user=postgres application_name=follower"
        self._run("pg_basebackup", "-d", source, "-D", standby, "-R", "-X", "stream", "-c", "fast",
                  "--no-sync")  # fmt: skip
        self._configure(standby)
        self._start(standby)
        until(self._is_followed, timeout_seconds=60, what="the standby follows")
        # From now on a commit is told when the standby has it; it would wait for one that is gone.
        self._set("synchronous_standby_names", "*")
        until(lambda: self._ask("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        return standby

    def _is_followed(self) -> bool:
        return self._ask("SELECT state FROM pg_stat_replication") == [("streaming",)]

    def _configure(self, folder: Path) -> None:
        """Give a server a port of its own; the last of equal settings counts."""
        port = reserve_port()
        (folder / "port").write_text(str(port))
        with (folder / "postgresql.conf").open("a") as file:
            file.write(f"{CONFIGURATION}port = {port}\nunix_socket_directories = '{folder}'\n")
        with (folder / "postgresql.auto.conf").open("a") as file:
            file.write("synchronous_standby_names = ''\n")

    def _set(self, name: str, value: str) -> None:
        self._ask(f"ALTER SYSTEM SET {name} = '{value}'")
        self._ask("SELECT pg_reload_conf()")

    def _ask(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.server, autocommit=True) as link:
            cursor = link.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def _start(self, folder: Path) -> None:
        self._run("pg_ctl", "-D", folder, "-w", "-l", folder / "log", "start")

    def _new_folder(self) -> Path:
        self._count += 1
        return self._folder / f"server{self._count}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._binaries / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # Its output goes to a file: a server that it starts would keep a pipe open.
        with (self._folder / "output").open("ab") as output:
            subprocess.run(
                command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=120,
                check=True,
            )


@contextlib.contextmanager
def cluster() -> Iterator[Cluster | None]:
    """Run a primary and a standby; None where the programs are missing."""
    binaries = programs()
    if binaries is None:
        yield None
        return
    # Not below pytest's folders, which are root's alone.
    with tempfile.TemporaryDirectory(prefix="didsms-cluster-", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            shutil.chown(name, "postgres", "postgres")
        running = Cluster(Path(name), binaries)
        try:
            yield running
        finally:
            running.stop()
