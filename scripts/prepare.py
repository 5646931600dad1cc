"""What must exist before the site starts: tables, static files, an administrator, a demo."""

import hashlib
import itertools
import secrets
import sys
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import OperationalError

from didsms_site import environment


def main() -> None:
    """Prepare; with `--demo` also the demo numbers. Safe to repeat at every start."""
    with environment.refusals_in_a_line():
        django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        sys.exit(f"The database does not answer: {error}")
    collect_static_files()
    make_administrator()
    if "--demo" in sys.argv:
        seed_demo()


def collect_static_files() -> None:
    """Collect static files when they have changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = static_fingerprint()
    if stamp.is_file() and stamp.read_text("ascii") == fingerprint:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(fingerprint, "ascii")


def static_fingerprint() -> str:
    """Return a digest of every static file's name, size and time."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(["*.pyc"]):
            facts = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def make_administrator() -> None:
    """Make the user `admin` when no superuser can sign in, and print how to sign in."""
    users = get_user_model()._default_manager
    if users.filter(is_superuser=True, is_active=True).exists():
        return
    names = itertools.chain(["admin"], (f"admin{number}" for number in itertools.count(2)))
    name = next(name for name in names if not users.filter(username__iexact=name).exists())
    password = secrets.token_urlsafe(12)
    users.create_superuser(name, "", password)
    print(f"Username: {name}", flush=True)
    print(f"Password: {password}", flush=True)


def seed_demo() -> None:
    """Make the demo numbers once; later the data is the person's own."""
    done = settings.VAR_DIR / "demo-made"
    if done.exists():
        return
    call_command("seed_demo", verbosity=0)
    numbers = apps.get_model("messaging", "DidNumber")._default_manager.order_by("pk")
    # The first text goes to the first of them.
    done.write_text(str(numbers.values_list("number", flat=True)[0]), "ascii")


if __name__ == "__main__":
    main()
