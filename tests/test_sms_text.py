"""Segments as the provider bills them, and plain characters that say the same."""

import json
import unicodedata
from typing import Any

import gsm0338  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.sms_text import (
    BASIC,
    EXTENDED,
    MAX_CHARACTERS,
    Measurement,
    comparison_form,
    is_blank,
    measure,
    measure_received,
    normalize,
    plain_replacement,
    rules,
)
from tests.golden import golden_cases

GOLDEN = golden_cases("segments.json")


@pytest.mark.parametrize("case", GOLDEN, ids=[case["id"] for case in GOLDEN])
def test_a_text_costs_what_the_golden_cases_say(case: dict[str, Any]) -> None:
    size = measure(case["text"], calling_code=case["calling_code"])

    assert size == Measurement(
        case["encoding"], case["units"], case["segments"], case["room"], case["offending"]
    )
    assert plain_replacement(case["text"]) == case["plain"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("one\r\ntwo\rthree", "one\ntwo\nthree", id="line ends"),
        pytest.param("e\u0301", "é", id="decomposed accent"),
        pytest.param("a\x00b", "ab", id="NUL"),
        pytest.param("a\ud800b\udfff", "ab", id="lone surrogates"),
        pytest.param("e\x00\u0301", "é", id="accent behind a NUL"),
        pytest.param(" keep  spaces ", " keep  spaces ", id="spaces stay"),
        pytest.param("😀", "😀", id="emoji stay"),
        pytest.param("e\u0323\u0301", "ẹ\u0301", id="two accents"),
        pytest.param("\u1112\u1161\u11ab", "한", id="Korean letters are a syllable"),
        pytest.param("\u0b47\u0b3e", "\u0b4b", id="a vowel in two halves"),
        pytest.param("\u2126 \u212a \u212b \u037e", "Ω K Å ;", id="the same look, in GSM-7"),
        pytest.param("\u09dc\u09dd\u0958", "\u09dc\u09dd\u0958", id="Bengali and Hindi stay"),
        pytest.param("\ufb2b\ufb49", "\ufb2b\ufb49", id="pointed Hebrew stays"),
        pytest.param("\uf900\ufa19\U0002f800", "\uf900\ufa19\U0002f800", id="ideographs of names"),
        pytest.param("\u2329\u232a\u1f71", "\u2329\u232a\u1f71", id="signs of another look"),
        pytest.param("\u0344", "\u0344", id="a mark that would become two"),
        pytest.param("e\u0301\u09dce\u0301", "é\u09dcé", id="composed around what stays"),
        pytest.param("\u01d6\u0323", "\u01d6\u0323", id="an order that would be longer"),
    ],
)
def test_a_text_is_brought_to_the_form_that_is_sent(text: str, expected: str) -> None:
    assert normalize(text) == expected


def units_of(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


#: Signs that are composed, taken apart, put in order or replaced by NFC, and plain ones.
SIGNS = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"),
    st.sampled_from(
        "ae\u0301\u0323\u0308\u0344\u09bc\u09a1\u09dc\u1112\u1161\u11ab한\uf900\ufb2b\u212bÅ"
    ),
)


@settings(deadline=None, max_examples=500)
@given(text=st.text(SIGNS, max_size=12))
def test_normalizing_adds_nothing_and_changes_no_meaning(text: str) -> None:
    normal = normalize(text)

    assert units_of(normal) <= units_of(text)
    assert unicodedata.normalize("NFC", normal) == unicodedata.normalize("NFC", text)
    assert normalize(normal) == normal


def test_no_sign_is_replaced_by_several_or_by_one_of_another_look() -> None:
    signs = [chr(code) for code in range(0x11_0000) if not 0xD800 <= code < 0xE000 and code]

    changed = {sign: normalize(sign) for sign in signs if normalize(sign) != sign}

    assert changed == {"\r": "\n", "\u037e": ";", "\u2126": "Ω", "\u212a": "K", "\u212b": "Å"}


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        pytest.param("\u09dc" * 70, 1, id="Bengali"),
        pytest.param("\ufb2b" * 70, 1, id="Hebrew"),
        pytest.param("e\u0301" * 160, 1, id="decomposed"),
        pytest.param("\u212b" * 160, 1, id="angstrom signs are GSM-7"),
    ],
)
def test_normalizing_costs_no_segment(text: str, segments: int) -> None:
    assert measure(text).segments == segments


def test_a_text_that_came_is_counted_as_it_is() -> None:
    assert measure_received("e\u0301") == Measurement("UCS-2", 2, 1, 70, "\u0301")
    assert measure_received("a\r\nb").units == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("e\u0301", "é"),
        ("\u09dc", "\u09a1\u09bc"),
        ("\uf900", "\u8c48"),
        ("\u212b", "A\u030a"),
        ("a\r\nb", "a\nb\n"),
        (" a ", "a"),
    ],
)
def test_texts_are_compared_however_they_were_encoded_on_the_way(one: str, other: str) -> None:
    assert comparison_form(one) == comparison_form(other)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" \t\r\n\u00a0\u2003\u3000", id="spaces"),
        pytest.param("\u200b\u200c\u200d\ufeff\u2060", id="zero width"),
        pytest.param("\u200e\u200f\u202a\u202e\u2066\u2069", id="marks of direction"),
        pytest.param("\ufe0e\ufe0f\U000e0100\u180b", id="variation selectors"),
        pytest.param("\U000e0001\U000e0067\U000e007f", id="tags"),
        pytest.param("\u3164\u115f\u1160\uffa0", id="Korean fillers"),
        pytest.param("\u2800\u00ad\u034f\u061c\u180e", id="a blank of Braille and others"),
        pytest.param("\x07\x1b\x85\u2028", id="controls"),
    ],
)
def test_a_text_that_nobody_can_see_is_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank(f"{text}.")


@pytest.mark.parametrize(
    "text", ["a", "0", "。", "😀", "\u0301", "❤\ufe0f", "👩\u200d🚀", "\ufffd"]
)
def test_a_text_that_shows_anything_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_the_alphabet_is_that_of_gsm_03_38() -> None:
    codec = gsm0338.Codec()
    lengths: dict[str, int] = {}
    for character in map(chr, [*range(0xD800), *range(0xE000, 0x10000)]):
        try:
            lengths[character] = len(codec.encode(character)[0])
        except UnicodeEncodeError:
            continue
    lengths.pop("\x1b", None)  # The escape is no character of its own.

    assert dict.fromkeys(BASIC, 1) | dict.fromkeys(EXTENDED, 2) == lengths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", Measurement("GSM-7", 0, 0, 160, ""), id="nothing"),
        pytest.param("a" * 160, Measurement("GSM-7", 160, 1, 160, ""), id="one full"),
        pytest.param("a" * 161, Measurement("GSM-7", 161, 2, 308, ""), id="just two"),
        pytest.param("a" * 308, Measurement("GSM-7", 308, 2, 308, ""), id="two full"),
        pytest.param("a" * 309, Measurement("GSM-7", 309, 3, 462, ""), id="just three"),
        pytest.param("a" * 1000, Measurement("GSM-7", 1000, 7, 1078, ""), id="the longest"),
        pytest.param("€" * 80, Measurement("GSM-7", 160, 1, 160, ""), id="extension counts two"),
        pytest.param("€" * 80 + "a", Measurement("GSM-7", 161, 2, 308, ""), id="one over"),
        pytest.param("^{}\\[~]|€\f", Measurement("GSM-7", 20, 1, 160, ""), id="whole extension"),
        pytest.param("a\r\nb", Measurement("GSM-7", 3, 1, 160, ""), id="CRLF is one"),
        pytest.param("你" * 70, Measurement("UCS-2", 70, 1, 70, "你"), id="one full UCS-2"),
        pytest.param("你" * 71, Measurement("UCS-2", 71, 2, 134, "你"), id="just two UCS-2"),
        pytest.param("你" * 135, Measurement("UCS-2", 135, 3, 201, "你"), id="just three UCS-2"),
        pytest.param("😀" * 35, Measurement("UCS-2", 70, 1, 70, "😀"), id="emoji are two units"),
        pytest.param("😀" * 36, Measurement("UCS-2", 72, 2, 134, "😀"), id="36 emoji"),
        pytest.param("áéíé", Measurement("UCS-2", 4, 1, 70, "áí"), id="what makes it UCS-2"),
        pytest.param("Ça ç", Measurement("UCS-2", 4, 1, 70, "ç"), id="only the capital is GSM-7"),
    ],
)
def test_segments_are_counted_as_billed(text: str, expected: Measurement) -> None:
    assert measure(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", Measurement("GSM-7", 0, 0, 160, ""), id="nothing costs nothing"),
        pytest.param("a" * 153, Measurement("GSM-7", 160, 1, 160, ""), id="153 still fit"),
        pytest.param("a" * 154, Measurement("GSM-7", 161, 2, 308, ""), id="154 are two"),
        pytest.param("a" * 302, Measurement("GSM-7", 309, 3, 462, ""), id="302 are three"),
        pytest.param("你" * 63, Measurement("UCS-2", 70, 1, 70, "你"), id="63 in UCS-2"),
        pytest.param("你" * 64, Measurement("UCS-2", 71, 2, 134, "你"), id="64 in UCS-2"),
    ],
)
def test_malaysia_adds_seven(text: str, expected: Measurement) -> None:
    assert measure(text, calling_code="60") == expected


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=BASIC + EXTENDED + "áç你😀", max_size=400))
def test_a_text_always_fits_its_segments_and_never_one_fewer(text: str) -> None:
    result = measure(text)
    one, many = (160, 154) if result.encoding == "GSM-7" else (70, 67)
    held_by_one_fewer = {0: -1, 1: 0, 2: one}.get(result.segments, (result.segments - 1) * many)

    assert held_by_one_fewer < result.units <= result.room


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("¿Mañana está Íñigo?", "¿Mañana esta Iñigo?", id="Spanish"),
        pytest.param("ça va, où êtes-vous, cœur ?", "ca va, où etes-vous, coeur ?", id="French"),
        pytest.param("Zażółć gęślą jaźń ŁÓDŹ", "Zazolc gesla jazn LODZ", id="Polish"),
        pytest.param("„Grüße“ – GROẞ ‚so‘", "\"Grüße\" - GROSS 'so'", id="German"),
        pytest.param("não, à ação ÇÃO º", "nao, à acao ÇAO o", id="Portuguese"),
        pytest.param("Đường phố Việt", "Duong pho Viet", id="Vietnamese"),
        pytest.param("ığüşöç İ", "igüsöc I", id="Turkish"),
        pytest.param("Þór ðæ", "Thor dæ", id="Icelandic"),
        pytest.param("“it’s”", '"it\'s"', id="curly quotes"),
        pytest.param("a–b—c−d‑e", "a-b-c-d-e", id="dashes"),
        pytest.param("wait…", "wait...", id="ellipsis"),
        pytest.param("10\u00a0000\u202f€\u2003x", "10 000 € x", id="spaces"),
        pytest.param("a\u200bb\u2060c\ufeffd\u00ade", "abcde", id="invisible characters"),
        pytest.param("\ufeffstart", "start", id="byte order mark"),
        pytest.param("a\tb\u2028c", "a b\nc", id="tab and line separator"),
        pytest.param("ﬁne ２４ ™ © №5", "fine 24 (tm) (c) No5", id="compatibility forms"),
        pytest.param("½ 1½ 1\u200b½ m² 10²", "1/2 1 1/2 1 1/2 m2 10^2", id="fractions and powers"),
        pytest.param("m\u0302x", "mx", id="accent without a letter of its own"),
        pytest.param("1\ufe0f\u20e3 go", "1 go", id="digit in a key cap"),
        pytest.param("OK，good！（yes）。", "OK,good!(yes).", id="full-width signs in English"),
        pytest.param("äöüñàèéùìòÇØøÅå€^", "äöüñàèéùìòÇØøÅå€^", id="GSM-7 stays as it is"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_text_is_said_in_plain_characters(text: str, plain: str) -> None:
    assert plain_replacement(text) == plain
    assert measure(plain).encoding == "GSM-7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("你好，世界。", "你好，世界。", id="Chinese keeps its punctuation"),
        pytest.param("Привет, й", "Привет, й", id="Cyrillic"),
        pytest.param("\U0001f468\u200d\U0001f469 \u2764\ufe0f", None, id="joined emoji"),
        pytest.param("می\u200cخواهم", None, id="Persian keeps its joiners"),
        pytest.param("한국 हिन्दी", None, id="scripts with marks"),
        pytest.param("“hi” 😀", '"hi" 😀', id="only what has a plain form changes"),
    ],
)
def test_what_has_no_plain_form_stays_whole(text: str, expected: str | None) -> None:
    assert plain_replacement(text) == (text if expected is None else expected)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60))
def test_replacing_twice_changes_nothing_more(text: str) -> None:
    once = plain_replacement(text)

    assert plain_replacement(once) == once


def test_every_listed_replacement_is_plain() -> None:
    assert measure("".join(rules()["plain"].values())).offending == ""


def test_the_rules_reach_the_browser_as_json() -> None:
    sent = json.loads(json.dumps(rules()))

    assert {name: sent[name] for name in ("limits", "surcharge", "max_characters")} == {
        "limits": {"GSM-7": [160, 154], "UCS-2": [70, 67]},
        "surcharge": {"60": 7},
        "max_characters": MAX_CHARACTERS,
    }
    assert (sent["basic"], sent["extended"]) == (BASIC, EXTENDED)
