"""The shipped settings with a folder, a database and secrets that belong to one test run."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Nothing of the developer's own set-up may reach the tests.
_kept = {"TEST_DATABASE_URL", "CHROMIUM", "SHOTS"}
_names = [
    line.lstrip("# ").split("=")[0]
    for line in (Path(__file__).parent.parent / ".env.example").read_text("utf-8").splitlines()
    if "=" in line
]
for _name in set(_names) - _kept:
    os.environ.pop(_name, None)

_folder = tempfile.mkdtemp(prefix="didsms-test-")
Path(f"{_folder}/static").mkdir()
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

os.environ |= {
    "ENV_FILE": "",
    "VAR_DIR": _folder,
    "STATIC_ROOT": f"{_folder}/static",
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
    "SECRET_KEY": "only-for-tests-Jw3mVf8qkYtR2zLxN6bC9hD4gS7pA5eU1oI0",
    "WEBHOOK_TOKEN": "test-webhook-token",
    "NXCLOUD_ACCESS_KEY": "test-access-key",
    "NXCLOUD_ACCESS_SECRET": "test-access-secret",
    "EMAIL_URL": "memorymail://",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    # Playwright's sync API keeps an event loop in the test's thread.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}

from didsms_site.settings import *  # noqa: E402, F403
from didsms_site.settings import DATABASES, INSTALLED_APPS  # noqa: E402
from tests.quick_disk import without_waiting_for_the_disk  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.quick_flush"]
# Each test client makes the middleware again: only a file that is asked for is looked for.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["tests.hashers.QuickPasswordHasher"]
without_waiting_for_the_disk(DATABASES)
# A file, because in memory SQLite knows neither WAL nor a second process; a name of its own, so
# that several runs can share a PostgreSQL server.
DATABASES["default"]["TEST"] = {
    "NAME": f"test_didsms_{os.getpid()}"
    if os.environ["DATABASE_URL"]
    else f"{_folder}/test.sqlite3"
}

# A busy machine writes no lines that a test did not expect.
SLOW_PAGE_SECONDS = SLOW_QUERY_SECONDS = 3600.0
