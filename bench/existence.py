"""Measure whether time tells what exists: what is not one's own beside what does not exist.

    python -m bench.existence [--pairs 200] [--only sign-in] [--database postgres://…]

One process, a database of its own, Django's test client, the shipped settings (Argon2). The two of
each pair are asked one after the other, in turn the one or the other first; printed are medians
of CPU time in milliseconds, the median of the differences and its quartiles. docs/security.md keeps
the figures.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

Ask = Callable[[], object]


def main() -> None:
    """Make a world, measure, and print a line for each question."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--only", default="", help="the beginning of what is asked")
    parser.add_argument("--database", default="", help="a server that tests may make databases on")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "didsms_site.settings",
            "SECRET_KEY": "x" * 30 + "only for this measurement",
            "ENV_FILE": "",
            "VAR_DIR": folder,
            "LOG_LEVEL": "CRITICAL",
            "API_REQUESTS_PER_MINUTE": "0",
            "EMAIL_URL": "memorymail://",
            "DATABASE_URL": options.database or f"sqlite:///{Path(folder) / 'db.sqlite3'}",
        }
        import django
        from django.test.utils import setup_databases, setup_test_environment, teardown_databases

        django.setup()
        logging.disable(logging.CRITICAL)
        setup_test_environment()
        made = setup_databases(verbosity=0, interactive=False)
        try:
            for name, first, second in questions():
                if not name.startswith(options.only):
                    continue
                # A password hash is made to be slow.
                pairs = options.pairs // (5 if name.startswith("sign-in") else 1)
                print(line(name, measure(first, second, pairs=pairs)), flush=True)
        finally:
            teardown_databases(made, verbosity=0)


def questions() -> list[tuple[str, Ask, Ask]]:
    """Return what is asked: a name, about what is not one's own, about what does not exist."""
    from django.test import Client
    from rest_framework.authtoken.models import Token

    from messaging.models import AttemptCount, Membership
    from tests.factories import make_conversation, make_did, make_inbound, make_outbound, make_user

    inbound = make_inbound(make_did())
    theirs = inbound.conversation or make_conversation(inbound.did_number)
    message = make_outbound(theirs, user=make_user("writer", email="writer@example.com"))
    user = make_user("elsewhere")
    Membership.objects.create(didnumber=make_did("34911234567"), user=user, role="supervisor")
    page, api, guest = Client(), Client(), Client()
    page.force_login(user)
    api.defaults["HTTP_AUTHORIZATION"] = f"Token {Token.objects.create(user=user).key}"

    def sign_in(name: str) -> object:
        AttemptCount.objects.all().delete()
        return guest.post("/accounts/login/", {"username": name, "password": "wrong"})

    def forget(email: str) -> object:
        AttemptCount.objects.all().delete()
        return guest.post("/accounts/password_reset/", {"email": email})

    nothing = 10**6
    return [
        (
            "page of a conversation",
            lambda: page.get(f"/inbox/open/{theirs.pk}/"),
            lambda: page.get(f"/inbox/open/{nothing}/"),
        ),
        (
            "closing a conversation",
            lambda: page.post(f"/conversations/{theirs.pk}/close/"),
            lambda: page.post(f"/conversations/{nothing}/close/"),
        ),
        (
            "API: conversation",
            lambda: api.get(f"/api/v1/conversations/{theirs.pk}/"),
            lambda: api.get(f"/api/v1/conversations/{nothing}/"),
        ),
        (
            "API: message",
            lambda: api.get(f"/api/v1/messages/{message.pk}/"),
            lambda: api.get(f"/api/v1/messages/{nothing}/"),
        ),
        (
            "API: contact",
            lambda: api.get(f"/api/v1/contacts/{theirs.pk}/"),
            lambda: api.get(f"/api/v1/contacts/{nothing}/"),
        ),
        ("sign-in, wrong password", lambda: sign_in("writer"), lambda: sign_in("nobody")),
        (
            "password link",
            lambda: forget("writer@example.com"),
            lambda: forget("nobody@example.com"),
        ),
    ]


def measure(first: Ask, second: Ask, *, pairs: int) -> list[tuple[float, float]]:
    """Return the seconds that both took, pair by pair."""
    for ask in (first, second) * 3:
        ask()
    found = []
    for turn in range(pairs):
        if turn % 2:
            after, before = timed(second), timed(first)
            found.append((before, after))
        else:
            found.append((timed(first), timed(second)))
    return found


def timed(ask: Ask) -> float:
    """Return how many seconds of CPU it took: other programs may run beside."""
    begin = time.process_time()
    ask()
    return time.process_time() - begin


def line(name: str, pairs: list[tuple[float, float]]) -> str:
    """Return a row of the table of docs/security.md."""
    theirs, nothing = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    differences = [(first - second) * 1000 for first, second in pairs]
    quarters = statistics.quantiles(differences, n=4)
    return (
        f"| {name} | {theirs:.2f} | {nothing:.2f} | {statistics.median(differences):+.2f} |"
        f" {quarters[0]:+.2f} … {quarters[2]:+.2f} |"
    )


if __name__ == "__main__":
    main()
