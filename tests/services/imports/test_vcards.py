"""vCards of every version become rows: name, email, language, organization, note, numbers."""

import pytest

from messaging.services.imports.vcards import HEADINGS, is_vcard, joined_name, vcards_as_rows


def cards(text: str) -> list[list[str]]:
    """The rows without the empty cells at the end."""
    header, *rows = vcards_as_rows(text)
    assert header[: len(HEADINGS)] == list(HEADINGS)
    assert {len(row) for row in rows} <= {len(header)}
    return ["|".join(row).rstrip("|").split("|") for row in rows]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        pytest.param(
            "BEGIN:VCARD\nVERSION:3.0\nN:Vidal;Elena;;;\nFN:Elena Vidal\nORG:Acme;Sales\n"
            "EMAIL;TYPE=INTERNET:e@example.com\nTEL;TYPE=CELL:+34 612 34 56 78\nEND:VCARD\n",
            ["Elena Vidal", "e@example.com", "", "Acme Sales", "", "", "+34 612 34 56 78"],
            id="3.0",
        ),
        pytest.param(
            "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Elena\\, the\\nBoss\r\nLANG;PREF=1:es\r\n"
            'item1.TEL;VALUE=uri;TYPE="voice,home":tel:+34-612-345-678;ext=5\r\n'
            "TITLE:Chief\r\nNOTE:one two\r\n  three\r\nEND:VCARD",
            ["Elena, the\nBoss", "", "es", "", "Chief", "one two three", "+34-612-345-678"],
            id="4.0 folded",
        ),
        pytest.param(
            "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E5=B0=\n"
            "=8F=E6=98=8E;;;\nTEL;CELL:13800138000\nTEL;HOME;FAX:1\nEND:VCARD\n",
            ["王小明", "", "", "", "", "", "13800138000"],
            id="2.1 quoted-printable",
        ),
        pytest.param(
            "begin:vcard\nversion:2.1\nFN;CHARSET=GBK;QUOTED-PRINTABLE:=CD=F5\n"
            "tel:1\ntel:2\ntel:1\nend:vcard\n",
            ["王", "", "", "", "", "", "1", "2"],
            id="another charset, several numbers",
        ),
        pytest.param(
            "BEGIN:VCARD\nFN;ENCODING=b:SmFuZQ==\nTEL:1\nEND:VCARD\n",
            ["Jane", "", "", "", "", "", "1"],
            id="base64",
        ),
        pytest.param(
            "BEGIN:VCARD\nFN;CHARSET=no-such;ENCODING=QUOTED-PRINTABLE:=41\nTEL:1\nEND:VCARD\n",
            ["A", "", "", "", "", "", "1"],
            id="unknown charset",
        ),
        pytest.param(
            "BEGIN:VCARD\nVERSION:2.1\nFN;ENCODING=QUOTED-PRINTABLE:Elena=\r\n Vidal\nTEL:1\n"
            "END:VCARD\n",
            ["Elena Vidal", "", "", "", "", "", "1"],
            id="a blank after a soft end belongs to the text",
        ),
        pytest.param(
            'BEGIN:VCARD\nN;SORT-AS="Halifax":Halifax;Ann\nORG;X-OF="a:b;c":Acme\n'
            "item1.TEL;type=CELL;type=pref:+34 612\n  345 678\n"
            'TEL;VALUE=uri;TYPE="work,voice":TEL:+34-612-345-679;phone-context=x\n'
            'TEL;TYPE="work,fax":3\nEND:VCARD\n',
            ["Ann Halifax", "", "", "Acme", "", "", "+34 612 345 678", "+34-612-345-679"],
            id="signs in quoted parameters, a name with fax in it",
        ),
    ],
)
def test_a_card_is_read(text, row):
    assert is_vcard(text)
    assert cards(text) == [row]


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "undefined", "hex", "unicode_escape", "utf-7"]
)
def test_a_charset_that_is_a_trick_does_no_harm(charset):
    card = (
        f"BEGIN:VCARD\nFN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:A=5Cud800+2AA-=00=FF\n"
        "TEL:1\nEND:VCARD\n"
    )

    [row] = cards(card)

    assert row[0].startswith("A")
    assert "\0" not in row[0]
    assert row[0].encode()


def test_a_text_in_very_many_lines_is_put_together_once():
    lines = "=41=\n" * 200_000

    [row] = cards(f"BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE:{lines}\nTEL:1\nEND:VCARD\n")

    assert row[5] == "A" * 200_000


def test_what_is_not_closed_or_has_no_number_does_no_harm():
    assert cards("BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nnonsense\nEND:VCARD\nBEGIN:VCARD\n") == [
        ["B"]
    ]
    assert not is_vcard("name,phone")


@pytest.mark.parametrize(
    ("given", "family", "name"),
    [("Elena", "Vidal", "Elena Vidal"), ("小明", "王", "王小明"), ("", "Vidal", "Vidal")],
)
def test_a_name_is_put_together_as_its_language_does(given, family, name):
    assert joined_name(given=given, family=family) == name
