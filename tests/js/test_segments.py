"""The browser counts and replaces as the server does: a text costs what its writer was shown."""

import random
import unicodedata

import pytest

from messaging.sms_text import measure, normalize, plain_replacement, rules
from tests.golden import golden_cases

pytestmark = [pytest.mark.browser]
MODULE = "composer/segments.js"
CALLING_CODES = ["", "34", "60"]
COUNT = """(({rules, text, code}) => {
    const count = new module.SegmentCounter(rules);
    const m = count.measure(text, code);
    return [m.encoding, m.units, m.segments, m.room, m.offending.join(''),
            count.plainReplacement(text)];
})"""


def test_browser_counts_as_the_golden_cases_say(answers):
    cases = golden_cases("segments.json")
    given = {
        case["id"]: {"rules": rules(), "text": case["text"], "code": case["calling_code"]}
        for case in cases
    }

    found = answers(MODULE, f"{COUNT}(given)", given)

    names = ["encoding", "units", "segments", "room", "offending", "plain"]
    assert found == {case["id"]: [case[name] for name in names] for case in cases}


def texts_for_counting() -> list[str]:
    """Texts of every kind: alphabets, lengths about the limits, all kinds of characters."""
    chance = random.Random(5)
    alphabets = [
        "abc XYZ 019",
        "áíóúñ¿¡€[]{}~^|\\\n",
        "“”‘’–—…•½²ªº™",
        "谢谢你们，好的。１２",
        "👍🏽👨‍👩‍👧🇪🇸é́",
        "مرحبا שלום",
        "\u200b\u00a0\u2028\t\r\n\f\u0085",
    ]
    texts = [""]
    for _turn in range(700):
        alphabet = "".join(chance.sample(alphabets, chance.randint(1, 3)))
        length = chance.choice(
            [1, 5, 66, 70, 71, 134, 140, 153, 160, 161, 307, 308, 320, 999, 1001]
        )
        texts.append("".join(chance.choice(alphabet) for _each in range(length)))
    block = [chr(code) for code in range(0x20, 0x2FFF) if unicodedata.category(chr(code)) != "Cn"]
    texts += [f"a{character}1{character}" for character in block]
    # What NFC composes, replaces or takes apart, alone and with a mark that changes its order.
    unstable = [
        chr(code)
        for code in range(0x80, 0x3_0000)
        if not 0xD800 <= code < 0xE000
        and unicodedata.normalize("NFD", chr(code)) != chr(code)
        and not 0xAC00 <= code < 0xD7A4
    ]
    texts += [
        f"{form}{mark}e\u0301"
        for character in unstable
        for form in (character, unicodedata.normalize("NFD", character))
        for mark in ("", "\u0323")
    ]
    return [*texts, unicodedata.normalize("NFD", "한국어 각"), "\u1112\u1161\u0301\u11ab"]


def test_browser_counts_and_replaces_as_the_server_does(script_page):
    texts = texts_for_counting()
    answers = script_page.evaluate(
        f"""async ({{texts, codes, rules}}) => {{
            const module = await import('/{MODULE}');
            const count = {COUNT};
            return texts.map((text, index) => [
                ...count({{rules, text, code: codes[index % codes.length]}}),
                module.normalize(text),
            ]);
        }}""",
        {"texts": texts, "codes": CALLING_CODES, "rules": rules()},
    )
    differing = []
    for index, (text, answer) in enumerate(zip(texts, answers, strict=True)):
        size = measure(text, calling_code=CALLING_CODES[index % len(CALLING_CODES)])
        ours = [size.encoding, size.units, size.segments, size.room, size.offending]
        if [*ours, plain_replacement(text), normalize(text)] != answer:
            differing.append((text[:40], ours, plain_replacement(text)[:40], answer))
    assert differing == []
