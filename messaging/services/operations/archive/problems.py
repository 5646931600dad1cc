"""What can be wrong with an archive, said to the operator who ran the command."""

from __future__ import annotations


class ArchiveProblem(Exception):
    """An archive could not be made, trusted or read back; the sentence says why."""
