"""Why a row of a file was not imported, in the reader's language; a file of those rows."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import ImportRow
from messaging.services.conversations.csv_export import harmless
from messaging.services.dialing.number_errors import explain
from messaging.typed_numbers import InvalidPhoneNumber, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.utils.functional import _StrPromise

    from messaging.models import ImportJob

_NUMBER: Final = "number_"
_SENTENCES: Final[dict[str, _StrPromise]] = {
    "own_number": gettext_lazy("That’s our own number."),
    "bad_email": gettext_lazy("The email address isn’t valid."),
    "too_long": gettext_lazy("“%(column)s” has more than %(most)d characters."),
    "too_many_fields": gettext_lazy("A contact has at most %(most)d fields."),
    "bad_field": gettext_lazy("“%(column)s” doesn’t hold such a value: see the field’s kind."),
    "not_allowed": gettext_lazy("You can read this contact, but your role can’t edit it."),
    "in_file": gettext_lazy("The same as row %(line)d."),
    "no_shortcut": gettext_lazy("The shortcut is missing."),
    "bad_shortcut": gettext_lazy("A shortcut has up to 30 letters, digits, - and _."),
    "no_text": gettext_lazy("This text has no visible characters."),
    "text_too_long": gettext_lazy("The text has more than %(most)d characters."),
    "unknown_variable": gettext_lazy("%(names)s isn’t a variable."),
    "taken": gettext_lazy("Somebody else’s saved reply has this shortcut."),
}
#: Why an undo left a row as it is.
_LEFT: Final[dict[str, _StrPromise]] = {
    "left_edited": gettext_lazy("Edited since the import"),
    "left_in_use": gettext_lazy("In use since the import"),
    "left_asked_again": gettext_lazy("They asked again since the import"),
    "left_on_hold": gettext_lazy("On legal hold"),
    "left_gone": gettext_lazy("No longer there"),
}


def why(reason: str, facts: Mapping[str, Any]) -> str:
    """Return a reason as a sentence, "" for none."""
    if reason.startswith(_NUMBER):
        part = str(facts.get("part", ""))
        return explain(InvalidPhoneNumber(Problem(reason.removeprefix(_NUMBER)), part=part))
    sentence = {**_SENTENCES, **_LEFT}.get(reason)
    return str(sentence) % facts if sentence and facts else str(sentence or "")


class _Line:
    """A file that returns what is written, for csv.writer."""

    def write(self, text: str) -> str:
        return text


def rejected_as_csv(job: ImportJob, *, header: list[str]) -> Iterator[str]:
    """Yield the lines of a CSV file: the rows that were not imported as they were, with reasons.

    Args:
        job: the import.
        header: the names of its columns.
    """
    writer = csv.writer(_Line())
    names = [*header, _("Row"), _("Reason")]
    yield "\ufeff" + writer.writerow([harmless(name) for name in names])
    rejected = [ImportRow.Outcome.INVALID, ImportRow.Outcome.DUPLICATE]
    rows = ImportRow.objects.filter(job=job, outcome__in=rejected).order_by("position")
    for row in rows.iterator(chunk_size=500):
        cells = [str(cell) for cell in row.cells]
        cells += [""] * (len(header) - len(cells))
        line = [*cells, str(row.line), why(row.reason, row.facts)]
        yield writer.writerow([harmless(cell) for cell in line])
