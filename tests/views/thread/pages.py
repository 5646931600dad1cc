"""Pages and forms of a thread as tests use them."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from django.utils import timezone

NOW = timezone.now


def path(name: str, number: int) -> str:
    return reverse(name, args=[number])


def page_of(client: Client, conversation) -> str:
    return client.get(f"/inbox/open/{conversation.pk}/").content.decode()


def post_json(client: Client, address: str, **fields):
    return client.post(address, fields, headers={"Accept": "application/json"})
