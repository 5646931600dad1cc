"""Every stored sentence can be read in the reader's language."""

from __future__ import annotations

import pytest
from django.utils import timezone
from django.utils.translation import gettext, override

from messaging.nxcloud.errors import CODES
from messaging.services.history.provider_words import SENTENCES, provider_words
from messaging.services.times.date_styles import DateStyle, date_style


def test_every_sentence_of_the_providers_codes_is_collected_for_translation():
    assert {meaning.user_message for meaning in CODES.values()} <= set(SENTENCES)


def test_time_of_a_receipt_is_written_as_its_reader_does():
    stored = "The receipt had come at 2026-11-22 14:00:05 UTC."
    with (
        timezone.override("America/New_York"),
        date_style(DateStyle(is_month_first=True, has_12_hours=True)),
    ):
        assert provider_words(stored) == "The receipt had come at Nov 22, 2026, 9:00:05 AM."
    with timezone.override("Asia/Shanghai"), override("zh-hans"):
        assert provider_words(stored) == "回执早在 2026年11月22日 22:00:05 就已收到。"
    assert provider_words("The receipt had come at 2026-99-22 14:00:05 UTC.") == (
        "The receipt had come at 2026-99-22 14:00:05."
    )


def test_unknown_sentence_stays_as_it_is():
    assert provider_words("Quota of the day exceeded") == "Quota of the day exceeded"
    assert provider_words("") == ""


def test_what_the_provider_itself_said_stands_behind_our_sentence_as_a_quotation():
    ours = "The recipient's number is not a phone number."

    with override("zh-hans"):
        said = provider_words(f"{ours} No such number")
        expected = f"{gettext(ours)} “No such number”"

    assert said == expected
    assert ours not in said


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("The provider refused it with the code 4711.", "服务商拒绝发送，代码为 4711。"),
        ("The provider refused it (HTTP 422).", "服务商拒绝发送（HTTP 422）。"),
        ("Canceled by ana.", "由 ana 取消。"),
        ("Canceled.", "已取消。"),
        ("NXCloud reported BUFFERED.", "NXCloud 报告的状态为 BUFFERED。"),
        ("Contradiction: NXCloud also reported 100%s.", "前后矛盾：NXCloud 还报告过状态 100%s。"),
    ],
)
def test_a_sentence_with_a_name_or_a_word_in_it_is_translated_around_it(stored, words):
    assert provider_words(stored) == stored
    with override("zh-hans"):
        assert provider_words(stored) == words
