"""Alarms begin, last, end; of each kind one mail an hour, and an all-clear."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import translation

from messaging.models import HealthAlarm, NumberHour
from messaging.services.operations import alarm_watch
from messaging.services.operations.alarm_watch import note_alarms, watch_health
from messaging.services.operations.alarm_words import FIXES, alarm_fix, alarm_words
from messaging.services.operations.alarms import node_name
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def later(**by):
    return NOW + timedelta(**by)


@pytest.fixture
def wrong(monkeypatch):
    """What is wrong now; a test changes it."""
    found = {}
    monkeypatch.setattr(alarm_watch, "what_is_wrong", lambda *, at: dict(found))
    return found


@pytest.fixture(autouse=True)
def boss():
    return make_user("boss", is_staff=True, email="boss@example.test")


def subjects():
    return [one.subject.removeprefix("[didsms] ") for one in mail.outbox]


def test_an_alarm_begins_once_is_kept_up_to_date_and_ends(wrong):
    wrong["clock", None] = {"offset_seconds": 40.0}
    watch_health(at=NOW)
    wrong["clock", None] = {"offset_seconds": 50.0}
    watch_health(at=later(minutes=2))
    alarm = HealthAlarm.objects.get()
    assert (alarm.began_at, alarm.ended_at, alarm.facts) == (NOW, None, {"offset_seconds": 50.0})

    wrong.clear()
    watch_health(at=later(minutes=4))
    alarm.refresh_from_db()
    assert alarm.ended_at == later(minutes=4)

    wrong["clock", None] = {"offset_seconds": 60.0}
    watch_health(at=later(minutes=6))
    assert HealthAlarm.objects.open().get().began_at == later(minutes=6)


def test_one_process_watches_in_a_minute(wrong):
    assert watch_health(at=NOW)
    assert not watch_health(at=later(seconds=30))
    assert watch_health(at=later(seconds=61))


def test_watching_measures_the_hours_that_are_over(wrong):
    make_inbound(at=NOW)

    watch_health(at=later(hours=2))

    assert NumberHour.objects.filter(did_number__isnull=False).get().inbound == 1


def test_of_one_kind_one_mail_goes_out_in_an_hour_with_every_alarm_of_it(wrong):
    one, other = make_did(label="Desk"), make_did("34911111111", label="Bar")
    wrong["number_silent", one.pk] = {"hours": 3, "usual": 14}
    wrong["clock", None] = {"offset_seconds": 40.0}
    watch_health(at=NOW)
    assert sorted(subjects()) == ["A number is silent", "The clock is off"]
    assert (
        "Desk: silent for 3 h; usually 14 texts by now."
        in mail.outbox[1].body + mail.outbox[0].body
    )

    mail.outbox.clear()
    wrong["number_silent", other.pk] = {"hours": 4, "usual": 20}
    watch_health(at=later(minutes=5))
    assert subjects() == []

    watch_health(at=later(minutes=61))
    assert subjects() == ["A number is silent"]
    assert "Bar: silent for 4 h; usually 20 texts by now." in mail.outbox[0].body
    assert "Desk" not in mail.outbox[0].body


def test_an_alarm_that_was_mailed_has_an_all_clear_and_no_other_has(wrong):
    did = make_did(label="Desk")
    wrong["number_silent", did.pk] = {"hours": 3, "usual": 14}
    watch_health(at=NOW)
    wrong.clear()
    watch_health(at=later(minutes=5))
    assert subjects() == ["A number is silent", "All clear: A number is silent"]
    assert "Desk" in mail.outbox[1].body

    # Within the quiet hour nobody was told of it.
    wrong["number_silent", did.pk] = {"hours": 1, "usual": 14}
    watch_health(at=later(minutes=10))
    wrong.clear()
    watch_health(at=later(minutes=20))
    watch_health(at=later(minutes=120))
    assert len(mail.outbox) == 2


def test_the_quarantine_has_a_mail_of_its_own(wrong):
    wrong["quarantine", None] = {"count": 1}

    watch_health(at=NOW)

    assert (HealthAlarm.objects.count(), subjects()) == (1, [])


def test_a_node_leaves_the_alarms_of_another_ones_disk_alone():
    of_another = {"node": "elsewhere", "state": "low"}
    HealthAlarm.objects.create(kind="disk", facts=of_another, began_at=NOW)

    note_alarms({}, at=later(minutes=1))
    note_alarms({("disk", None): {"node": node_name()}}, at=later(minutes=2))
    assert HealthAlarm.objects.open().get().facts == of_another

    note_alarms({}, at=later(hours=7))
    assert not HealthAlarm.objects.open().exists()


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        (
            "receipts_missing",
            {"share": 0.333, "usual": 0.02, "accepted": 30},
            "Desk: 33% of the last hour’s messages have no delivery receipt; usually 2%.",
        ),
        (
            "receipts_slow",
            {"seconds": 300.0, "usual": 3.5},
            "Desk: delivery receipts take 300.0 s; usually 3.5 s.",
        ),
        ("signatures_refused", {"count": 1}, "1 push was refused today"),
        ("quarantine", {"count": 7}, "7 pushes couldn’t be processed."),
        ("disk", {"node": "web1"}, "The disk is nearly full on web1."),
        ("clock", {"offset_seconds": -72.0}, "Our clock and NXCloud’s differ by 72.0 s."),
        ("queue_old", {"seconds": 660}, "A message has been waiting for 11 minutes to be sent."),
        ("worker_gone", {"count": 2}, "No worker is running"),
        ("backup", {"state": "failed"}, "The last backup failed."),
        ("backup", {"state": "old", "age_seconds": 180_000}, "The last backup is 50 hours old."),
        ("backup", {"state": "unproven"}, "The last backup couldn’t be restored as a test."),
        ("backup", {"state": "missing"}, "There is no backup yet."),
    ],
)
def test_an_alarm_is_told_in_words(kind, facts, words):
    alarm = HealthAlarm(kind=kind, facts=facts, did_number=make_did(label="Desk"), began_at=NOW)

    assert words in alarm_words(alarm)
    with translation.override("zh-hans"):
        assert words not in alarm_words(alarm)


def test_for_every_kind_there_is_something_to_do():
    assert set(FIXES) == set(HealthAlarm.Kind)
    assert "NTP" in alarm_fix(HealthAlarm(kind="clock"))
