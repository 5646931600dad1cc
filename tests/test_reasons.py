"""A code and its facts become words in the reader's language, and nothing reads the words."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from django.utils import timezone
from django.utils.translation import override

from messaging.nxcloud.errors import CODES, NXCloudError, UnusablePush
from messaging.reasons import (
    OWNER_ADVICE,
    OWNER_LABELS,
    UNDOCUMENTED,
    WORDINGS,
    Owner,
    Reason,
    ReasonCode,
    columns_of,
    reason_of,
)
from messaging.services.times.date_styles import DateStyle, date_style

LANGUAGES = ("en", "zh-hans")
FACTS = {"by": "ana", "http_status": 422, "status": "BUFFERED"} | {
    "received_at": "2026-11-22T09:00:05+00:00"
}
FACT = re.compile(r"%\((\w+)\)s")


def test_every_code_of_ours_and_of_the_provider_has_a_wording():
    assert {*CODES, *ReasonCode} == set(WORDINGS)


def test_every_word_of_an_error_on_the_wire_is_a_code():
    words = {kind.word for kind in NXCloudError.__subclasses__()}

    assert words <= set(ReasonCode)


def test_every_reason_that_the_wire_names_is_a_code():
    source = Path("messaging/nxcloud")
    named = {
        word
        for path in source.glob("*.py")
        for word in re.findall(r'reason="(\w+)"', path.read_text(encoding="utf-8"))
    }

    assert named
    assert named <= set(ReasonCode)


@pytest.mark.parametrize("code", [*sorted(set(WORDINGS) - {"text"}), "4711"])
def test_every_code_is_said_in_both_languages_with_and_without_facts(code):
    said = {}
    for language in LANGUAGES:
        with override(language):
            said[language] = (Reason(code, FACTS).words(), Reason(code).words())

    assert all(all(words) for words in said.values())
    assert said["en"][0] != said["zh-hans"][0]
    assert said["en"][1] != said["zh-hans"][1]
    assert "%(" not in "".join("".join(words) for words in said.values())


@pytest.mark.parametrize("code", [code for code, row in WORDINGS.items() if FACT.search(row.words)])
def test_a_wording_with_a_fact_has_another_without(code):
    row = WORDINGS[code]

    assert code == "text" or (row.bare and not FACT.search(row.bare))


def test_what_programs_read_is_english_whatever_language_is_active():
    with override("zh-hans"):
        assert Reason("canceled", {"by": "ana"}).in_english() == "Canceled by ana."
        assert Reason("canceled", {"by": "ana"}).words() == "由 ana 取消。"


def test_what_the_other_side_said_stands_behind_our_sentence_as_a_quotation():
    reason = Reason("9006", {"words": "No such number"})

    assert reason.words() == "The recipient’s number is not a phone number. “No such number”"
    with override("zh-hans"):
        assert reason.words() == "接收号码不是电话号码。“No such number”"


def test_what_the_other_side_said_is_not_said_twice():
    assert Reason("12001", {"words": "the text is too long"}).words() == (
        "The text is too long: at most 1000 characters."
    )


def test_a_code_that_nobody_documents_is_named_with_the_providers_words():
    reason = Reason("4711", {"words": "Quota of the day exceeded"})

    assert (reason.owner, reason.is_documented) == (Owner.PROVIDER, False)
    assert reason.words() == (
        "NXCloud returned code 4711, which it doesn’t document. “Quota of the day exceeded”"
    )
    assert Reason("4711").words() == FACT.sub("4711", UNDOCUMENTED.words)


def test_a_receipt_that_overtook_its_answer_is_said_behind_the_reason():
    facts = {"received_at": "2026-11-22T09:00:05+00:00"}

    assert Reason("early_receipt", facts).in_english() == (
        "The receipt had arrived at 2026-11-22 09:00:05 UTC."
    )
    assert Reason("not_delivered", facts).in_english() == (
        "Not delivered; the carrier gave no reason. The receipt had arrived at 2026-11-22"
        " 09:00:05 UTC."
    )


def test_the_time_of_a_receipt_is_written_as_its_reader_does():
    reason = Reason("early_receipt", {"received_at": "2026-11-22T14:00:05+00:00"})
    with (
        timezone.override("America/New_York"),
        date_style(DateStyle(is_month_first=True, has_12_hours=True)),
    ):
        assert reason.words() == "The receipt had arrived at Nov 22, 2026, 9:00:05 AM."
    with timezone.override("Asia/Shanghai"), override("zh-hans"):
        assert reason.words() == "回执早在 2026年11月22日 22:00:05 就已收到。"


def test_a_sentence_of_an_earlier_version_is_shown_as_it_is():
    with override("zh-hans"):
        assert Reason("text", {"text": "100% unknown %(by)s"}).words() == "100% unknown %(by)s"
        assert Reason("12002", {"text": "Old words."}).words() == "Old words."


def test_a_fact_may_hold_anything():
    assert Reason("reported", {"status": "100%s {x}"}).words() == "NXCloud reported 100%s {x}."


def test_two_columns_hold_a_reason():
    assert columns_of(None) == (None, None)
    assert columns_of(Reason(ReasonCode.TOO_OLD)) == ("too_old", None)
    assert columns_of(Reason("changed", {"by": "ana"})) == ("changed", {"by": "ana"})
    assert reason_of(None, None) is None
    assert reason_of("too_old", None) == Reason(ReasonCode.TOO_OLD)


def test_every_owner_has_a_name_and_says_what_a_reader_can_do():
    assert set(OWNER_LABELS) == set(OWNER_ADVICE) == set(Owner)
    for language in LANGUAGES:
        with override(language):
            assert all(str(label) for label in OWNER_LABELS.values())


def test_no_sentence_is_formatted_otherwise():
    for row in (*WORDINGS.values(), UNDOCUMENTED):
        assert [name for _text, name, *_rest in Formatter().parse(row.words) if name] == []


def test_an_error_of_the_wire_that_is_not_about_a_message_has_no_wording():
    assert UnusablePush("not_json").code == ReasonCode.OTHER
