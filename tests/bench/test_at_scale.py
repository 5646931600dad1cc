"""The measurement at scale works: its data is what it says, every page that it asks for answers."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from bench.at_scale import median_of
from bench.scale_data import QUIET_NUMBER, fill
from bench.scale_pages import Case, cases
from bench.scale_times import measured
from messaging.models import Conversation, Message
from messaging.services.search.indexing import index_waiting
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.nightly
def test_filled_database_has_the_asked_size_and_answers_every_page():
    fill(conversations=200, messages=900, has_reports=True)

    assert Conversation.objects.count() == 200
    assert Message.objects.exclude(status="scheduled").count() == 900
    assert index_waiting() == 0
    assert not Conversation.objects.filter(did_number=QUIET_NUMBER, status="open").exists()
    for who in ("administrator", "quiet"):
        client = logged_in(User.objects.get(username=who))
        answers = {case.what: client.get(case.url).status_code for case in cases(who)}
        assert answers == dict.fromkeys(answers, 200)
        assert "search two Chinese characters" in answers
        assert "report responses, a year" in answers


def test_page_that_fails_ends_the_measurement():
    with pytest.raises(SystemExit, match="404 at /inbox/nowhere/"):
        measured(logged_in(make_user()), Case("nowhere", "/inbox/nowhere/"), turns=1)


def test_measured_page_has_its_times_and_its_statements():
    times = measured(logged_in(make_user()), Case("sidebar", "/inbox/parts/sidebar/"), turns=1)

    assert times.keys() == {"ms", "database_ms", "statements"}
    assert times["ms"] > 0


def test_rounds_are_joined_by_their_medians():
    rounds = [{"sidebar": {"ms": ms}} for ms in (3.0, 1.0, 2.0)]

    assert median_of(rounds) == {"sidebar": {"ms": 2.0}}
