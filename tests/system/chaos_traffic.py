"""What people, programs and the provider do while everything fails, and what they were answered."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from .test_receiving import DID, push

PHONES = [f"346{number:08d}" for number in range(12)]
PAUSE_SECONDS = 0.02
#: What the provider's stand-in does with a text that ends so: it lies, repeats, reorders, refuses.
TRICKS = (
    "#slow=1", "#no-answer", "#reset", "#accept-status=500", "#not-json", "#no-id", "#early",
    "#twice", "#reordered", "#undelivered", "#status=500", "#code=12002", "#retry-after=1",
    "#no-receipt",
)  # fmt: skip


@dataclass
class Answers:
    """What was done, and what was answered.

    Attributes:
        pushes: by the provider's id, whether it was answered ``success``.
        wanted: phone and content by the key of what a program wants to send.
        sends: content by key, of what the API took.
        ids: of messages by key.
        asked: when each key was first asked for, by the clock of the test.
        taken: when the API had taken it.
        canceled: keys that the API called canceled.
        hidden: texts that the API called hidden.
        operations: how many of each kind.
    """

    pushes: dict[str, bool] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    wanted: dict[str, dict[str, str]] = field(default_factory=dict)
    sends: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)
    canceled: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    operations: Counter[str] = field(default_factory=Counter)


class Traffic(Answers):
    """Threads that push, send, schedule, cancel and hide until they are told to end.

    Each has dice of its own, so that none changes what another one does.
    """

    def __init__(self, *, seed: int, ports: list[int], database: Any) -> None:
        super().__init__()
        self.token = ""
        self._seed, self._ports, self._database = seed, ports, database
        self._ends = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Let everybody begin."""
        acts = {"push": self._push, "send": self._send, "schedule": self._schedule,
                "hide": self._hide}  # fmt: skip
        for name, act in acts.items():
            dice = random.Random(f"{self._seed} {name}")
            thread = threading.Thread(target=self._loop, args=(act, dice), name=name)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """Tell everybody to end and wait for it."""
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def finish(self) -> None:
        """Repeat what was not answered, as the provider and programs do."""
        dice = random.Random(f"{self._seed} finish")
        for name in [name for name, is_answered in self.pushes.items() if not is_answered]:
            while not self._deliver(name, dice):
                time.sleep(0.1)
        for key in list(self.wanted):
            while key in self.wanted and key not in self.sends:
                self._post(key, dice)

    def call(self, path: str, body: dict[str, str], dice: random.Random) -> tuple[int, Any]:
        """Post to the API of any node; return status and answer, or 0 when none came."""
        link = http.client.HTTPConnection("127.0.0.1", dice.choice(self._ports), timeout=20)
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        try:
            link.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
            answer = link.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            link.close()

    def _loop(self, act: Callable[[random.Random], None], dice: random.Random) -> None:
        while not self._ends.is_set():
            act(dice)
            self._ends.wait(PAUSE_SECONDS)

    def _push(self, dice: random.Random) -> None:
        """A contact writes, now and then STOP; or the provider repeats what it pushed."""
        if self.pushes and dice.random() < 0.2:
            name = dice.choice(list(self.pushes))
            self.operations["push repeated"] += 1
        else:
            name = f"mo-{len(self.pushes):06d}"
            chance = dice.random()
            text = f"secret {name}" if chance < 0.1 else f"text {name}"
            if chance > 0.98:
                text = "STOP" if chance > 0.99 else "START"
                self.operations[text] += 1
            phone = dice.choice(PHONES)
            fields = {"messageId": name, "toPhone": DID, "fromPhone": phone, "content": text}
            self.fields[name], self.pushes[name] = fields, False
            self.operations["push"] += 1
        self._deliver(name, dice)

    def _deliver(self, name: str, dice: random.Random) -> bool:
        port, fields = dice.choice(self._ports), self.fields[name]
        if push(port, name, fields=lambda _id: fields, timeout=6) == (200, b"success"):
            self.pushes[name] = True
        return self.pushes[name]

    def _send(self, dice: random.Random) -> None:
        """A program sends; the same message again where it saw no answer."""
        open_ones = [key for key in self.wanted if key not in self.sends]
        if open_ones and dice.random() < 0.5:
            key = open_ones[0]
        else:
            number = sum(1 for key in self.wanted if key.startswith("order")) + len(self.ids)
            key = f"order-{number:06d}-{self.operations['send']:05d}"
            trick = f" {dice.choice(TRICKS)}" if dice.random() < 0.1 else ""
            self._want(key, dice, content=f"answer {key}{trick}")
            self.operations["send"] += 1
        self._post(key, dice)

    def _schedule(self, dice: random.Random) -> None:
        """A program sends for later, and cancels half of it in time, or too late."""
        key = f"later-{self.operations['schedule']:05d}"
        due = datetime.now(UTC) + timedelta(seconds=dice.uniform(0.5, 6))
        self._want(key, dice, content=f"later {key}", send_at=due.isoformat())
        self.operations["schedule"] += 1
        self._post(key, dice)
        self._ends.wait(dice.uniform(0.1, 2))
        if key in self.ids and dice.random() < 0.5:
            self.operations["cancel"] += 1
            if self.call(f"messages/{self.ids[key]}/cancel/", {}, dice)[0] == 200:
                self.canceled.add(key)

    def _want(self, key: str, dice: random.Random, **fields: str) -> None:
        self.wanted[key] = {
            "sender": DID, "phone": f"+{dice.choice(PHONES)}", "client_id": key, **fields
        }  # fmt: skip

    def _post(self, key: str, dice: random.Random) -> None:
        body = self.wanted.get(key)
        if body is None:
            return
        self.asked.setdefault(key, time.monotonic())
        status, answer = self.call("messages/", body, dice)
        if status in {200, 201}:
            self.taken[key] = time.monotonic()
            self.ids[key] = answer["id"]
            self.sends[key] = body["content"]
        elif status == 400:  # Opted out by then; or its time has come before an answer did.
            self.wanted.pop(key, None)

    def _hide(self, dice: random.Random) -> None:
        """A person hides a text."""
        self._ends.wait(0.3)
        with contextlib.suppress(psycopg.Error, sqlite3.Error):
            rows = self._database.rows(
                "SELECT id, content FROM messaging_message"
                " WHERE content LIKE 'secret %' AND redacted_at IS NULL LIMIT 1"
            )
            for pk, content in rows:
                self.operations["hide"] += 1
                if self.call(f"messages/{pk}/redact/", {"content": "[hidden]"}, dice)[0] == 200:
                    self.hidden.add(content)
