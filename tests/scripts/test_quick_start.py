"""The examples for programs run as they are printed, against the running site."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from didsms_site import environment
from messaging.models import Message
from messaging.services.access.api_keys import NewKey, create_key
from tests.factories import NOW, make_did, make_user

BLOCK = re.compile(r"```(sh|python|js)\n(.*?)```", re.DOTALL)
COMMANDS = {
    "sh": ["bash", "-euc"],
    "python": [sys.executable, "-c"],
    "js": ["node", "--input-type=module", "-e"],
}


def test_every_example_sends_its_message_and_hears_of_it(site):
    program = make_user("program")
    make_did("8615088888888").members.add(program)
    new = NewKey(name="x", scopes=["messages:send", "messages:read"])
    _row, key = create_key(new, owner=program, by=program, at=NOW)
    text = (environment.BASE_DIR / "docs/integrators/quick-start.md").read_text("utf-8")
    blocks = BLOCK.findall(text)

    ran = set()
    for language, code in blocks:
        command = COMMANDS[language]
        if shutil.which(command[0]) is None:
            continue
        done = subprocess.run(
            [*command, code.replace("http://127.0.0.1:8000", site)],
            env={**os.environ, "DIDSMS_KEY": key, "no_proxy": "*"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        ran.add(language)

    sent = set(Message.objects.values_list("client_id", flat=True))
    names = {"sh": "curl-1", "python": "python-1", "js": "javascript-1"}
    assert {language for language, _code in blocks} == set(COMMANDS)
    assert "python" in ran
    assert sent == {names[language] for language in ran}
