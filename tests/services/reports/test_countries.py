"""The country of a number, the quick way, is what the library says."""

import pytest

from messaging.phone_numbers import home_region
from messaging.services.reports.countries import country_of


@pytest.mark.parametrize(
    "digits",
    ["34612345678", "8613812345678", "14155550123", "16135550123", "77011234567", "79161234567",
     "447700900123", "447781234567", "60123456789", "85291234567", "390612345678"],
)  # fmt: skip
def test_a_number_has_the_country_that_the_library_finds(digits):
    assert country_of(digits) == home_region(digits) != ""


@pytest.mark.parametrize("sender", ["10086", "nxbank", "", "٣٤٦١٢٣٤٥٦٧٨"])
def test_short_codes_and_names_have_none(sender):
    assert country_of(sender) == ""
