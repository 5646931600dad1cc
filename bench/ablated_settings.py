"""The product's settings, but for the machinery that BENCH_WITHOUT names (`bench/ablated.py`)."""

import os

from didsms_site.settings import *  # noqa: F403

_WITHOUT = os.environ.get("BENCH_WITHOUT", "")

if _WITHOUT == "turns":
    MIDDLEWARE.remove("didsms_site.http.turns.TurnsMiddleware")  # noqa: F405
elif _WITHOUT in {"own sessions, two look-ups", "own sessions, select_related"}:
    SESSION_ENGINE = "bench.plain_sessions"
