"""`make run`: the whole product on this machine, with the simulator if there is no provider."""

import contextlib
import errno
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from didsms_site import environment
from didsms_site.server.supervisor import Child, Supervisor

_BIN = Path(sys.executable).parent
#: An empty database, the log and what SQLite writes beside it.
LEAST_ROOM_BYTES = 10_000_000
_FIRST_PHONE = "34612345678"
_FIRST_TEXT = "Hello! Is your shop open on Sunday?"


def main() -> None:
    """Prepare what is missing, then run until Ctrl-C."""
    os.chdir(environment.BASE_DIR)
    os.umask(0o077)
    with environment.refusals_in_a_line():
        var_dir = environment.load()
        environment.make_var_dir(var_dir)
        check_room(var_dir)
        highest = environment.HIGHEST_PORT
        port = environment.integer("PORT", 8000, minimum=1, maximum=highest)
    is_demo = not environment.text("NXCLOUD_ACCESS_KEY")
    if not is_free(port):
        another = port + 80 if port + 80 <= highest else port - 80
        sys.exit(
            f"Port {port} is taken by another program. Stop that one, or choose another port: "
            f"PORT={another} make run"
        )
    keep_secrets(var_dir / "generated.env")

    env = child_environment(port=port)
    phone_url = ""
    if is_demo:
        phone_url = use_simulator(env, beside=port)
    demo_made = var_dir / "demo-made"
    is_first_start = not demo_made.exists()
    prepared = subprocess.run(
        [sys.executable, "-m", "scripts.prepare", *(["--demo"] if is_demo else [])],
        env=env,
        check=False,
    )
    if prepared.returncode:
        sys.exit(prepared.returncode)

    supervisor = Supervisor(children(env, phone_url=phone_url))
    supervisor.catch_signals()
    threading.Thread(
        target=welcome,
        args=(supervisor, f"http://127.0.0.1:{port}"),
        kwargs={
            "phone_url": phone_url,
            "demo_made": demo_made,
            "is_first_start": is_first_start,
        },
        daemon=True,
    ).start()
    supervisor.run()
    print("Stopped. `make run` starts it again with the same data.")


def check_room(folder: Path) -> None:
    """Write a little into a folder; end with a line where it takes nothing."""
    probe = folder / ".room"
    try:
        probe.write_bytes(b"x" * LEAST_ROOM_BYTES)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            sys.exit(f"The disk of {folder} is full. Make room, or set VAR_DIR to another folder.")
        sys.exit(
            f"{folder} can’t be written: {error.strerror}. "
            "Change its owner, or set VAR_DIR to another folder."
        )
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def is_free(port: int) -> bool:
    """Return whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - nobody, on any address
        except OSError:
            return False
        return True


def keep_secrets(path: Path) -> None:
    """Make the secrets that nobody has set, once, and keep them in a file only the owner reads."""
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "WEBHOOK_TOKEN": secrets.token_urlsafe(24),
        "SIMULATOR_ACCESS_KEY": secrets.token_hex(8),
        "SIMULATOR_ACCESS_SECRET": secrets.token_hex(16),
    }
    missing = {name: value for name, value in made.items() if name not in os.environ}
    if not missing:
        return
    kept = path.read_text("utf-8") if path.exists() else "# Made by the quick start; keep secret.\n"
    lines = "".join(f"{name}={value}\n" for name, value in missing.items())
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(kept + lines, "utf-8")
    draft.replace(path)
    os.environ.update(missing)


def child_environment(*, port: int) -> dict[str, str]:
    """Return what every child gets: this environment, with our Python first on PATH."""
    env = dict(os.environ)
    env["PATH"] = f"{_BIN}{os.pathsep}{env.get('PATH', '')}"
    env["PORT"] = str(port)
    env["PYTHONUNBUFFERED"] = "1"
    env.setdefault("WEB_HOST", "127.0.0.1")
    env.setdefault("DJANGO_SETTINGS_MODULE", "didsms_site.settings")
    env.setdefault("PUBLIC_BASE_URL", f"http://127.0.0.1:{port}")
    return env


def use_simulator(env: dict[str, str], *, beside: int) -> str:
    """Point the children at the simulator and return its address."""
    above = range(beside + 1, min(beside + 200, environment.HIGHEST_PORT + 1))
    below = range(beside - 1, max(beside - 200, 0), -1)
    port = next(number for number in (*above, *below) if is_free(number))
    url = f"http://127.0.0.1:{port}"
    env["NXCLOUD_BASE_URL"] = url
    env["NXCLOUD_ACCESS_KEY"] = env["SIMULATOR_ACCESS_KEY"]
    env["NXCLOUD_ACCESS_SECRET"] = env["SIMULATOR_ACCESS_SECRET"]
    return url


def children(env: dict[str, str], *, phone_url: str) -> list[Child]:
    """Return the processes to run: the two of the Procfile, and the simulator when it is used."""
    procfile = (environment.BASE_DIR / "Procfile").read_text("utf-8")
    found = [
        Child(name=name, command=command.split(), env=env)
        for name, command in (line.split(":", 1) for line in procfile.splitlines() if line)
    ]
    if phone_url:
        token = quote(env["WEBHOOK_TOKEN"])
        push_url = f"http://127.0.0.1:{env['PORT']}/webhooks/nxcloud/{token}/"
        command = [sys.executable, "manage.py", "simulate_nxcloud", "--webhook-url", push_url]
        command += ["--port", phone_url.rsplit(":", 1)[1]]
        found.append(Child(name="simulator", command=command, env=env))
    return found


def welcome(
    supervisor: Supervisor, url: str, *, phone_url: str, demo_made: Path, is_first_start: bool
) -> None:
    """Say where to click as soon as the site answers; in a new demo a first text arrives then."""
    while not answers(f"{url}/healthz"):
        if supervisor.is_stopping.wait(0.2):
            return
    lines = [
        "",
        "didsms is ready.",
        f"  Inbox    {url}/",
        f"  Admin    {url}/admin/",
        f"  API      {url}/api/v1/docs/",
    ]
    if phone_url:
        lines.append(f"  A phone  {phone_url}/   (write to the demo number as a customer would)")
    lines += [f"  Ctrl-C stops everything; your data stays in {shown(demo_made.parent)}.", ""]
    supervisor.say("\n".join(lines))
    if phone_url and is_first_start:
        did = demo_made.read_text("ascii")
        while not first_text_arrives(phone_url, did=did) and not supervisor.is_stopping.wait(0.5):
            pass


def shown(folder: Path) -> str:
    """Return a folder as a person finds it: inside the project from there, else whole."""
    if folder.is_relative_to(environment.BASE_DIR):
        return f"the folder {folder.relative_to(environment.BASE_DIR)}/"
    return f"the folder {folder}/"


def answers(url: str) -> bool:
    """Return whether something answers at an address, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own http address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def first_text_arrives(phone_url: str, *, did: str) -> bool:
    """Let the simulated phone write to the demo number, so that the inbox is not empty."""
    body = json.dumps({"from": _FIRST_PHONE, "to": did, "content": _FIRST_TEXT}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own http address
        f"{phone_url}/control/inbound",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
            return int(response.status) < 300
    except OSError:
        return False


if __name__ == "__main__":
    main()
