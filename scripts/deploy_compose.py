"""Start deploy/compose.yaml as it is, for `make deploy-test`: Compose talks to Podman.

Only the images of PostgreSQL and Caddy are others: made of Debian's packages, without a registry.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from scripts.deploy_machine import BASE, BIN, IMAGE, ROOT, run, until
from scripts.deploy_site import HOST, SIMULATOR, TLS

POSTGRES, CADDY = "localhost/postgres:test", "localhost/caddy:test"
#: As the images that the file names by default do it.
POSTGRES_FILE = f"""
FROM {BASE}
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-15 && apt-get clean
ENV PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data
RUN install -d -o postgres -g postgres -m 700 $PGDATA && install -d -o postgres /run/postgresql
COPY entry.sh /entry.sh
USER postgres
STOPSIGNAL SIGINT
ENTRYPOINT ["sh", "/entry.sh"]
"""
POSTGRES_ENTRY = """
set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf %s "$POSTGRES_PASSWORD" > /tmp/password
    initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 >/dev/null
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    pg_ctl -w start -o "-c listen_addresses=" >/dev/null
    PGPASSWORD=$POSTGRES_PASSWORD createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl -w stop >/dev/null
fi
exec "$@" -c listen_addresses='*'
"""
CADDY_FILE = f"""
FROM {BASE}
RUN apt-get update && apt-get install -y --no-install-recommends caddy && apt-get clean
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
"""
#: A machine in a machine may not raise what a process may start.
_LIMITS = "pull_policy: never, ulimits: {nofile: 20000, nproc: 32768}"
OVERRIDE = f"""
services:
  migrate: {{build: !reset null, {_LIMITS}}}
  web: {{{_LIMITS}}}
  worker: {{{_LIMITS}}}
  db: {{pull_policy: never}}
  proxy:
    pull_policy: never
    ports: !override ["{TLS}:443"]
"""


class Project:
    """The running project.

    Attributes:
        folder: with a `cert.pem` that trusts the proxy.
        env: the environment that deploy/init.sh wrote.
    """

    def __init__(self, folder: Path, env: Path) -> None:
        """Take where things are."""
        self.folder, self.env = folder, env

    def execute(self, service: str, *command: str) -> str:
        """Run a command in a service's container."""
        return run("podman", "exec", f"didsms-{service}-1", *command)

    def kill(self, service: str) -> None:
        """Kill a container's process as a fault would, past the engine, which starts it again."""
        before = self._pid(service)
        os.kill(before, signal.SIGKILL)
        until(lambda: self._pid(service) not in {0, before}, f"{service} is started again")

    def _pid(self, service: str) -> int:
        said = run(
            "podman", "inspect", f"didsms-{service}-1", "--format", "{{.State.Pid}}", check=False
        ).strip()
        return int(said or 0)


def build_images(folder: Path) -> None:
    """Make PostgreSQL and Caddy from Debian's packages."""
    for image, text in ((POSTGRES, POSTGRES_FILE), (CADDY, CADDY_FILE)):
        context = folder / image.split("/")[1].partition(":")[0]
        context.mkdir()
        (context / "Containerfile").write_text(text, "utf-8")
        (context / "entry.sh").write_text(POSTGRES_ENTRY, "utf-8")
        run(
            "buildah", "bud", "--isolation=chroot", "--network=host", "--pull=never", "--layers",
            "-t", image, context,
        )  # fmt: skip


@contextlib.contextmanager
def composed(folder: Path) -> Iterator[Project]:
    """Bring the project up as docs/operators.md says, and take it down with its volumes."""
    deploy = folder / "deploy"
    shutil.copytree(ROOT / "deploy", deploy)
    run("sh", deploy / "init.sh", HOST, "test-access-key", "test-access-secret")
    env = deploy / "didsms.env"
    address = run("hostname", "-I").split()[0]
    more = f"PUBLIC_BASE_URL=https://{HOST}:{TLS}\nNXCLOUD_BASE_URL=http://{address}:{SIMULATOR}\n"
    env.write_text(env.read_text("utf-8") + more, "utf-8")
    (folder / "override.yaml").write_text(OVERRIDE, "utf-8")
    # Of networks of their own, unlike the containers that are started one by one.
    conf = folder / "compose-containers.conf"
    text = Path(os.environ["CONTAINERS_CONF"]).read_text("utf-8")
    conf.write_text(text.replace('netns = "host"\n', ""), "utf-8")
    socket = f"unix://{folder}/podman.sock"
    names = {
        **os.environ, "DOCKER_HOST": socket, "CONTAINERS_CONF": str(conf),
        "DIDSMS_IMAGE": IMAGE, "POSTGRES_IMAGE": POSTGRES, "CADDY_IMAGE": CADDY,
    }  # fmt: skip
    compose: list[str | Path] = [
        BIN / "docker-compose", "-f", deploy / "compose.yaml", "-f", folder / "override.yaml",
        "--env-file", env,
    ]  # fmt: skip
    service = subprocess.Popen(["podman", "system", "service", "--time=0", socket], env=names)
    try:
        until((folder / "podman.sock").exists, "podman listens")
        with _health_checks():
            run(*compose, "up", "-d", "--wait", "--wait-timeout", "180", env=names)
            authority = "/data/caddy/pki/authorities/local/root.crt"
            run("podman", "cp", f"didsms-proxy-1:{authority}", folder / "cert.pem")
            yield Project(folder, env)
    finally:
        run(*compose, "down", "--volumes", "--timeout", "10", env=names, check=False)
        service.terminate()
        service.wait()


@contextlib.contextmanager
def _health_checks() -> Iterator[None]:
    """Run the health checks in turn: without systemd Podman has no timer for them."""
    ends = threading.Event()

    def check() -> None:
        while not ends.wait(1):
            for name in ("db", "web", "worker"):
                run("podman", "healthcheck", "run", f"didsms-{name}-1", check=False)

    thread = threading.Thread(target=check)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
