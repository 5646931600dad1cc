"""Exact keywords are told from texts that come near them, and from ordinary ones."""

import pytest

from messaging.services.keywords import Keyword, keyword_in, seems_to_ask_for_opt_out


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


@pytest.mark.parametrize(
    "text",
    [
        "please stop texting me",
        "Don't send me any more messages",
        "STOP.",
        "stop please",
        "remove me from your list",
        "take me off this",
        "不要再发了",
        "I want to unsubscribe",
    ],
)
def test_a_near_intent_is_suggested(text):
    assert seems_to_ask_for_opt_out(text)


@pytest.mark.parametrize(
    "text", ["Stop by at 5", "The bus does not stop here", "See you at the bus stop", "ok", "好的"]
)
def test_an_ordinary_text_is_not(text):
    assert not seems_to_ask_for_opt_out(text)
