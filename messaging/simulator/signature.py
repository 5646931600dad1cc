"""The provider's side of the signature, written a second time on purpose.

Checked against the same published vectors as our own: were it one function, both sides could
share one mistake and still agree.
"""

from __future__ import annotations

import hashlib


def provider_sign(parameters: dict[str, str], body: bytes, secret: str) -> str:
    """Sign header parameters and a body as the provider's page says.

    Args:
        parameters: accessKey, action, bizType and ts by their names.
        body: The bytes that travel.
        secret: The customer's accessSecret.

    Source: "API Interface Call Convention".
    """
    digest = hashlib.md5(usedforsecurity=False)
    digest.update("&".join(f"{name}={parameters[name]}" for name in sorted(parameters)).encode())
    if body:
        digest.update(b"&body=")
        digest.update(body)
    digest.update(f"&accessSecret={secret}".encode())
    return digest.hexdigest()
