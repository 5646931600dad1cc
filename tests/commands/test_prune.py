"""The command prune."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from messaging.models import (
    Change,
    Conversation,
    HealthAlarm,
    Message,
    Notification,
    NumberRetention,
    Presence,
    Push,
    StaffSession,
)
from tests.factories import make_conversation, make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db


def run(*options: str) -> str:
    out = StringIO()
    call_command("prune", *options, stdout=out)
    return out.getvalue()


def test_old_applied_pushes_go_and_the_newest_of_each_number_stays():
    old = timezone.now() - timedelta(days=100)
    reception, sales = make_did(), make_did("34911000000")
    for number in range(3):
        make_inbound(reception, content=str(number), at=old)
    make_inbound(sales, at=old)
    kept = [Push.objects.filter(did_number=did).order_by("-pk")[0].pk for did in (reception, sales)]

    said = run("--days", "90", "--batch", "1")

    assert said.startswith("2 pushes, ")
    assert sorted(Push.objects.values_list("pk", flat=True)) == sorted(kept)
    assert Message.objects.count() == 4


@pytest.mark.parametrize("outcome", ["quarantined", "orphan"])
def test_a_push_that_still_needs_somebody_stays(outcome):
    old = timezone.now() - timedelta(days=1000)
    Push.objects.create(received_at=old, raw_body=b"{", outcome=outcome)

    run()

    assert Push.objects.count() == 1


def test_hints_presences_and_notifications_go_when_they_are_old():
    conversation, user = make_conversation(), make_user()
    old = timezone.now() - timedelta(days=100)
    Change.objects.create(kind=Change.Kind.MESSAGE)
    Change.objects.update(at=old)
    Change.objects.create(kind=Change.Kind.STATUS)
    Presence.objects.create(user=user, conversation=conversation, seen_at=old)
    for created_at in (old, timezone.now()):
        Notification.objects.create(
            user=user, conversation=conversation, reason="mention", created_at=created_at
        )

    assert run() == (
        "0 pushes, 1 changes, 1 presences, 0 sessions, 1 notifications, 0 mailings, 0 alarms,"
        " 0 messages\n"
    )
    assert list(Change.objects.values_list("kind", flat=True)) == ["status"]
    assert Notification.objects.count() == 1
    assert Conversation.objects.count() == 1


def test_sessions_go_when_they_are_over(client):
    client.force_login(make_user())
    StaffSession.objects.create(
        session_key="over", session_data="", expire_date=timezone.now() - timedelta(seconds=1)
    )

    assert run() == (
        "0 pushes, 0 changes, 0 presences, 1 sessions, 0 notifications, 0 mailings, 0 alarms,"
        " 0 messages\n"
    )
    assert StaffSession.objects.get().session_key == client.session.session_key


@pytest.mark.parametrize(
    ("option", "most"), [("--days", "36500, which is a hundred years"), ("--batch", "10000")]
)
def test_more_than_any_calendar_or_statement_holds_is_refused(option, most):
    with pytest.raises(CommandError, match=f"^{option} must be at most {most}.$"):
        run(option, "9999999999")


def test_zero_days_are_refused():
    with pytest.raises(CommandError, match="at least 1"):
        run("--days", "0")


def test_alarms_go_when_they_have_been_over_for_long():
    old = timezone.now() - timedelta(days=100)
    HealthAlarm.objects.create(kind="clock", began_at=old, ended_at=old)
    HealthAlarm.objects.create(kind="disk", began_at=old, ended_at=timezone.now())
    HealthAlarm.objects.create(kind="spool", began_at=old)

    assert run().endswith("1 alarms, 0 messages\n")
    assert set(HealthAlarm.objects.values_list("kind", flat=True)) == {"disk", "spool"}


def test_messages_go_where_their_number_keeps_them_for_a_time():
    now = timezone.now()
    did, other = make_did(), make_did("34911000000")
    NumberRetention.objects.create(did_number=did, message_days=30)
    for each in (did, other):
        make_inbound(each, at=now - timedelta(days=40))
        make_inbound(each, content="New", at=now)

    said = run("--preview")

    assert said.splitlines() == [
        "0 pushes of numbers without a time of their own",
        f"{did.number}: 1 messages of 1 conversations, 0 pushes;"
        " 0 old messages are on legal hold, 0 stay for other reasons",
    ]
    assert Message.objects.count() == 4
    assert run().endswith("1 messages\n")
    assert Message.objects.count() == 3


def test_a_preview_says_what_waits():
    did = make_did()
    waits_until = timezone.now().replace(microsecond=0) + timedelta(hours=5)
    NumberRetention.objects.create(did_number=did, message_days=30, waits_until=waits_until)
    make_inbound(did, at=timezone.now() - timedelta(days=40))

    assert f"not before {waits_until:%Y-%m-%d %H:%M} UTC" in run("--preview")
    assert run().endswith("0 messages\n")
