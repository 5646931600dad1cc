"""What System health, doctor and Prometheus say of the round-trip check."""

from datetime import timedelta

import pytest
from prometheus_client.core import GaugeMetricFamily

from messaging.models import HealthAlarm
from messaging.services.operations.alarm_words import alarm_fix, alarm_words
from messaging.services.operations.database_checks import checks_of_database
from messaging.services.operations.round_trip import LATE_AFTER, send_check_text
from messaging.services.operations.round_trip_check import FIX, round_trip_figures
from tests.factories import NOW, make_did
from tests.services.operations.test_round_trip import LONDON, MADRID, come_back

pytestmark = pytest.mark.django_db
LATE = NOW + LATE_AFTER + timedelta(seconds=1)


@pytest.fixture
def london(settings):
    """The number that check texts go to, from Madrid."""
    settings.ROUND_TRIP_FROM, settings.ROUND_TRIP_TO = MADRID, LONDON
    make_did(MADRID, label="Madrid")
    return make_did(LONDON, label="London")


def check(at):
    found = [check for check in checks_of_database(at=at) if check.name == "round_trip"]
    return found[0] if found else None


def test_without_the_setting_nothing_is_said():
    assert check(NOW) is None
    assert list(round_trip_figures(at=NOW)) == []


def test_the_time_of_the_last_one_is_said(london):
    assert check(NOW).state == "unknown"
    come_back(send_check_text(at=NOW), after=timedelta(seconds=4))

    found = check(NOW + timedelta(minutes=1))
    assert (found.is_ok, found.state) == (True, "ok")
    assert found.message == "The last check text came back after 4.0 s."
    (family,) = round_trip_figures(at=NOW + timedelta(minutes=1))
    assert isinstance(family, GaugeMetricFamily)
    assert family.samples[0].value == 4.0


def test_a_missing_one_says_how_far_it_came_and_who_helps(london):
    send_check_text(at=NOW)

    found = check(LATE)
    words = "The check text from Madrid didn’t arrive at London. Its status: Queued."
    assert (found.is_ok, found.message, found.fix) == (False, words, str(FIX))
    assert list(round_trip_figures(at=LATE)) == []
    alarm = HealthAlarm(
        kind="round_trip", did_number=london, facts={"from": "Madrid", "status": "queued"}
    )
    assert (alarm_words(alarm), alarm_fix(alarm)) == (words, str(FIX))


def test_wrong_numbers_are_named_as_what_to_correct(london, settings):
    settings.ROUND_TRIP_TO = MADRID

    found = check(NOW)
    assert (found.is_ok, found.state) == (False, "numbers")
    assert "ROUND_TRIP_FROM" in found.message
