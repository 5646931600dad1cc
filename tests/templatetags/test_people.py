"""People in templates."""

import pytest

from messaging.templatetags.people import breakable


@pytest.mark.parametrize(
    ("address", "html"),
    [
        ("elena@example.com", "elena<wbr>@example.com"),
        ("no address", "no address"),
        ("<b>@example.com", "&lt;b&gt;<wbr>@example.com"),
    ],
)
def test_an_address_breaks_before_its_at_sign(address, html):
    assert breakable(address) == html
