"""How long sessions last, and what noting their use costs."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.utils import timezone

from messaging.models import StaffSession
from messaging.services.access.last_seen import EXACT_TO, write_last_seen
from messaging.services.access.session_limits import NOBODYS_LASTS, SIGNED_IN_AT, ends_at, is_over
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db

PAGE = "/settings/"


@pytest.fixture
def row(client) -> StaffSession:
    """The session of somebody whom their row says was seen six minutes ago."""
    write_last_seen()  # what other tests have left
    client.force_login(make_user())
    StaffSession.objects.update(last_seen_at=timezone.now() - EXACT_TO - timedelta(minutes=1))
    return StaffSession.objects.get()


def data_of(began: datetime | None) -> dict[str, object]:
    return {SESSION_KEY: "7"} | ({SIGNED_IN_AT: began.timestamp()} if began else {})


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (data_of(NOW), NOW + timedelta(hours=72)),
        (data_of(NOW - timedelta(days=29)), NOW + timedelta(days=1)),
        (data_of(None), NOW + timedelta(hours=72)),
        ({"pending_sign_in": {}}, NOW + NOBODYS_LASTS),
    ],
    ids=["idle", "longest", "before this version", "nobody's"],
)
def test_a_session_ends_unused_or_at_its_longest(data, end):
    assert ends_at(data, seen_at=NOW) == end


@pytest.mark.parametrize(
    ("began", "seen", "expected"),
    [
        (timedelta(days=29), timedelta(hours=71), False),
        (timedelta(days=30), timedelta(0), True),
        (timedelta(days=5), timedelta(hours=72), True),
    ],
    ids=["within both", "too old", "unused"],
)
def test_limits_hold_as_they_are_now(began, seen, expected):
    assert is_over(data_of(NOW - began), last_seen_at=NOW - seen, at=NOW) is expected


def test_a_limit_that_was_lowered_ends_sessions_of_before(client, row, settings):
    StaffSession.objects.update(last_seen_at=timezone.now() - timedelta(hours=2))
    assert client.get(PAGE).status_code == 200

    settings.SESSION_IDLE_HOURS = 1

    assert client.get(PAGE).status_code == 302


def test_a_use_is_written_later_and_makes_the_session_last(client, row, django_assert_num_queries):
    before = timezone.now()
    client.get(PAGE)
    assert StaffSession.objects.get().last_seen_at == row.last_seen_at

    with django_assert_num_queries(1):
        assert write_last_seen() == 1
    written = StaffSession.objects.get()

    assert before <= written.last_seen_at <= timezone.now()
    assert written.expire_date == written.last_seen_at + timedelta(hours=72)
    client.get(PAGE)
    with django_assert_num_queries(0):
        assert write_last_seen() == 0


@pytest.mark.parametrize(
    "path", ["/live/poll/", "/inbox/parts/list/?view=open", "/conversations/1/presence/"]
)
def test_what_a_page_asks_by_itself_is_no_use(client, row, path):
    client.get(path)

    assert write_last_seen() == 0


@pytest.mark.parametrize(("asked_by", "written"), [("page", 0), ("person", 1), ("", 1)])
def test_nor_is_what_a_page_asks_elsewhere_and_says_so(client, row, asked_by, written):
    client.get(PAGE, headers={"X-Asked-By": asked_by})

    assert write_last_seen() == written


def test_a_session_that_ended_meanwhile_stays_ended(client, row):
    client.get(PAGE)
    StaffSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert write_last_seen() == 0


def test_reading_the_session_is_one_statement(client, row, django_assert_num_queries):
    session = client.session

    with django_assert_num_queries(1):
        session.load()
