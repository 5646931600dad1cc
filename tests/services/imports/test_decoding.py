"""A file's encoding is found out, and nothing unusable gets into its text."""

import pytest

from messaging.services.imports.decoding import decode, guess_encoding

SPANISH = "name;phone\nJosé Müller;+34 612 34 56 78\nNiño Ñandú;+34 612 34 56 79\n"
CHINESE = "姓名,手机号\n王小明,+86 138 0013 8000\n李“老师”,+86 138 0013 8001\n"


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        pytest.param(SPANISH, "utf-8", "utf-8", id="utf-8"),
        pytest.param(SPANISH, "utf-8-sig", "utf-8", id="utf-8 with a mark"),
        pytest.param(SPANISH, "cp1252", "cp1252", id="windows"),
        pytest.param(SPANISH, "utf-16", "utf-16", id="utf-16 with a mark"),
        pytest.param(SPANISH, "utf-16-le", "utf-16", id="utf-16 without a mark"),
        pytest.param(SPANISH, "utf-16-be", "utf-16", id="utf-16 the other way round"),
        pytest.param(CHINESE, "utf-8", "utf-8", id="chinese in utf-8"),
        pytest.param(CHINESE, "gb18030", "gb18030", id="chinese in gb18030"),
        pytest.param(CHINESE, "utf-16", "utf-16", id="chinese in utf-16"),
        pytest.param("a,b\n1,2\n", "ascii", "utf-8", id="plain"),
    ],
)
def test_an_encoding_is_found_and_read(text, written, found):
    raw = text.encode(written)

    assert guess_encoding(raw) == found
    assert decode(raw, encoding=found) == text


def test_what_no_database_keeps_is_replaced():
    assert decode(b"a\0b\xff", encoding="utf-8") == "a\ufffdb\ufffd"


def test_accents_in_pairs_are_not_chinese():
    assert guess_encoding("Crème brûlée à l’étage, Zoë\n".encode("cp1252")) == "cp1252"
