"""`make deploy-test`: build the image, start it behind each proxy, let a text come and be answered.

It changes the machine (apt-get, images, volumes), so it is not part of `make test`. It ends with
figures.
"""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from scripts.deploy_compose import build_images, composed
from scripts.deploy_machine import (
    BIN,
    IMAGE,
    ROOT,
    Container,
    build_image,
    configured,
    install_programs,
    make_base_image,
    run,
    until,
)
from scripts.deploy_site import DID, HOST, PASSWORD, SIMULATOR, TLS, Site, answers
from scripts.deploy_systemd import UNITS, booted

WEB = 18000
VOLUME = "didsms-test-var"


def main() -> None:
    """Run every part, or those that the command line names, and print the figures."""
    parts = {"containers": with_containers, "systemd": with_systemd, "compose": with_compose}
    install_programs()
    figures: dict[str, str] = {}
    with configured() as folder:
        began = time.monotonic()
        make_base_image()
        build_image()
        figures["image built in"] = since(began)
        size = int(run("podman", "image", "inspect", IMAGE, "--format", "{{.Size}}"))
        figures["image size"] = f"{size / 1e6:.0f} MB"
        make_certificate(folder)
        env = write_environment(folder)
        for name in sys.argv[1:] or parts:
            print(f"--- {name} ---", flush=True)
            parts[name](folder, env, figures)
    print("\n--- deploy-test ---")
    for name, value in figures.items():
        print(f"{name:<44}{value}")
    print("Everything passed.")


def since(began: float) -> str:
    """Return how long ago a moment was, as a figure."""
    return f"{time.monotonic() - began:.1f} s"


def with_containers(folder: Path, env: Path, figures: dict[str, str]) -> None:
    """Run web and worker in bare containers, behind each proxy."""
    run("podman", "volume", "rm", "--force", VOLUME, check=False)
    with containers(env) as (web, worker), simulator(folder, env):
        site = Site(folder, web.execute(*PREPARE_COMMAND).strip())
        for proxy in (caddy, nginx):
            with proxy(folder):
                name = proxy.__name__
                figures[f"{name}: text in, answered, delivered"] = f"{site.talk():.1f} s"
                began = time.monotonic()
                for container in (web, worker):
                    container.kill()
                    container.start()
                until(web.is_healthy, "web is healthy again")
                site.talk()
                figures[f"{name}: killed, back, talking again"] = since(began)
                site.check_forwarding()
                site.check_stream()
        figures["web, worker stopped with"] = f"{web.stop()}, {worker.stop()}"


def with_systemd(folder: Path, env: Path, figures: dict[str, str]) -> None:
    """Boot a machine with the units."""
    with simulator(folder, env), booted(folder, env, code=PREPARE) as (machine, token):
        figures["systemd: boot to web and worker ready"] = f"{machine.boot_seconds:.1f} s"
        with caddy(folder):
            site = Site(folder, token)
            figures["systemd: text in, answered, delivered"] = f"{site.talk():.1f} s"
            began = time.monotonic()
            for unit in UNITS:
                machine.kill(unit)
                until(partial(machine.is_active, unit), f"{unit} is back")
            site.talk()
            figures["systemd: killed, back, talking again"] = since(began)


def with_compose(folder: Path, _env: Path, figures: dict[str, str]) -> None:
    """Bring the compose file up as the page for operators says."""
    build_images(folder)
    part = folder / "compose"
    part.mkdir()
    began = time.monotonic()
    with composed(part) as project, simulator(part, project.env):
        figures["compose: up and healthy"] = since(began)
        site = Site(part, project.execute("web", *PREPARE_COMMAND).strip())
        figures["compose: text in, answered, delivered"] = f"{site.talk():.1f} s"
        began = time.monotonic()
        for service in ("web", "worker", "db"):
            project.kill(service)
        ready = f"https://{HOST}:{TLS}/readyz"
        until(lambda: answers(ready, part), "web is ready again", seconds=120)
        site.talk()
        figures["compose: killed, back, talking again"] = since(began)
        site.check_forwarding()
        backup = ("backup", "/var/lib/didsms-backups", "--keep", "2", "--prove")
        project.execute("worker", "python", "manage.py", *backup)


def make_certificate(folder: Path) -> None:
    """Make a certificate for this test."""
    run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
        "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
        "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
    )  # fmt: skip
    (folder / "key.pem").chmod(0o644)  # the proxies read it as users of their own


def write_environment(folder: Path) -> Path:
    """Write the containers' environment, as deploy/init.sh does."""
    path = folder / "didsms.env"
    names = {
        "PUBLIC_BASE_URL": f"https://{HOST}:{TLS}",
        "NXCLOUD_BASE_URL": f"http://127.0.0.1:{SIMULATOR}",
        "NXCLOUD_ACCESS_KEY": "test-access-key",
        "NXCLOUD_ACCESS_SECRET": "test-access-secret",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "WEBHOOK_TOKEN": "test-webhook-token",
        "TRUSTED_PROXY_COUNT": "1",
        "PORT": str(WEB),
        "WEB_HOST": "127.0.0.1",
    }
    path.write_text("".join(f"{name}={value}\n" for name, value in names.items()), "utf-8")
    return path


@contextlib.contextmanager
def containers(env: Path) -> Iterator[tuple[Container, Container]]:
    """Migrate, then run web and worker, and take them away at the end."""
    once = Container("migrate", "python", "manage.py", "migrate", "-v0", env=env, volume=VOLUME)
    run("podman", "wait", once.name)
    once.remove()
    web = Container("web", env=env, volume=VOLUME)
    worker = Container("worker", "python", "manage.py", "run_outbox", env=env, volume=VOLUME)
    try:
        until(web.is_healthy, "web is healthy")
        yield web, worker
    except BaseException:
        print(f"web said:\n{web.log()}\nworker said:\n{worker.log()}", file=sys.stderr)
        raise
    finally:
        web.remove()
        worker.remove()
        run("podman", "volume", "rm", "--force", VOLUME, check=False)


#: Makes a DID number and an administrator with a token, and prints the token.
PREPARE = (
    "from django.contrib.auth.models import User\n"
    "from rest_framework.authtoken.models import Token\n"
    "from messaging.models import DidNumber\n"
    f"DidNumber.objects.create(number='{DID}')\n"
    f"boss = User.objects.create_superuser('boss', '', '{PASSWORD}')\n"
    "print(Token.objects.create(user=boss).key)\n"
)
PREPARE_COMMAND = ("python", "manage.py", "shell", "-v0", "-c", PREPARE)


@contextlib.contextmanager
def process(*command: str, env: dict[str, str], log: Path) -> Iterator[None]:
    """Run a program beside the test."""
    with log.open("ab") as output:
        running = subprocess.Popen(command, env=env, cwd=ROOT, stdout=output, stderr=output)
        try:
            yield
        finally:
            running.terminate()
            running.wait()


@contextlib.contextmanager
def simulator(folder: Path, env: Path) -> Iterator[None]:
    """Run the provider's stand-in; it pushes through the TLS proxy."""
    text = env.read_text("utf-8")
    names = dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))
    var = folder / "simulator"
    var.mkdir(exist_ok=True)
    environment = {
        **os.environ, **names, "VAR_DIR": str(var), "ENV_FILE": "", "DATABASE_URL": "",
        "SSL_CERT_FILE": str(folder / "cert.pem"), "REQUESTS_CA_BUNDLE": str(folder / "cert.pem"),
    }  # fmt: skip
    command = [
        str(BIN / "python"), "manage.py", "simulate_nxcloud",
        "--host", "0.0.0.0", "--port", str(SIMULATOR),  # noqa: S104
        "--receipt-delay", "0.2",
        "--webhook-url", f"https://{HOST}:{TLS}/webhooks/nxcloud/{names['WEBHOOK_TOKEN']}/",
    ]  # fmt: skip
    with process(*command, env=environment, log=folder / "simulator.log"):
        until(lambda: answers(f"http://127.0.0.1:{SIMULATOR}/"), "the simulator answers")
        yield


@contextlib.contextmanager
def caddy(folder: Path) -> Iterator[None]:
    """Run Caddy with the shipped Caddyfile and the test's certificate."""
    text = (ROOT / "deploy/proxy/Caddyfile").read_text("utf-8")
    own = f"\ttls {folder}/cert.pem {folder}/key.pem\n"
    head = "{\n\tauto_https disable_redirects\n\tadmin off\n}\n"
    lines = text.splitlines(keepends=True)
    site = next(number for number, line in enumerate(lines) if line.startswith("{$DOMAIN"))
    lines.insert(site + 1, own)
    (folder / "Caddyfile").write_text(head + "".join(lines), "utf-8")
    env = {
        **os.environ, "DOMAIN": f"{HOST}:{TLS}", "UPSTREAM": f"127.0.0.1:{WEB}",
        "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder),
    }  # fmt: skip
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with process(*command, env=env, log=folder / "caddy.log"):
        until(lambda: answers(f"https://{HOST}:{TLS}/healthz", folder), "Caddy answers")
        yield


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[None]:
    """Run nginx with the shipped configuration and the test's names and certificate."""
    text = (ROOT / "deploy/proxy/nginx.conf").read_text("utf-8")
    for shipped, ours in {
        "sms.example.com;": f"{HOST};",
        "/etc/letsencrypt/live/sms.example.com/fullchain.pem": f"{folder}/cert.pem",
        "/etc/letsencrypt/live/sms.example.com/privkey.pem": f"{folder}/key.pem",
        "127.0.0.1:8000": f"127.0.0.1:{WEB}",
        "listen 443": f"listen {TLS}", "listen [::]:443": f"listen [::]:{TLS}",
        "listen 80;": f"listen {TLS + 1};", "listen [::]:80;": f"listen [::]:{TLS + 1};",
        "/var/log/nginx/": f"{folder}/",
    }.items():  # fmt: skip
        text = text.replace(shipped, ours)
    (folder / "site.conf").write_text(text, "utf-8")
    (folder / "nginx.conf").write_text(
        f"daemon off; user root; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;\n"
        f"events {{}}\nhttp {{ include {folder}/site.conf; }}\n",
        "utf-8",
    )
    command = ["nginx", "-c", str(folder / "nginx.conf")]
    with process(*command, env=dict(os.environ), log=folder / "nginx.log"):
        until(lambda: answers(f"https://{HOST}:{TLS}/healthz", folder), "nginx answers")
        yield


if __name__ == "__main__":
    main()
