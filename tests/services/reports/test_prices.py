"""A price is estimated from what the same country cost lately."""

from datetime import timedelta
from decimal import Decimal

import pytest

from messaging.services.reports.catch_up import catch_up, keep_counting
from messaging.services.reports.prices import DAYS, price_for, price_in, usual_prices
from tests.factories import NOW, make_conversation, make_did, make_outbound

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SPAIN, BRITAIN, CHINA = "34612345678", "447700900123", "8613812345678"


@pytest.fixture
def numbers():
    return make_did(), make_did("34911234567")


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


def test_a_countrys_price_is_the_mean_of_what_its_segments_cost(numbers):
    one, _other = numbers
    charge(one, SPAIN, "0.04")
    charge(one, "34600000001", "0.05", segments=3)
    charge(one, BRITAIN, "0.03")
    count()

    prices = usual_prices(["ES", "GB", "CN"], did_number_id=one.pk, at=NOW)

    assert prices == {"ES": Decimal("0.0475"), "GB": Decimal("0.03")}
    assert price_for("34699999999", did_number_id=one.pk, at=NOW) == Decimal("0.0475")
    assert price_for("NXBANK", did_number_id=one.pk, at=NOW) is None


def test_what_another_number_paid_counts_where_the_number_itself_never_wrote(numbers):
    one, other = numbers
    charge(one, SPAIN, "0.04")
    charge(other, SPAIN, "0.08")
    charge(other, BRITAIN, "0.02")
    count()

    assert usual_prices(["ES", "GB"], did_number_id=one.pk, at=NOW) == {
        "ES": Decimal("0.04"),
        "GB": Decimal("0.02"),
    }


def test_what_is_long_ago_says_nothing_of_a_country(numbers):
    charge(numbers[0], SPAIN, "0.04")
    count()
    later = NOW + timedelta(days=DAYS + 1)

    assert usual_prices(["ES"], did_number_id=numbers[0].pk, at=later) == {}


def test_where_nothing_is_known_of_the_country_the_conversations_last_price_stands(numbers):
    conversation = make_conversation(numbers[0], CHINA)
    assert price_in(conversation, at=NOW) is None
    charge(numbers[0], CHINA, "0.031")

    assert price_in(conversation, at=NOW) == Decimal("0.031")
