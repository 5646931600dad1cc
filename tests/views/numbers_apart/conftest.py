"""The world that a member of one number probes, at a moment that does not pass."""

import pytest
from django.utils import timezone

from messaging.services.search import contacts as search_contacts
from messaging.services.search import index_scan
from tests.views.numbers_apart.two_worlds import LATER, World


@pytest.fixture(autouse=True)
def still_clock(monkeypatch):
    """Let no minute pass between the two worlds."""
    monkeypatch.setattr(timezone, "now", lambda: LATER)


@pytest.fixture(autouse=True)
def short_searches(monkeypatch):
    """Let a search end after few matches, so that others could use them up."""
    monkeypatch.setattr(search_contacts, "MOST_CONTACTS", 3)
    monkeypatch.setattr(index_scan, "MOST_MATCHES", 6)
    monkeypatch.setattr(index_scan, "FIRST_BATCH", 2)


@pytest.fixture
def world(db) -> World:
    return World()
