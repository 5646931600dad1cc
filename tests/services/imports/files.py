"""Imports for tests: a file goes in, the worker's turns run without a rest."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from messaging.models import DidNumber, ImportJob, ImportRow, Membership
from messaging.policy import Role
from messaging.services.imports.jobs import Reading, Upload, choose_columns, confirm, start_import
from messaging.services.imports.steps import keep_importing
from tests.factories import NOW, make_did, make_user


def make_supervisor(did: DidNumber | None = None) -> User:
    """Somebody who may import to a number."""
    user = make_user()
    Membership.objects.create(didnumber=did or make_did(), user=user, role=Role.SUPERVISOR)
    return user


def upload(
    text: str | bytes,
    *,
    by: User,
    kind: str = "contacts",
    did: DidNumber | None = None,
    is_private: bool = False,
    name: str = "people.csv",
) -> ImportJob:
    raw = text if isinstance(text, bytes) else text.encode()
    return start_import(
        Upload(kind=kind, raw=raw, file_name=name, did_number=did, is_private=is_private),
        by=by,
        at=NOW,
    )


def work() -> int:
    """Let the worker do all that it has to."""
    return keep_importing(clock=lambda: 0.0, rest=lambda seconds: None)


def checked(text: str | bytes, *, by: User, **more: Any) -> ImportJob:
    """An import after its trial run; `region` and `fills_only` say how it was read."""
    reading = {name: more.pop(name) for name in ("region", "fills_only") if name in more}
    job = upload(text, by=by, **more)
    choose_columns(job, Reading(job.columns, has_header=job.has_header, **reading))
    work()
    job.refresh_from_db()
    return job


def imported(text: str | bytes, *, by: User, **more: Any) -> ImportJob:
    """An import that is over."""
    job = checked(text, by=by, **more)
    confirm(job, by=by, at=NOW)
    work()
    job.refresh_from_db()
    return job


def outcomes(job: ImportJob) -> list[tuple[int, str, str]]:
    """Line, outcome and reason of each row."""
    return list(ImportRow.objects.filter(job=job).values_list("line", "outcome", "reason"))
