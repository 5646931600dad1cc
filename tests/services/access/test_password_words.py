"""A password must be more than a word of the house."""

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError

from messaging.services.access.password_words import PasswordWordsValidator


@pytest.fixture(autouse=True)
def house(settings):
    settings.PUBLIC_BASE_URL = "https://sms.acme-foods.example:8443"
    settings.PASSWORD_WORDS = ["Zürich", ""]


@pytest.mark.parametrize(
    "password",
    [
        "didsms2026!!!",
        "Acme2026!Foods",
        "ACME-foods-1",
        "zürichzürich1",
        "ＡＣＭＥ2026!!",
        "NXCloud!2026",
    ],
)
def test_what_is_little_more_than_a_name_is_refused(password):
    with pytest.raises(ValidationError) as refusal:
        PasswordWordsValidator().validate(password)
    assert refusal.value.code == "password_is_a_word_of_the_house"


@pytest.mark.parametrize(
    "password",
    [
        "correct acme battery staple",
        "sms-and-nothing",
        "com.com.com.com",
        "a good pass phrase",
        "short",
    ],
)
def test_what_is_more_is_taken(password):
    PasswordWordsValidator().validate(password)


def test_the_form_says_so_before_anybody_types():
    assert PasswordWordsValidator().get_help_text() in password_validators_help_texts()
