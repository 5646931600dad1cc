"""The two servers that a measurement compares, their database, and what their processes cost."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bench.against_bare import MAKE_DATA, TOKEN
from bench.people import cookie_of
from bench.processor_time import Meter
from tests.processes import ROOT, Running, process_environment, reserve_port, run_manage, until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: gunicorn's worker of threads as it comes, and with the patience only.
PLAIN: Final = "bench.ablated.PlainWorker"
PATIENT: Final = "didsms_site.server.patient_worker.PatientWorker"
#: Enough that SQLite's and PostgreSQL's choice of an index shows.
LARGE: Final = (20_000, 200_000)
MEMBERS_COOKIE: Final = """
from django.conf import settings
from django.contrib.auth.models import User
from messaging.services.access.sessions import SessionStore
user = User.objects.get(username="member")
session = SessionStore()
session["_auth_user_id"] = str(user.pk)
session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[-1]
session["_auth_user_hash"] = user.get_session_auth_hash()
session.create()
print("SESSION", session.session_key)
"""


@dataclass
class Stage:
    """A filled database and the sessions of those who look at it.

    Attributes:
        env: in which the product works with it.
        cookies: Cookie headers by person: "admin", and "member" where there is much data.
    """

    env: Mapping[str, str]
    folder: Path
    cookies: dict[str, str] = field(default_factory=dict)

    def site(self, *, without: str, worker: str) -> Site:
        """Start a server without one machinery; "" is the whole product."""
        return Site(self, without=without, worker=worker)


class Site(Running):
    """A server under gunicorn with two processes of eight threads."""

    def __init__(self, stage: Stage, *, without: str, worker: str) -> None:
        """Start it and wait until it answers."""
        port = reserve_port()
        self.url, self.stage = f"http://127.0.0.1:{port}", stage
        self.webhook = f"{self.url}/webhooks/nxcloud/{TOKEN}/"
        log = stage.folder / f"web-{without or 'whole'}.log"
        files = stage.folder / "counters"
        files.mkdir(exist_ok=True)
        env = {
            **stage.env,
            "DJANGO_SETTINGS_MODULE": "bench.ablated_settings",
            "PORT": str(port),
            "BENCH_WITHOUT": "" if worker else without,
            **({"PROMETHEUS_MULTIPROC_DIR": str(files)} if without == "shared counter" else {}),
        }
        command = ["gunicorn", "-c", "didsms_site/gunicorn.conf.py"]
        command += ["-k", worker] if worker else []
        super().__init__([*command, "bench.ablated"], env=env, log=log, cwd=ROOT)
        asks = ["curl", "-sf", "-o", "/dev/null", f"{self.url}/healthz"]
        until(lambda: subprocess.run(asks, check=False).returncode == 0, what="the site answers")

    def check(self, path: str, cookie: str) -> None:
        """Make sure that a page is really shown: wrk takes the way to the log-in for an answer."""
        asks = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Cookie: {cookie}"]
        done = subprocess.run([*asks, self.url + path], capture_output=True, text=True, check=True)
        if done.stdout != "200":
            raise RuntimeError(f"{done.stdout} at {path}: nothing was measured")

    def cpu_ms(self) -> Mapping[int, float]:
        """Return the processor time of each process of the server and of its database so far."""
        return self._meter.read()

    def cpu_ms_since(self, before: Mapping[int, float]) -> float:
        """Return what all of them have used since."""
        cost = self._meter.since(before)
        return cost.own_ms + cost.database_ms

    @property
    def _meter(self) -> Meter:
        return Meter(self.process.pid, self.stage.env["DATABASE_URL"])


def data_of(folder: Path, *, database_url: str, is_large: bool) -> Stage:
    """Migrate an empty database and fill it."""
    folder.mkdir()
    env = process_environment(
        var_dir=folder,
        database_url=database_url or f"sqlite:///{folder}/didsms.sqlite3",
        WEB_CONCURRENCY="2",
        WEB_THREADS="8",
    )
    run_manage("migrate", "-v0", env=env)
    stage = Stage(env, folder)
    if is_large:
        subprocess.run(
            [
                *(sys.executable, "-m", "bench.scale_data"),
                *(f"--conversations={LARGE[0]}", f"--messages={LARGE[1]}"),
            ],
            env={**env, "DJANGO_SETTINGS_MODULE": "didsms_site.settings"},
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
            check=True,
        )
        printed = run_manage("shell", "-v0", "-c", MEMBERS_COOKIE, env=env)
        stage.cookies["member"] = _session(printed)
    else:
        run_manage("shell", "-v0", "-c", MAKE_DATA, env=env)
    stage.cookies["admin"] = cookie_of("bench", env=env)
    return stage


def _session(printed: str) -> str:
    line = next(line for line in printed.splitlines() if line.startswith("SESSION "))
    return f"sessionid={line.removeprefix('SESSION ').strip()}"
