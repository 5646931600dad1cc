import pytest

from didsms_site.client_address import client_address


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
