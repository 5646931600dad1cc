import pytest

from didsms_site.http.client_address import client_address, client_network, normal_address


@pytest.mark.parametrize(
    ("trusted_proxies", "forwarded_for", "expected"),
    [
        (0, None, "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, " , ", "192.0.2.1"),
    ],
    ids=[
        "no proxy",
        "a header that nobody vouches for",
        "one proxy",
        "the caller wrote a hop of its own",
        "two proxies",
        "fewer hops than proxies",
        "past the proxy",
        "empty hops",
    ],
)
def test_only_what_trusted_proxies_wrote_is_believed(
    rf, settings, trusted_proxies: int, forwarded_for: str | None, expected: str
):
    settings.TRUSTED_PROXY_COUNT = trusted_proxies
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for is not None else {}
    request = rf.get("/", headers=headers, REMOTE_ADDR="192.0.2.1")

    assert client_address(request) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:50122", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:50122", "203.0.113.9"),
        ("unknown", None),
        ("_hidden", None),
        ("203.0.113.9:port", None),
        ("203.0.113.999", None),
        ("", None),
        ("1" * 5000, None),
    ],
)
def test_an_address_has_one_spelling(word: str, expected: str | None):
    assert normal_address(word) == expected


@pytest.mark.parametrize(
    ("forwarded_for", "expected"),
    [
        ("203.0.113.9:50122", "203.0.113.9"),
        ("[2001:db8::9]:50122", "2001:db8::9"),
        ("unknown", "192.0.2.1"),
        ("198.51.100.7, unknown", "192.0.2.1"),
    ],
)
def test_what_a_proxy_adds_is_left_out_and_what_is_no_address_is_the_proxys(
    rf, settings, forwarded_for: str, expected: str
):
    settings.TRUSTED_PROXY_COUNT = 1
    request = rf.get("/", headers={"X-Forwarded-For": forwarded_for}, REMOTE_ADDR="192.0.2.1")

    assert client_address(request) == expected


def test_a_socket_file_has_no_address(rf):
    assert client_address(rf.get("/", REMOTE_ADDR="")) == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
    ],
)
def test_a_limit_counts_the_addresses_of_one_ipv6_customer_together(address: str, network: str):
    assert client_network(address) == network
