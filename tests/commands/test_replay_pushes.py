"""The command replay_pushes."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from messaging.models import Message, Push
from messaging.services.receiving.record import record_push
from tests.factories import NOW, inbound_envelope, make_did

pytestmark = pytest.mark.django_db


def run(*options: str) -> str:
    out = StringIO()
    call_command("replay_pushes", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def stranded() -> None:
    """Two pushes for a number that was not ours when they came, and one that is no use ever."""
    for content in ("one", "two"):
        record_push(envelope=inbound_envelope(content=content))
    Push.objects.create(
        received_at=NOW, raw_body=b"{", outcome="quarantined", reason="not_json", action="mo"
    )


def test_what_was_quarantined_is_judged_again_after_the_number_was_added(stranded):
    make_did()

    assert run("--reason", "unknown_number") == "2 push(es): 2 applied\n"
    assert list(Message.objects.order_by("id").values_list("content", flat=True)) == ["one", "two"]


def test_applied_pushes_are_never_touched_again(stranded):
    make_did()
    run()

    run()

    assert Message.objects.count() == 2


def test_a_dry_run_only_counts(stranded):
    make_did()

    assert run("--dry-run") == "3 push(es) would be replayed: 1 not_json, 2 unknown_number\n"
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("since", "count"), [("2026-11-22", 3), ("2026-11-22T09:00:01Z", 0), ("2026-11-23", 0)]
)
def test_since_leaves_out_older_ones(stranded, since, count):
    assert run("--since", since, "--dry-run").startswith(f"{count} push(es)")


@pytest.mark.parametrize(
    "since", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-10:00"]
)
def test_a_since_that_is_no_date_is_refused(since):
    with pytest.raises(CommandError, match="--since must be a date"):
        run("--since", since)
