"""Pushes in the admin: explained in words, filtered, replayed."""

import re

import pytest
from django.urls import reverse

from messaging.models import (
    Push,
)
from messaging.push_labels import FLAGS, PUSH_REASONS
from messaging.services.receiving.record import record_push
from tests.admin.pages import make_push, page, words_in_code
from tests.factories import (
    NOW,
    inbound_envelope,
    make_did,
)

pytestmark = pytest.mark.django_db


def test_pushes_are_filtered_and_replayed_together(admin):
    pushes = [record_push(envelope=inbound_envelope(content=str(n))) for n in range(2)]
    make_did()
    listing = page(admin, "messaging_push_changelist", query="?outcome__exact=quarantined")
    assert "2 pushes" in listing

    response = admin.post(
        reverse("admin:messaging_push_changelist"),
        {"action": "replay_selected", "_selected_action": [push.pk for push in pushes]},
        follow=True,
    )

    assert "Replayed: 2 × Processed." in response.content.decode()
    assert set(Push.objects.values_list("outcome", flat=True)) == {"applied"}


def test_a_pushs_page_shows_text_and_bytes_without_believing_them(admin):
    push = Push.objects.create(
        received_at=NOW,
        raw_body=b"<script>alert(1)</script>\x00\xff",
        outcome="quarantined",
        reason="not_json",
    )

    text = page(admin, "messaging_push_change", push.pk)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;\ufffd" in text
    assert "<script>alert" not in text
    assert "0000  3c 73 63 72 69 70 74 3e" in text


def test_every_reason_of_a_push_has_its_words():
    reasons = words_in_code(
        r'UnusablePush\("(\w+)"\)',
        r'Effect\([^)]*reason="(\w+)"',
        r'_(?:inbound|receipt)\(sender, recipient, "(\w+)"',
        r'reason or "(\w+)"',
        r'"reason": "(\w+)"',
        r'"signed_action" if envelope.is_signed else "(\w+)"',
    )

    assert {"signed_action", "to_is_ours", "matched_later", "id_conflict"} < reasons
    assert reasons - set(PUSH_REASONS) == set()


def test_every_flag_of_a_push_has_its_words():
    flags = words_in_code(
        r'flags\.append\("(\w+)"', r'flags=\("(\w+)",\)', r'flags = \("(\w+)",\)', r'\["(no_\w+)"\]'
    ) | {"long_type", "long_status"}

    assert {"contradiction", "previous_secret", "no_content", "unreadable_time"} < flags
    assert flags - set(FLAGS) == set()


def test_pushes_are_explained_in_words_with_the_word_for_engineers_beside_them(admin):
    push = make_push(flags=["previous_secret", "of_another_version"])
    failed = make_push(reason="exception", exception="TypeError", outcome="quarantined")

    listing = page(admin, "messaging_push_changelist")
    own = page(admin, "messaging_push_change", push.pk)

    said = '<span title="{}">{}</span>'
    assert said.format("signed_action", "Identified by its signed header.") in listing
    assert said.format("exception", "An internal didsms error; see its log.") in listing
    its_page = page(admin, "messaging_push_change", failed.pk)
    assert "see its log. <code>exception TypeError</code>" in its_page
    assert f">Push {push.pk} (Inbound message, Processed)<" in own.replace("\n", "").replace(
        "  ", ""
    )
    assert "Identified by its signed header. <code>signed_action</code>" in own
    assert "It was signed with the previous secret. <code>previous_secret</code><br>" in own
    assert " <code>of_another_version</code>" in own


def test_pushes_are_narrowed_to_a_reason_in_words(admin):
    make_push()
    make_push(reason="matched_later")

    text = page(admin, "messaging_push_changelist", query="?reason=matched_later")

    assert "1 push\n" in text
    (offered,) = re.findall(r'(?s)<details data-filter-title="reason"(.*?)</details>', text)
    assert re.findall(r">([^<>]+)</a>", offered) == [
        "All",
        "Matched to its message later.",
        "Identified by its signed header.",
    ]
