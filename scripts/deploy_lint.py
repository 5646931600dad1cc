"""Lint the files of deploy/ with what the machine has; say what was left out.

PyPI has hadolint and Docker Compose for the usual platform, Debian has the rest; each program is
asked only where it is.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from scripts.deploy_machine import BIN, ROOT

DEPLOY = ROOT / "deploy"
#: `systemd-analyze security` gives marks from 0 (safe) to 10; in tenths.
MOST_EXPOSED = 20


def main() -> int:
    """Run each linter that is there; return the number of findings."""
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    found = []
    linters: dict[str, Callable[[], str]] = {
        "hadolint": hadolint,
        "docker-compose": compose,
        "systemd-analyze": units,
        "caddy": caddy,
        "nginx": nginx,
        "sh": shell,
    }
    for name, lint in linters.items():
        if shutil.which(name) is None:
            print(f"{name} is not here: its files were not looked at")
        elif said := lint():
            found.append(said)
            print(f"{name}: {said}")
    return 1 if found else 0


def said_by(*command: str | Path, **env: str) -> str:
    """Return what a program says when it fails, or warns on its error output."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **env},
    )
    return (done.stdout + done.stderr).strip() or "failed" if done.returncode else ""


def hadolint() -> str:
    """Lint the image's recipe."""
    return said_by("hadolint", DEPLOY / "Containerfile")


def compose() -> str:
    """Let Compose read its file: it knows every key."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("compose.yaml", "init.sh"):
            shutil.copy(DEPLOY / file, folder)
        shutil.copytree(DEPLOY / "proxy", folder / "proxy")
        return said_by("sh", folder / "init.sh", "sms.example.com") or said_by(
            "docker-compose", "-f", folder / "compose.yaml",
            "--env-file", folder / "didsms.env", "config", "-q",
        )  # fmt: skip


def units() -> str:
    """Let systemd read the units, and say how much they leave open."""
    with tempfile.TemporaryDirectory() as name:
        for path in sorted((DEPLOY / "systemd").glob("*.service")):
            # What they start must be there.
            text = path.read_text("utf-8").replace("/opt/didsms/.venv/bin", str(BIN))
            copy = Path(name) / path.name
            copy.write_text(text, "utf-8")
            done = subprocess.run(
                ["systemd-analyze", "verify", "--man=no", str(copy)],
                capture_output=True,
                text=True,
                check=False,
            )
            said = done.stderr.strip() or said_by(
                "systemd-analyze", "security", "--offline=true",
                f"--threshold={MOST_EXPOSED}", copy,
            )  # fmt: skip
            if said:
                return f"{path.name}: {said}"
    return ""


def caddy() -> str:
    """Let Caddy read its file."""
    return said_by(
        "caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "proxy/Caddyfile",
        DOMAIN="http://localhost",
    )  # fmt: skip


def nginx() -> str:
    """Let nginx read its file, with a certificate of the moment."""
    if os.geteuid() != 0 or shutil.which("openssl") is None:
        return ""  # It wants to open its logs.
    with tempfile.TemporaryDirectory() as name:
        key, certificate = f"{name}/key.pem", f"{name}/cert.pem"
        said_by(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
            "-subj", "/CN=localhost", "-keyout", key, "-out", certificate,
        )  # fmt: skip
        text = (DEPLOY / "proxy/nginx.conf").read_text("utf-8")
        text = re.sub(r"/etc/letsencrypt\S+privkey\.pem", key, text)
        text = re.sub(r"/etc/letsencrypt\S+fullchain\.pem", certificate, text)
        site = Path(name) / "site.conf"
        site.write_text(text.replace("/var/log/nginx/", f"{name}/"), "utf-8")
        whole = Path(name) / "nginx.conf"
        head = f"pid {name}/pid; error_log {name}/error.log; events {{}}\n"
        whole.write_text(f"{head}http {{ include {site}; }}\n", "utf-8")
        return said_by("nginx", "-t", "-q", "-c", whole)


def shell() -> str:
    """Let the shell read the script."""
    return said_by("sh", "-n", DEPLOY / "init.sh")


if __name__ == "__main__":
    sys.exit(main())
