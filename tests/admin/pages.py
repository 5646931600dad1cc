"""Pages of the admin as tests fetch them."""

import re

from django.conf import settings
from django.test import Client
from django.urls import reverse

from messaging.models import (
    Push,
)
from tests.factories import (
    NOW,
)

BACKEND = "messaging.services.access.auth_backend.StaffBackend"


def page(client: Client, name: str, *args: object, query: str = "") -> str:
    response = client.get(reverse(f"admin:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def words_in_code(*patterns: str) -> set[str]:
    """Return the words that the code of pushes gives in one of some ways."""
    sources = [
        path.read_text("utf-8")
        for folder in ("nxcloud", "services", "views")
        for path in (settings.BASE_DIR / "messaging" / folder).rglob("*.py")
    ]
    return {word for text in sources for one in patterns for word in re.findall(one, text)}


def make_push(**changes):
    return Push.objects.create(
        **{
            "received_at": NOW,
            "raw_body": b"{}",
            "kind": "inbound",
            "outcome": "applied",
            "reason": "signed_action",
        }
        | changes
    )
