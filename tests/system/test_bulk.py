"""A process that is killed in the middle of many messages: the same call again sends the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import manage, process_environment, run_manage

pytestmark = pytest.mark.database
DID = "8615088888888"
COUNT = 180
SEND = """
import os, signal
from django.contrib.auth.models import User
from django.utils import timezone
from messaging.models import DidNumber
from messaging.services.outbox import api_message
from messaging.services.outbox.api_message import Addressed, submit_messages
from messaging.services.outbox.new_message import NewMessage
DidNumber.objects.get_or_create(number="{did}")
user, _new = User.objects.get_or_create(username="shop", is_staff=True)
write, calls = api_message._write, []

def write_and_die(*given, **how):
    if len(calls) == {after} and "{when}" == "between":
        os.kill(os.getpid(), signal.SIGKILL)
    done = write(*given, **how)
    if len(calls) == {after} and "{when}" == "before its commit":
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(len(done))
    return done

api_message._write = write_and_die
asked = [
    Addressed(
        new=NewMessage(content=f"text {{turn}}", client_id=f"c-{{turn}}"),
        sender="{did}",
        phone=f"+34612{{turn:06d}}",
    )
    for turn in range({count})
]
done = submit_messages(asked, user=user, at=timezone.now())
print("NEW", sum(one.is_new for one in done), "THERE", sum(one.message is not None for one in done))
"""


@pytest.mark.parametrize("when", ["between", "before its commit"])
def test_a_process_that_is_killed_between_its_commits_leaves_nothing_twice(
    database, tmp_path: Path, when: str
):
    env = process_environment(var_dir=tmp_path, database_url=database.url)

    def code(after):
        return SEND.format(did=DID, count=COUNT, after=after, when=when)

    killed = manage("shell", "-v0", "-c", code(2), env=env, log=tmp_path / "killed.log")
    with killed:
        killed.process.wait(60)
    written = "SELECT COUNT(*), COUNT(DISTINCT client_id) FROM messaging_message"
    assert killed.process.returncode == -9
    assert database.rows(written) == [(100, 100)]

    printed = run_manage("shell", "-v0", "-c", code(-1), env=env)

    assert printed.splitlines()[-1] == f"NEW {COUNT - 100} THERE {COUNT}"
    assert database.rows(written) == [(COUNT, COUNT)]
    histories = "SELECT COUNT(*), COUNT(DISTINCT message_id) FROM messaging_statuschange"
    assert database.rows(histories) == [(COUNT, COUNT)]
    assert database.rows("SELECT COUNT(*) FROM messaging_conversation") == [(COUNT,)]
