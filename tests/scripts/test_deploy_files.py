"""The files of deploy/ say what the product needs."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from didsms_site import environment

DEPLOY = environment.BASE_DIR / "deploy"


def init(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(DEPLOY / "init.sh", folder)
    return subprocess.run(
        ["sh", str(folder / "init.sh"), *arguments], capture_output=True, text=True, check=False
    )


def written(folder: Path) -> dict[str, str]:
    lines = (folder / "didsms.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_init_makes_secrets_of_its_own_for_its_owner_alone(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        assert init(folder, "sms.example.com", "key", "secret").returncode == 0

    first, second = written(one), written(two)
    assert stat.S_IMODE((one / "didsms.env").stat().st_mode) == 0o600
    for name in ("SECRET_KEY", "WEBHOOK_TOKEN", "METRICS_TOKEN", "POSTGRES_PASSWORD"):
        assert re.fullmatch(r"[A-Za-z0-9]{32,60}", first[name])
        assert first[name] != second[name]
    assert first["NXCLOUD_ACCESS_KEY"] == "key"
    assert first["DATABASE_URL"].startswith(f"postgres://didsms:{first['POSTGRES_PASSWORD']}@db")


def test_init_never_replaces_secrets_and_says_how_it_is_used(tmp_path):
    assert init(tmp_path).returncode == 2
    init(tmp_path, "sms.example.com")
    before = written(tmp_path)

    assert init(tmp_path, "sms.example.com").returncode == 1
    assert written(tmp_path) == before


def test_every_name_that_init_writes_is_known(tmp_path):
    init(tmp_path, "sms.example.com")
    example = (environment.BASE_DIR / ".env.example").read_text("utf-8")
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")

    known = set(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE))
    for_compose = set(re.findall(r"\$\{([A-Z_]+)", compose))

    assert set(written(tmp_path)) <= known | for_compose


@pytest.mark.parametrize("name", ["didsms-web", "didsms-worker"])
def test_units_run_what_the_procfile_runs(name):
    procfile = (environment.BASE_DIR / "Procfile").read_text("utf-8")
    commands = dict(line.split(": ", 1) for line in procfile.splitlines())
    unit = (DEPLOY / "systemd" / f"{name}.service").read_text("utf-8")

    command = commands[name.removeprefix("didsms-")]
    assert f"ExecStart=/opt/didsms/.venv/bin/{command}\n" in unit
    assert "NoNewPrivileges=yes" in unit


def test_the_image_runs_what_the_procfile_runs_and_holds_no_secrets():
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    procfile = (environment.BASE_DIR / "Procfile").read_text("utf-8")
    command = json.loads(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[-1])

    assert f"web: {' '.join(command)}\n" in procfile
    assert (environment.BASE_DIR / ".containerignore").read_text("utf-8").startswith("#")
    assert "!.env" not in (environment.BASE_DIR / ".containerignore").read_text("utf-8")
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("state", "names", "code"),
    [
        pytest.param({"worker": "ok"}, ["worker"], 0, id="well"),
        pytest.param({"worker": "away"}, ["worker"], 1, id="a worker is away"),
        pytest.param({"worker": "away"}, [], 0, id="nobody asks for it"),
        pytest.param(None, [], 1, id="not ready"),
    ],
)
def test_the_health_check_of_a_container(state, names, code):
    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if state is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(state or {}).encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Ready)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/readyz"
    try:
        done = subprocess.run(
            [sys.executable, str(DEPLOY / "healthcheck.py"), url, *names],
            capture_output=True, check=False,
        )  # fmt: skip
    finally:
        thread.join()
        server.server_close()

    assert done.returncode == code
