"""`make deploy-test`: build the image, start it behind each proxy, let a text come and be answered.

It changes the machine (apt-get, images, volumes), so it is not part of `make test`. It ends with
figures.
"""

import contextlib
import json
import os
import re
import secrets
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

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

HOST = "localhost"
WEB, TLS, SIMULATOR = 18000, 18443, 18001
DID, PHONE = "8615088888888", "34612345678"
VOLUME = "didsms-test-var"
PASSWORD = "a good pass phrase"  # noqa: S105  (of a test)


def main() -> None:
    """Run every part and print the figures."""
    install_programs()
    figures: dict[str, str] = {}
    with configured() as folder:
        began = time.monotonic()
        make_base_image()
        build_image()
        figures["image built in"] = f"{time.monotonic() - began:.0f} s"
        size = int(run("podman", "image", "inspect", IMAGE, "--format", "{{.Size}}"))
        figures["image size"] = f"{size / 1e6:.0f} MB"
        make_certificate(folder)
        env = write_environment(folder)
        run("podman", "volume", "rm", "--force", VOLUME, check=False)
        with containers(env) as (web, worker), simulator(folder, env):
            site = Site(folder, prepare(web))
            for proxy in (caddy, nginx):
                with proxy(folder):
                    name = proxy.__name__
                    figures[f"{name}: text in, answered, delivered"] = f"{site.talk():.1f} s"
                    figures[f"{name}: killed, back, talking again"] = (
                        f"{site.talk_after(web, worker):.1f} s"
                    )
                    site.check_forwarding()
                    site.check_stream()
            figures["web, worker stopped with"] = f"{web.stop()}, {worker.stop()}"
    print("\n--- deploy-test ---")
    for name, value in figures.items():
        print(f"{name:<44}{value}")
    print("Everything passed.")


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


def prepare(web: Container) -> str:
    """Make a DID number and an administrator with a token; return the token."""
    code = (
        "from django.contrib.auth.models import User\n"
        "from rest_framework.authtoken.models import Token\n"
        "from messaging.models import DidNumber\n"
        f"DidNumber.objects.create(number='{DID}')\n"
        f"boss = User.objects.create_superuser('boss', '', '{PASSWORD}')\n"
        "print(Token.objects.create(user=boss).key)\n"
    )
    return web.execute("python", "manage.py", "shell", "-v0", "-c", code).strip()


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
    lines = (line.split("=", 1) for line in env.read_text("utf-8").splitlines())
    var = folder / "simulator"
    var.mkdir()
    environment = {
        **os.environ, **dict(lines), "VAR_DIR": str(var), "ENV_FILE": "", "DATABASE_URL": "",
        "SSL_CERT_FILE": str(folder / "cert.pem"), "REQUESTS_CA_BUNDLE": str(folder / "cert.pem"),
    }  # fmt: skip
    command = [
        str(BIN / "python"), "manage.py", "simulate_nxcloud", "--port", str(SIMULATOR),
        "--receipt-delay", "0.2",
        "--webhook-url", f"https://{HOST}:{TLS}/webhooks/nxcloud/test-webhook-token/",
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


def answers(url: str, folder: Path | None = None) -> bool:
    """Tell whether something answers below 500."""
    context = ssl.create_default_context(cafile=str(folder / "cert.pem")) if folder else None
    try:
        with urllib.request.urlopen(url, timeout=5, context=context):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


class Site:
    """The product through its TLS proxy, as programs and the contact see it."""

    def __init__(self, folder: Path, token: str) -> None:
        """Take where the certificate is, and an administrator's token."""
        self._context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        self._token = token
        self._texts = 0

    def talk(self) -> float:
        """Let a text come, answer it, and wait until the answer is delivered; return seconds."""
        self._texts += 1
        text, began = f"question {self._texts}", time.monotonic()
        self._simulate("inbound", {"from": PHONE, "to": DID, "content": text})
        until(lambda: self._has(text, "received"), f"{text} arrives")
        answer = f"answer {self._texts}"
        self._api("messages/", {"sender": DID, "phone": f"+{PHONE}", "content": answer})
        until(lambda: self._has(answer, "delivered"), f"{answer} is delivered")
        return time.monotonic() - began

    def talk_after(self, web: Container, worker: Container) -> float:
        """Kill both, start them again, and talk; return seconds."""
        began = time.monotonic()
        web.kill()
        worker.kill()
        web.start()
        worker.start()
        until(web.is_healthy, "web is healthy again")
        self.talk()
        return time.monotonic() - began

    def check_forwarding(self) -> None:
        """See that the proxy says how we came, whatever we claim."""
        claims = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.7"}
        request = urllib.request.Request(
            f"https://{HOST}:{TLS}/webhooks/nxcloud/", headers={"X-Didsms-Probe": "1", **claims}
        )
        with urllib.request.urlopen(request, timeout=10, context=self._context) as answer:  # noqa: S310
            said = answer.headers["X-Didsms-Probe"]
        if not said.endswith(".https"):
            sys.exit(f"the proxy believed a claimed scheme: {said}")

    def check_stream(self) -> None:
        """Sign in as a browser does, and see that a live stream's first bytes come at once."""
        secure = urllib.request.HTTPSHandler(context=self._context)
        browser = urllib.request.build_opener(secure, urllib.request.HTTPCookieProcessor())
        login = f"https://{HOST}:{TLS}/accounts/login/"
        with browser.open(login, timeout=10) as page:
            found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        token = found[1] if found else ""
        fields = {"csrfmiddlewaretoken": token, "username": "boss", "password": PASSWORD}
        form = urllib.request.Request(login, urlencode(fields).encode(), {"Referer": login})
        browser.open(form, timeout=10).close()
        with browser.open(f"https://{HOST}:{TLS}/live/stream", timeout=10) as stream:
            if stream.headers.get_content_type() != "text/event-stream" or not stream.read(1):
                sys.exit("no live stream came through the proxy")

    def _has(self, text: str, status: str) -> bool:
        found = self._api("messages/")["results"]
        return any((m["content"], m["status"]) == (text, status) for m in found)

    def _api(self, path: str, data: dict[str, Any] | None = None) -> Any:
        request = self._request(f"api/v1/{path}", data)
        with urllib.request.urlopen(request, timeout=20, context=self._context) as answer:  # noqa: S310
            return json.load(answer)

    def _request(self, path: str, data: dict[str, Any] | None = None) -> urllib.request.Request:
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        body = json.dumps(data).encode() if data else None
        return urllib.request.Request(f"https://{HOST}:{TLS}/{path}", body, headers)

    def _simulate(self, what: str, data: dict[str, Any]) -> None:
        url = f"http://127.0.0.1:{SIMULATOR}/control/{what}"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(data).encode(), headers)
        urllib.request.urlopen(request, timeout=20).close()  # noqa: S310


if __name__ == "__main__":
    main()
