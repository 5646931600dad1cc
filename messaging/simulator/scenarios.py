"""What the simulated provider does out of the ordinary, and how a message asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r"#([a-z][a-z-]*)(?:=([A-Za-z0-9_.-]+))?")


@dataclass(frozen=True)
class Scenario:
    """One row of the table that a message's text or recipient chooses from.

    Attributes:
        name: Written in the text as #name or #name=value.
        effect: What the provider then does.
        default: The value when the text gives none, "" when the scenario takes none.
        recipient_ending: A recipient that ends in these digits asks for it too.
    """

    name: str
    effect: str
    default: str = ""
    recipient_ending: str = ""

    @property
    def usage(self) -> str:
        """How it is written in a text."""
        return f"#{self.name}={self.default}" if self.default else f"#{self.name}"


@dataclass(frozen=True)
class Choice:
    """The scenario of one message; the name is "" for an ordinary one."""

    name: str = ""
    value: str = ""

    def seconds(self) -> float:
        """Return the value as a bounded number of seconds, 0 when it is none."""
        return min(self._number(), 3600.0)

    def count(self, *, most: int) -> int:
        """Return the value as a whole number from 1 to `most`."""
        return int(max(1.0, min(self._number(), float(most))))

    def http_status(self) -> int:
        """Return the value as an HTTP status, 500 when it is none."""
        number = self._number()
        return int(number) if 200 <= number <= 599 else 500

    def _number(self) -> float:
        try:
            number = float(self.value)
        except ValueError:
            return 0.0
        return number if number > 0 else 0.0


SCENARIOS = (
    Scenario("code", "Refused with this code.", "12002", "9901"),
    Scenario("status", "Answered with this HTTP status, not accepted.", "500", "9902"),
    Scenario("retry-after", "Busy (429) the first time, for this many seconds.", "3", "9903"),
    Scenario("slow", "Accepted, answered after this many seconds.", "3", "9904"),
    Scenario("no-answer", "Accepted, but the answer never comes.", recipient_ending="9905"),
    Scenario("reset", "Accepted, then the connection breaks.", recipient_ending="9906"),
    Scenario("accept-status", "Accepted, yet answered with this HTTP status.", "500", "9907"),
    Scenario("not-json", "Accepted, answered with a web page.", recipient_ending="9908"),
    Scenario("no-id", "Accepted, answered without an id.", recipient_ending="9909"),
    Scenario("data-text", "Accepted, the answer's data is text holding JSON."),
    Scenario("data-id", "Accepted, the answer's data is the bare id."),
    Scenario("early", "The receipt comes before the answer.", recipient_ending="9911"),
    Scenario("twice", "The receipt comes twice.", recipient_ending="9912"),
    Scenario("reordered", "Delivered first, then a late undelivered.", recipient_ending="9913"),
    Scenario("wrong-type", "The receipt says that it is an inbound message.", "", "9914"),
    Scenario("turned", "The receipt has sender and recipient the other way round.", "", "9915"),
    Scenario("no-receipt", "No receipt ever comes.", recipient_ending="9916"),
    Scenario("undelivered", "The receipt says undelivered.", recipient_ending="9917"),
    Scenario("receipt", "The receipt carries this status word.", "EXPIRED", "9918"),
    Scenario("late", "The receipt comes after this many seconds.", "30", "9919"),
    Scenario("reply", "The person writes back after a moment.", recipient_ending="9920"),
    Scenario("burst", "The person writes this many texts at once.", "20", "9921"),
)
_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def choose(*, phone: str, content: str) -> Choice:
    """Return the scenario that the text asks for, else the recipient, else the ordinary one."""
    for match in _TAG.finditer(content):
        if match[1] in _BY_NAME:
            scenario = _BY_NAME[match[1]]
            return Choice(scenario.name, match[2] or scenario.default)
    for scenario in SCENARIOS:
        if scenario.recipient_ending and phone.endswith(scenario.recipient_ending):
            return Choice(scenario.name, scenario.default)
    return Choice()
