"""Web and worker of a small machine under one roof: `python -m didsms_site.serve`.

One service to start, stop and limit, for SQLite and some colleagues within 256 MB. It starts what
the Procfile names, starts again what ends, and ends both when it is told to. What it sets is only
a beginning: a value of the environment wins.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from didsms_site import environment
from didsms_site.server.supervisor import Child, Supervisor

if TYPE_CHECKING:
    from collections.abc import Mapping

#: One process of each kind, few threads: each thread that has worked keeps its share of memory.
SMALL: Final = {
    "WEB_CONCURRENCY": "1",
    "WEB_THREADS": "32",
    "OUTBOX_CONCURRENCY": "2",
    # glibc's pools of memory, of which each thread would get one of its own.
    "MALLOC_ARENA_MAX": "1",
    "PYTHONUNBUFFERED": "1",
}
COMMANDS: Final = {
    "web": ["gunicorn", "-c", "didsms_site/gunicorn.conf.py", "didsms_site.wsgi"],
    "worker": [sys.executable, "manage.py", "run_outbox"],
}


def small_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return what both processes get: the environment, and the small values where it has none."""
    binaries = str(Path(sys.executable).parent)
    path = os.pathsep.join(filter(None, (binaries, given.get("PATH", ""))))
    return {**SMALL, **{name: value for name, value in given.items() if value}, "PATH": path}


def main() -> None:
    """Run both until SIGTERM or Ctrl-C."""
    os.chdir(environment.BASE_DIR)
    env = small_environment(os.environ)
    supervisor = Supervisor(
        [Child(name=name, command=command, env=env) for name, command in COMMANDS.items()]
    )
    supervisor.catch_signals()
    supervisor.run()


if __name__ == "__main__":
    main()
