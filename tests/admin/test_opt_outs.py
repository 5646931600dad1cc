"""Opt-outs in the admin end with a reason."""

import pytest
from django.urls import reverse

from messaging.models import OptOut
from messaging.services.contacts.opt_outs import record_opt_out
from tests.factories import (
    NOW,
    make_conversation,
)

pytestmark = pytest.mark.django_db


def test_an_opt_out_ends_with_a_reason_and_not_without(admin, boss):
    opt_out = record_opt_out(conversation=make_conversation(), at=NOW)
    address = reverse("admin:messaging_optout_change", args=[opt_out.pk])

    admin.post(address, {"end_reason": ""})
    opt_out.refresh_from_db()
    assert opt_out.ended_at is None

    admin.post(address, {"end_reason": "They called and asked."})
    opt_out.refresh_from_db()
    assert (opt_out.end_reason, opt_out.ended_by) == ("They called and asked.", boss)
    assert OptOut.objects.in_force().count() == 0
