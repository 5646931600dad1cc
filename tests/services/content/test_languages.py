"""Contacts are written to in their language where it is one of ours, in English otherwise."""

import pytest

from messaging.services.content.languages import language_of


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", "en"),
        ("English", "en"),
        ("en-GB", "en"),
        ("EN_us", "en"),
        ("Chinese", "zh-hans"),
        (" 中文 ", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh-Hans", "zh-hans"),
        ("Klingon", "en"),
        ("es", "en"),
        ("not a code at all / 7", "en"),
    ],
)
def test_a_contacts_language_is_one_of_ours(words, code):
    assert language_of(words) == code
