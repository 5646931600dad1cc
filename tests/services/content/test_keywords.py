"""Exact keywords are told from everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.services.content.keywords import (
    Keyword,
    keyword_form,
    keyword_in,
    own_keywords,
)
from messaging.services.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("STOP", Keyword.STOP),
        (" stop \n", Keyword.STOP),
        ("StopAll", Keyword.STOP),
        ("unsubscribe", Keyword.STOP),
        ("end", Keyword.STOP),
        ("QUIT", Keyword.STOP),
        ("REVOKE", Keyword.STOP),
        ("OPTOUT", Keyword.STOP),
        ("opt out", Keyword.STOP),
        ("退订", Keyword.STOP),
        ("td", Keyword.STOP),
        ("arrêt", Keyword.STOP),
        ("arre\u0302t", Keyword.STOP),
        ("CANCEL", Keyword.CANCEL),
        ("START", Keyword.START),
        ("unstop", Keyword.START),
        ("Yes", Keyword.YES),
        ("HELP", Keyword.HELP),
        ("ＳＴＯＰ", Keyword.STOP),
        ("ＴＤ", Keyword.STOP),
        ("\u2003STOP\u202f\u2028", Keyword.STOP),
        ("\u200eSTOP\u200f", Keyword.STOP),
        ("STOP" + " " * 300, None),
        ("Stop by at 5", None),
        ("STOP.", None),
        ("Please stop", None),
        ("stopp it", None),
        ("no", None),
        ("", None),
    ],
)
def test_a_keyword_is_the_whole_text_trimmed_and_case_folded(text, keyword):
    assert keyword_in(text) == keyword


def test_a_number_has_keywords_of_its_own_beside_the_others():
    own = own_keywords(["N", "Basta ya"])

    found = [keyword_in(text, own=own) for text in ("n", " BASTA YA ", "Ｎ", "stop", "no", "")]

    assert found == [Keyword.STOP, Keyword.STOP, Keyword.STOP, Keyword.STOP, None, None]


def test_own_keywords_are_kept_as_they_are_compared_each_once_without_the_usual_ones():
    assert own_keywords([" Fin ", "FIN", "Ｎ", "no  more", "", "STOP", "cancel", "退订", "T"]) == [
        "fin",
        "n",
        "no more",
        "t",
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["START"], "taken"),
        (["unstop"], "taken"),
        (["Yes"], "taken"),
        (["help"], "taken"),
        (["帮助"], "taken"),
        (["!!!"], "invalid"),
        (["x" * 41], "too_long"),
        (["x" * 5000], "too_long"),
        ([f"word{n}" for n in range(21)], "too_many"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_word_that_cannot_be_an_opt_out_keyword_is_refused(words, code):
    with pytest.raises(InvalidInput) as refused:
        own_keywords(words)

    assert (refused.value.code, refused.value.field) == (code, "opt_out_keywords")


ASCII = st.text(st.characters(max_codepoint=127), max_size=60)


@given(text=ASCII)
def test_a_text_in_ascii_has_the_form_of_one_with_a_letter_that_nobody_sees(text):
    assert keyword_form(text) == keyword_form(text + "\u200b")
