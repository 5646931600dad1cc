"""What can be wrong with a backup: a code with facts, and its words where they are shown."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext, gettext_noop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: The words of each code. Facts are file names, figures and what other programs said.
WORDS: Final[dict[str, str]] = {
    "no_room": gettext_noop("There isn’t enough room in %(folder)s."),
    "not_usable": gettext_noop("%(path)s can’t be used: %(why)s."),
    "exists": gettext_noop("%(path)s already exists. Nothing was overwritten."),
    "program_missing": gettext_noop("The program %(program)s is missing. Install %(package)s."),
    "program_old": gettext_noop(
        "%(program)s is version %(has)s, but the PostgreSQL server is version %(wants)s. Install"
        " postgresql-client %(wants)s or newer."
    ),
    "program_failed": gettext_noop("%(program)s failed: %(said)s"),
    "database_away": gettext_noop("The database didn’t respond: %(said)s"),
    "spool_busy": gettext_noop("The spool was being drained all the time. Try again later."),
    "no_backup": gettext_noop("%(path)s isn’t a backup of didsms, or was never finished."),
    "unknown_format": gettext_noop("The backup was made by a newer didsms (%(version)s)."),
    "missing": gettext_noop("%(file)s is missing from the backup."),
    "damaged": gettext_noop("%(file)s in the backup is damaged."),
    "corrupt": gettext_noop("The copied database is damaged: %(said)s"),
    "rows_differ": gettext_noop(
        "The restored copy doesn’t hold what was counted: %(table)s has %(has)s rows, not"
        " %(wants)s."
    ),
    "files_differ": gettext_noop("The backup holds %(has)s spool files, not %(wants)s."),
    "needs_identity": gettext_noop(
        "The backup is encrypted. Name the file with the secret key: --identity FILE."
    ),
    "no_database_to_try": gettext_noop(
        "The database user may not create databases, so the backup can’t be tried out. Run: ALTER"
        " ROLE %(role)s CREATEDB"
    ),
    "other_engine": gettext_noop(
        "The backup is of %(engine)s, but DATABASE_URL names %(target)s. Restore it into"
        " %(engine)s."
    ),
    "newer_schema": gettext_noop(
        "The backup was made by didsms %(version)s, whose database this version (%(own)s) doesn’t"
        " know. Restore it with didsms %(version)s or newer."
    ),
    "not_empty": gettext_noop(
        "The database isn’t empty (%(table)s has rows). Restore into an empty or just migrated one."
    ),
    "died": gettext_noop("It was stopped before it had finished."),
    "unforeseen": gettext_noop("An unexpected error occurred: %(said)s"),
}
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
#: What another program says may be long; its end says why.
MOST_SAID: Final = 300


class BackupProblem(Exception):
    """A backup could not be made, used or trusted.

    Attributes:
        code: one of WORDS.
        facts: what its words name.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = {name: _plain(value) for name, value in facts.items()}

    def __str__(self) -> str:
        """Return the words in the active language."""
        return words_of(self.code, self.facts)


def words_of(code: str, facts: Mapping[str, Any] | None) -> str:
    """Return a problem's words in the active language.

    Args:
        code: as it was stored.
        facts: as they were stored.
    """
    try:
        return gettext(WORDS[code]) % (facts or {})
    except KeyError:  # Stored by another version.
        return code


def problem_with_file(error: OSError, *, path: Path) -> BackupProblem:
    """Return what an error of the file system means."""
    if error.errno in _NO_ROOM:
        return BackupProblem("no_room", folder=path.parent)
    return BackupProblem("not_usable", path=path, why=error.strerror or type(error).__name__)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)[-MOST_SAID:]
