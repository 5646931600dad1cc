"""Saved replies from a file: new ones, and new texts of those that are there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.db.models import Value
from django.db.models.functions import Lower

from messaging.models import CannedReply, ImportRow
from messaging.services.content.variables import in_braces, unknown_in
from messaging.services.conversations.saved_replies import is_taken, replies_edited_by
from messaging.sms_text import is_blank

from .columns import SHORTCUT, TEXT
from .findings import Finding, Refused, cell_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from messaging.models import ImportJob

LONGEST_TEXT: Final = 1000
_SHORTCUT: Final = re.compile(r"[\w-]{1,30}")
Outcome = ImportRow.Outcome


class ReplyRows:
    """Imports saved replies.

    Args:
        job: the import; with a number its new replies are for that one only.
    """

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._by = job.owner

    @property
    def _owner(self) -> User | None:
        return self._by if self._job.is_private else None

    def _replies(self) -> QuerySet[CannedReply]:
        """Return the replies that the import may change."""
        return replies_edited_by(self._by).filter(owner=self._owner)

    def judge(self, rows: Sequence[ImportRow]) -> list[Finding]:
        """Return what would be done with each row now."""
        return [self._judge(row) for row in rows]

    def _judge(self, row: ImportRow) -> Finding:
        shortcut = ""
        try:
            shortcut = self._shortcut(row)
            text = self._text(row)
        except Refused as refused:
            return refused.as_finding(key=shortcut.lower())
        key = shortcut.lower()
        # The database folds as its unique constraint does, which is not always as Python does.
        reply = (
            self._replies().alias(folded=Lower("shortcut")).filter(folded=Lower(Value(shortcut)))
        ).first()
        if reply is None and is_taken(shortcut=shortcut, owner=self._owner):
            return Refused("taken").as_finding(key=key)
        if reply is None:
            return Finding(Outcome.CREATE, key, values={"shortcut": shortcut, "content": text})
        if reply.content == text:
            return Finding(Outcome.SAME, key)
        return Finding(Outcome.CHANGE, key, facts={"reply": reply.pk}, values={"content": text})

    def _shortcut(self, row: ImportRow) -> str:
        shortcut = cell_of(row, SHORTCUT, columns=self._job.columns).removeprefix("/").strip()
        if not shortcut:
            raise Refused("no_shortcut")
        if not _SHORTCUT.fullmatch(shortcut):
            raise Refused("bad_shortcut")
        return shortcut

    def _text(self, row: ImportRow) -> str:
        text = cell_of(row, TEXT, columns=self._job.columns).replace("\r\n", "\n")
        if len(text) > LONGEST_TEXT:
            raise Refused("text_too_long", {"most": LONGEST_TEXT})
        if is_blank(text):
            raise Refused("no_text")
        if unknown := unknown_in(text):
            raise Refused("unknown_variable", {"names": in_braces(unknown)[:100]})
        return text

    def write(self, row: ImportRow, finding: Finding, *, at: datetime) -> None:
        """Save the reply."""
        if finding.outcome == Outcome.CREATE:
            if is_taken(shortcut=finding.values["shortcut"], owner=self._owner):
                self._leave(row)
                return
            row.reply = CannedReply.objects.create(
                **finding.values, did_number=self._job.did_number, owner=self._owner
            )
        elif finding.outcome == Outcome.CHANGE:
            reply = self._replies().get(pk=finding.facts["reply"])
            row.reply, row.before = reply, {"content": reply.content}
            CannedReply.objects.filter(pk=reply.pk).update(**finding.values)
        row.after = finding.values

    def _leave(self, row: ImportRow) -> None:
        """Note that the shortcut is another row's: the database takes both for the same one."""
        finding = self._judge(row)
        earlier = ImportRow.objects.filter(job=self._job, reply=finding.facts.get("reply", 0))
        line = earlier.values_list("line", flat=True).first()
        if line is None:
            row.outcome, row.reason, row.facts = Outcome.INVALID, "taken", {}
        else:
            row.outcome, row.reason, row.facts = Outcome.DUPLICATE, "in_file", {"line": line}

    def take_back(self, row: ImportRow, *, at: datetime) -> ImportRow.State:
        """Delete a new reply, or give a changed one its text back, where nobody edited it since."""
        reply = CannedReply.objects.filter(pk=row.reply_id or 0).first()
        if reply is None:
            row.reason = "left_gone"
            return ImportRow.State.LEFT
        if any(getattr(reply, name) != value for name, value in row.after.items()):
            row.reason = "left_edited"
            return ImportRow.State.LEFT
        if row.outcome == Outcome.CREATE:
            row.reply = None
            reply.delete()
        else:
            CannedReply.objects.filter(pk=reply.pk).update(content=row.before["content"])
        return ImportRow.State.UNDONE
