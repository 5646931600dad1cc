"""A real provider of single sign-on in a process of its own, and a browser that goes there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.http import HttpResponse
from django.test import Client

from messaging.services.single_sign_on.provider import forget_provider
from tests.processes import Running, reserve_port, until

CLIENT_ID = "didsms"


class SignOnProvider(Running):
    """`oidc-provider-mock`: anybody may sign in there as anybody."""

    def __init__(self, *, log: Path) -> None:
        """Start it."""
        port = reserve_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port)]
        super().__init__(command, env={"PATH": os.environ["PATH"]}, log=log)

    def wait(self) -> SignOnProvider:
        """Return once it answers."""
        until(self._answers, what="the provider answers")
        return self

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/jwks", timeout=5).ok
        except requests.ConnectionError:
            return False

    def knows(self, subject: str, **claims: Any) -> None:
        """Let it tell this of somebody from now on."""
        answer = requests.put(f"{self.url}/users/{subject}", json=claims, timeout=5)
        assert answer.status_code == 204

    def revokes(self, subject: str) -> None:
        """Let none of somebody's tokens be good any more."""
        address = f"{self.url}/users/{subject}/revoke-tokens"
        assert requests.post(address, timeout=5).status_code == 204

    def is_set_up(self, settings: Any) -> None:
        """Make it the provider of the settings."""
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = self.url, CLIENT_ID
        settings.OIDC_CLIENT_SECRET = "a secret + of: ours"
        forget_provider()


def asked_of_provider(client: Client, path: str = "/accounts/sso/") -> dict[str, str]:
    """Return what the provider would be asked, by name."""
    location = client.get(path)["Location"]
    return {name: value for name, (value,) in parse_qs(urlsplit(location).query).items()}


def came_back(client: Client, subject: str, path: str = "/accounts/sso/", **form: str) -> str:
    """Go to the provider and sign in there; return the address that leads back."""
    there = client.get(path)["Location"]
    back = requests.post(
        there, data={"sub": subject} | form, allow_redirects=False, timeout=5
    ).headers["Location"]
    return back.removeprefix("http://testserver")


def sign_on(client: Client, subject: str, path: str = "/accounts/sso/") -> HttpResponse:
    """Sign in by single sign-on; return our answer to what leads back."""
    return client.get(came_back(client, subject, path))
