"""Who looks, and at what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.factories import make_did, make_inbound, make_user
from tests.views.thread.pages import NOW


@pytest.fixture
def ana():
    return make_user("ana", first_name="Ana")


@pytest.fixture
def did(ana):
    return make_did(members=(ana,))


@pytest.fixture
def conversation(did):
    return make_inbound(did, content="Hello", at=NOW() - timedelta(minutes=9)).conversation


@pytest.fixture
def staff(ana) -> Client:
    client = Client()
    client.force_login(ana)
    return client
