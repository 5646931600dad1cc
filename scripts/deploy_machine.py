"""What `make deploy-test` stands on: Debian's programs, an image without a registry, containers."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
IMAGE = "localhost/didsms:test"
BASE = "localhost/debian:bookworm-slim"
#: Where the base image's root is kept between runs.
CACHE = Path(os.environ.get("DEPLOY_TEST_CACHE") or "/var/tmp/didsms-deploy-test")  # noqa: S108
#: By the program that each brings.
PACKAGES = {
    "podman": "podman", "buildah": "buildah", "runc": "runc", "debootstrap": "debootstrap",
    "newuidmap": "uidmap", "caddy": "caddy", "nginx": "nginx-light", "openssl": "openssl",
    "systemd-nspawn": "systemd-container", "iptables": "iptables", "catatonit": "catatonit",
}  # fmt: skip
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def run(*command: str | Path, check: bool = True, quiet: bool = True, **more: object) -> str:
    """Run a program and return what it printed; end the test when it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=quiet,
        text=True,
        check=False,
        **more,  # type: ignore[call-overload]
    )
    if check and done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return str(done.stdout or "")


def until(is_true: Callable[[], object], what: str, *, seconds: float = 60) -> float:
    """Wait for a condition and return how long it took; end the test when it does not come."""
    began = time.monotonic()
    while not is_true():
        if time.monotonic() - began > seconds:
            sys.exit(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - began


def install_programs() -> None:
    """Install what is missing with apt-get; the test wants root."""
    if os.geteuid() != 0:
        sys.exit("make deploy-test wants root, on a Debian machine that may be changed.")
    missing = sorted({package for name, package in PACKAGES.items() if not shutil.which(name)})
    if missing:
        print(f"installing {', '.join(missing)}", flush=True)
        run("apt-get", "update")
        run("apt-get", "install", "-y", "--no-install-recommends", *missing)


@contextlib.contextmanager
def configured() -> Iterator[Path]:
    """Give a folder for the test, and podman a configuration that works without systemd."""
    with tempfile.TemporaryDirectory(prefix="didsms-deploy-") as name:
        folder = Path(name)
        (folder / "containers.conf").write_text(CONTAINERS_CONF, "utf-8")
        os.environ["CONTAINERS_CONF"] = str(folder / "containers.conf")
        yield folder


def debian_root(name: str, packages: Sequence[str]) -> Path:
    """Return a folder with Debian and some packages in it, made once."""
    folder = CACHE / name
    if not (folder / ".made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        mirror = run("apt-get", "indextargets", "--format", "$(REPO_URI)").splitlines()[0]
        include = f"--include={','.join(packages)}"
        run("debootstrap", "--variant=minbase", include, "bookworm", folder, mirror)
        (folder / ".made").touch()
    return folder


def make_base_image() -> None:
    """Import Debian as an image, unless it is there."""
    if run("podman", "image", "exists", BASE, check=False) == "" and BASE in run(
        "podman", "images", "--format", "{{.Repository}}:{{.Tag}}"
    ):
        return
    root = debian_root("base", ["ca-certificates"])
    with subprocess.Popen(
        ["tar", "-C", str(root), "--numeric-owner", "-cf", "-", "."], stdout=subprocess.PIPE
    ) as tar:
        run("podman", "import", "-", BASE, stdin=tar.stdout)


def build_image() -> None:
    """Build the shipped Containerfile on that base."""
    more: list[str] = []
    if AUTHORITIES.exists():  # The machine may have authorities of its own.
        pip = CACHE / "pip.conf"
        pip.write_text(f"[global]\ncert = {AUTHORITIES}\n", "utf-8")
        more = ["-v", f"{AUTHORITIES}:{AUTHORITIES}:ro", "-v", f"{pip}:/etc/pip.conf:ro"]
    run(
        "buildah", "bud", "--isolation=chroot", "--network=host", "--format=docker",
        "--pull=never", "--layers", *more, "--build-arg", f"BASE={BASE}",
        "-f", ROOT / "deploy/Containerfile", "-t", IMAGE, ROOT,
    )  # fmt: skip


class Container:
    """A container of ours as it is meant to run: read-only, without rights, with limits."""

    def __init__(self, name: str, *command: str, env: Path, volume: str, **options: str) -> None:
        """Start it."""
        self.name = f"didsms-test-{name}"
        self.remove()
        self._options = [
            "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges",
            "--memory=768m", "--pids-limit=800", "--tmpfs=/tmp", f"--env-file={env}",
            f"--volume={volume}:/var/lib/didsms",
            *(f"--env={key}={value}" for key, value in options.items()),
        ]  # fmt: skip
        self._command = command
        self.start()

    def start(self) -> None:
        """Start it, also again."""
        self.remove()
        run("podman", "run", "-d", "--name", self.name, *self._options, IMAGE, *self._command)

    def execute(self, *command: str) -> str:
        """Run a command in it."""
        return run("podman", "exec", self.name, *command)

    def is_healthy(self) -> bool:
        """Run its HEALTHCHECK, as a timer would."""
        done = subprocess.run(
            ["podman", "healthcheck", "run", self.name], capture_output=True, check=False
        )
        return done.returncode == 0

    def kill(self) -> None:
        """Kill it as a power cut would."""
        run("podman", "kill", "--signal=KILL", self.name)

    def stop(self) -> int:
        """Stop it in order and return its exit code."""
        run("podman", "stop", "--time=40", self.name)
        return int(run("podman", "inspect", self.name, "--format", "{{.State.ExitCode}}"))

    def log(self) -> str:
        """Return what it wrote."""
        done = subprocess.run(
            ["podman", "logs", self.name], capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    def remove(self) -> None:
        """Take it away, running or not."""
        run("podman", "rm", "--force", "--time=0", self.name, check=False)
