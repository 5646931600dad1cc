"""Every state has one name in each language, wherever it is shown."""

from __future__ import annotations

import pytest
from django.template.loader import get_template
from django.utils.translation import override

from messaging.models import Message, StatusChange
from messaging.services.inbox.rows import Row
from messaging.services.threads.bubble import bubble_of
from messaging.status_words import STATUS_CHOICES, STATUS_WORDS, status_words
from messaging.statuses import ATTENTION, INITIAL, Status
from messaging.templatetags.icons import icon
from messaging.templatetags.message_state import state_words
from tests.factories import NOW, make_outbound

OUTBOUND = [status for status in Status if status != Status.RECEIVED]
LANGUAGES = ("en", "zh-hans")


def shown_in_thread(message):
    return bubble_of(message, at=NOW, new_from=0)


def shown_in_list(**fields):
    """Return the words of a row that are before its text and among its marks."""
    row = Row(
        id=1,
        name="Ana",
        phone="",
        phone_key="34",
        age="",
        when=NOW,
        exact="",
        preview="Hello",
        is_outbound=True,
        number_id=1,
        number_name="Desk",
        **fields,
    )
    return get_template("inbox/_row.html").render({"row": row, "view": "all"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", OUTBOUND)
def test_the_list_names_the_state_of_the_last_text(status, language):
    with override(language):
        assert status_words(status).lead in shown_in_list(delivery=status.value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", sorted(ATTENTION))
def test_the_list_names_what_a_person_should_look_at(status, language):
    with override(language):
        name = str(status_words(status).label)
        assert status_words(status).lead in shown_in_list(delivery=status, trouble=status)
        assert f"{name}</span>" in shown_in_list(delivery="sent", trouble=status)


@pytest.mark.parametrize("status", Status)
def test_every_state_has_words_in_both_languages_and_a_sign(status):
    words = status_words(status)
    said = []
    for language in LANGUAGES:
        with override(language):
            said.append((str(words.label), words.lead))

    english, chinese = said
    assert all(english)
    assert all(chinese)
    assert set(english).isdisjoint(chinese)
    assert "<svg" in icon(words.icon, 14)


def test_no_two_states_have_the_same_words():
    assert len({str(words.label) for words in STATUS_WORDS.values()}) == len(Status)


@pytest.mark.parametrize("model", [Message, StatusChange])
def test_the_columns_have_the_same_words(model):
    assert model._meta.get_field("status").choices == STATUS_CHOICES
    assert dict(STATUS_CHOICES).keys() == {status.value for status in Status}


def test_what_a_person_should_look_at_has_a_color_and_is_said_aloud():
    assert {status for status in Status if status_words(status).tone in {"warn", "bad"}} == (
        ATTENTION
    )
    assert all(status_words(status).is_news for status in ATTENTION)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [status for status in OUTBOUND if status not in INITIAL])
def test_the_thread_names_the_state_and_the_reason(status, language):
    message = make_outbound(status=status, error_code="too_old")
    with override(language):
        shown, said = status_words(status), state_words(shown_in_thread(message))
        reason = message.error

        assert (str(shown.label) in said) is (shown.reason != "instead")
        assert (reason in said) is bool(shown.reason)


@pytest.mark.django_db
def test_without_a_reason_the_thread_names_the_state():
    for status in OUTBOUND:
        said = state_words(shown_in_thread(make_outbound(status=status)))
        assert str(status_words(status).label) in said


@pytest.mark.django_db
def test_a_name_in_a_reason_is_escaped():
    message = make_outbound(status="canceled", error_code="canceled", error_facts={"by": "<b>"})

    assert state_words(shown_in_thread(message)) == "Canceled by &lt;b&gt;."
