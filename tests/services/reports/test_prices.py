"""A price is estimated from what the same country cost lately."""

from datetime import timedelta
from decimal import Decimal

import pytest

from messaging.models import StaffAccess
from messaging.services.reports.catch_up import catch_up, keep_counting
from messaging.services.reports.prices import DAYS, price_for, price_in, usual_prices
from tests.factories import NOW, make_conversation, make_did, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SPAIN, BRITAIN, CHINA = "34612345678", "447700900123", "8613812345678"


@pytest.fixture
def numbers():
    return make_did(), make_did("34911234567")


@pytest.fixture
def boss():
    return make_user("boss", is_staff=True)


def charge(number, phone, price, *, segments=1, at=NOW):
    make_outbound(
        make_conversation(number, phone),
        at=at,
        status="sent",
        billed_segments=segments,
        price=Decimal(price),
    )


def count():
    catch_up()
    keep_counting()


def test_a_countrys_price_is_the_mean_of_what_its_segments_cost(numbers, boss):
    one, _other = numbers
    charge(one, SPAIN, "0.04")
    charge(one, "34600000001", "0.05", segments=3)
    charge(one, BRITAIN, "0.03")
    count()

    prices = usual_prices(["ES", "GB", "CN"], did_number_id=one.pk, user=boss, at=NOW)

    assert prices == {"ES": Decimal("0.0475"), "GB": Decimal("0.03")}
    assert price_for("34699999999", did_number_id=one.pk, user=boss, at=NOW) == Decimal("0.0475")
    assert price_for("NXBANK", did_number_id=one.pk, user=boss, at=NOW) is None


def test_what_another_number_paid_counts_where_the_number_itself_never_wrote(numbers, boss):
    one, other = numbers
    charge(one, SPAIN, "0.04")
    charge(other, SPAIN, "0.08")
    charge(other, BRITAIN, "0.02")
    count()

    assert usual_prices(["ES", "GB"], did_number_id=one.pk, user=boss, at=NOW) == {
        "ES": Decimal("0.04"),
        "GB": Decimal("0.02"),
    }


def test_nobody_learns_from_a_price_what_was_written_where_they_see_nothing(numbers):
    one, other = numbers
    ana, tom = make_user("ana"), make_user("tom")
    one.members.add(ana, tom)
    StaffAccess.objects.create(user=tom, only_own=True)
    charge(one, SPAIN, "0.04")
    charge(other, BRITAIN, "0.02")
    count()

    of_ana = usual_prices(["ES", "GB"], did_number_id=one.pk, user=ana, at=NOW)
    of_tom = usual_prices(["ES", "GB"], did_number_id=one.pk, user=tom, at=NOW)

    assert (of_ana, of_tom) == ({"ES": Decimal("0.04")}, {})


def test_what_is_long_ago_says_nothing_of_a_country(numbers, boss):
    charge(numbers[0], SPAIN, "0.04")
    count()
    later = NOW + timedelta(days=DAYS + 1)

    assert usual_prices(["ES"], did_number_id=numbers[0].pk, user=boss, at=later) == {}


def test_where_nothing_is_known_of_the_country_the_conversations_last_price_stands(numbers, boss):
    conversation = make_conversation(numbers[0], CHINA)
    assert price_in(conversation, user=boss, at=NOW) is None
    charge(numbers[0], CHINA, "0.031")

    assert price_in(conversation, user=boss, at=NOW) == Decimal("0.031")
