"""How gunicorn serves the site: threads, limits, log, metrics of several processes."""

import resource
import runpy
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from gunicorn import glogging

from didsms_site import environment
from didsms_site.logs import logging_settings
from didsms_site.server import worker_process
from didsms_site.server.balanced_worker import FREE, LoadTable
from didsms_site.server.shared_counter import SLOTS, use_slot

MOST_FILES = 20_000

with environment.refusals_in_a_line():
    _VAR_DIR = environment.load()
    # Each process reads the settings for itself; what is wrong with them is said once, here.
    runpy.run_path(str(environment.BASE_DIR / "didsms_site" / "settings.py"))
    _port = environment.integer("PORT", 8000, minimum=1, maximum=environment.HIGHEST_PORT)
    workers = environment.integer("WEB_CONCURRENCY", 2, minimum=1, maximum=SLOTS // 2)
    # An open live stream occupies a thread: expected streams + 16. A waiting one costs about 53 kB.
    threads = environment.integer("WEB_THREADS", 128, minimum=4, maximum=10_000)


def _raise_file_limit() -> None:
    """Let this process open as many files as it may: every connection is one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if _soft != resource.RLIM_INFINITY and _soft < most:
        with suppress(OSError, ValueError):  # some systems have a lower limit than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _file_limit() -> int:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_FILES if soft == resource.RLIM_INFINITY else soft


class _Logger(glogging.Logger):  # type: ignore[misc]  # gunicorn has no types
    """No access log: its lines hold the webhook's secret path, and proxies write one anyway.

    Without this, gunicorn puts each line together and then throws it away.
    """

    access_log_enabled = False


logger_class = _Logger
# All of the machine's addresses unless WEB_HOST says otherwise.
bind = [f"{environment.text_or_default('WEB_HOST', '0.0.0.0')}:{_port}"]  # noqa: S104
worker_class = "didsms_site.server.balanced_worker.BalancedWorker"
keepalive = 15
# Beside the threads' connections those that wait without one. A process has at least 1024 files.
_raise_file_limit()
worker_connections = max(threads + 16, min(threads + 1000, _file_limit() - 200))
# A file is sent in pieces, each of which its reader has to take in time (`bounded_socket.py`).
sendfile = False
# A worker that does not report for this long is replaced; requests are bounded elsewhere.
timeout = 60
# Streams end by themselves when their process stops, so what is left are requests of a few seconds.
graceful_timeout = 8
control_socket_disable = True
# Django decides whom to believe (TRUSTED_PROXY_COUNT); gunicorn believes nobody.
forwarded_allow_ips = ""
forwarder_headers = ""
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
accesslog = None
errorlog = None
logconfig_dict = logging_settings()
# Heartbeats of workers must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn's own


def on_starting(server: Any) -> None:
    """Keep files to ourselves; remove counters of former versions, now in shared memory."""
    environment.keep_files_private()
    shutil.rmtree(_VAR_DIR / "metrics", ignore_errors=True)


# --- Connections, evenly over the processes ------------------------------------------------------
_load_table = LoadTable()


def pre_fork(server: Any, worker: Any) -> None:
    """Give a new process its place in the load table."""
    worker.load_table, worker.slot = _load_table, _load_table.take_slot()


def post_worker_init(worker: Any) -> None:
    """Let live streams see when this worker is asked to stop."""
    worker_process.remember(worker)
    use_slot(worker.slot)
    _call(settings.WEB_PROCESS_STARTED)
    if worker.age == 1:  # the first of all; once is enough
        _call(settings.FIRST_WEB_PROCESS_STARTED)


def worker_exit(server: Any, worker: Any) -> None:
    """Write down the counts that are still in this process."""
    _call(settings.WEB_PROCESS_ENDS)


def _call(dotted: str) -> None:
    """Call what the settings name; Django is set up by then."""
    import_string(dotted)()


def child_exit(server: Any, worker: Any) -> None:
    """Take a dead worker out of the load table."""
    _load_table.write(worker.slot, FREE)
