"""The address that a request came from, behind as many proxies as the settings say.

Everything that limits, allows or logs by address asks here, so an address has one spelling.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from django.conf import settings
from django.http import HttpRequest

#: One customer has at least so many leading bits for themselves, and may change all the others.
IPV6_NETWORK_BITS: Final = 64
_IN_BRACKETS: Final = re.compile(r"\[([^\[\]]{0,60})\](?::\d{1,5})?")
_WITH_PORT: Final = re.compile(r"([\d.]{7,15}):\d{1,5}")


def client_address(request: HttpRequest) -> str:
    """Return the caller's IP address in its shortest spelling.

    Each trusted proxy appends the address that it saw to X-Forwarded-For; what is further
    left was written by the caller and proves nothing. A hop that is no address ("unknown") counts
    as the proxy's own, the socket's.

    Returns:
        The address; "" when the socket has none, as behind a socket file.
    """
    remote = normal_address(str(request.META.get("REMOTE_ADDR", ""))) or ""
    count: int = settings.TRUSTED_PROXY_COUNT
    if not count:
        return remote
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    hops = [hop for hop in hops if hop]
    return (normal_address(hops[-count]) if len(hops) >= count else None) or remote


def normal_address(word: str) -> str | None:
    """Return an address without port, brackets and zone; None for what is no address.

    An IPv4 address in the clothes of IPv6 (``::ffff:192.0.2.1``) is the IPv4 address.
    """
    found = _parse(word)
    return None if found is None else str(found)


def client_network(address: str) -> str:
    """Return what a limit counts an address as: itself, or the /64 around an IPv6 address.

    Args:
        address: as `client_address` returns it; what is no address comes back as it is.
    """
    found = _parse(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, IPV6_NETWORK_BITS), strict=False))
    return address if found is None else str(found)


@lru_cache(maxsize=1024)
def _parse(word: str) -> IPv4Address | IPv6Address | None:
    word = word.strip().strip('"')
    found = _IN_BRACKETS.fullmatch(word) or _WITH_PORT.fullmatch(word)
    bare = (found[1] if found else word).partition("%")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
