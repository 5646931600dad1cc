"""What time it is where a contact lives: one clock, a range, or nothing."""

import subprocess
import sys
from datetime import timedelta

import pytest
from babel.core import get_global
from django.utils.translation import override

from messaging.models import Contact
from messaging.services.contacts.local_time import Location, location_of
from messaging.services.dialing.regions import MAIN_ZONES, country_name, shared_zones
from tests.factories import NOW


def location_at(phone) -> Location:
    return location_of(contact=Contact(phone=phone, phone_key=phone))


@pytest.mark.parametrize(
    ("phone", "country", "clock", "night"),
    [
        pytest.param("34612345678", "Spain", "10:00", "", id="one zone holds nearly everybody"),
        pytest.param("8613812345678", "China", "17:00", "", id="one zone by law"),
        pytest.param("64211234567", "New Zealand", "22:00", "certain", id="night"),
        pytest.param("12125550123", "United States", "04:00", "certain", id="area of New York"),
        pytest.param("14155550123", "United States", "01:00", "certain", id="area of California"),
        pytest.param("16045550123", "Canada", "01:00", "certain", id="area of Vancouver"),
        pytest.param("61893744000", "Australia", "17:00–19:30", "", id="the west and the middle"),
        pytest.param("61412345678", "Australia", "17:00–20:00", "", id="a mobile of anywhere"),
        pytest.param("5511987654321", "Brazil", "06:00", "certain", id="São Paulo"),
        pytest.param("79161234567", "Russia", "12:00–21:00", "maybe", id="many zones"),
        pytest.param("77011234567", "Kazakhstan", "14:00", "", id="not Russia with the same code"),
        pytest.param("NXPOST", "", "", "", id="letters"),
        pytest.param("10086", "", "", "", id="a short code"),
    ],
)
def test_clock_is_told_where_the_number_tells_it(phone, country, clock, night):
    location = location_at(phone)

    assert (location.country, location.clock(NOW), location.night(NOW)) == (country, clock, night)


def test_country_is_named_in_the_readers_language():
    location = location_at("34612345678")

    with override("zh-hans"):
        assert location.country == "西班牙"
    assert location.country == "Spain"


@pytest.mark.parametrize("code", ["", "001", "ZZZ", "QX"])
def test_what_is_no_country_has_no_name_and_no_zone(code):
    assert (country_name(code), shared_zones().get(code)) == ("", None)


def test_main_zones_are_of_countries_that_have_several():
    for code, zone in MAIN_ZONES.items():
        zones = get_global("territory_zones")[code]
        assert (zone in zones, len(zones) > 1) == (True, True), code


def test_names_and_zones_are_read_by_those_who_need_them():
    """They take 10 MB; a worker that sends does without."""
    code = (
        "import django, sys; django.setup();"
        " from messaging.services.contacts import local_time as l;"
        " before = 'babel' in sys.modules; l._of_number('34612345678');"
        " print(before, 'babel' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("hours", "clock", "night"),
    [
        pytest.param(0, "17:00–20:00", "", id="evening"),
        pytest.param(1, "18:00–21:00", "maybe", id="night in the east"),
        pytest.param(4, "21:00–00:00", "certain", id="night everywhere, over midnight"),
        pytest.param(14, "07:00–10:00", "maybe", id="night in the west"),
        pytest.param(15, "08:00–11:00", "", id="morning"),
    ],
)
def test_night_in_any_part_is_told(hours, clock, night):
    at, location = NOW + timedelta(hours=hours), location_at("61412345678")

    assert (location.clock(at), location.night(at)) == (clock, night)


def test_table_of_zones_is_read_by_those_who_need_it():
    """It takes 2 MB: a worker, and a company with contacts in one country, do without."""
    code = (
        "import sys; from messaging import phone_numbers as p; p.region('34612345678');"
        " before = 'phonenumbers.timezone' in sys.modules; p.time_zones('12125550123');"
        " print(before, 'phonenumbers.timezone' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True"]
