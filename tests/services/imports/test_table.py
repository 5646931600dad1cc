"""A file becomes rows of cells, whatever separates them."""

import pytest

from messaging.services.errors import InvalidInput
from messaging.services.imports.table import LONGEST_CELL, MOST_COLUMNS, read_table


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator):
    rows = [["name", "phone"], ["Vidal, Elena", "+34612345678"], ["Wang; Li", "+8613800138000"]]
    text = "\r\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows)

    table = read_table(text.encode(), most_rows=10)

    assert (table.rows, table.lines, table.separator) == (rows, [1, 2, 3], separator)


def test_blank_rows_are_left_out_and_others_keep_their_numbers():
    table = read_table(b"\n\r\nname,phone\n\n,\nElena,34612345678,extra\n", most_rows=10)

    assert table.rows == [["name", "phone", ""], ["Elena", "34612345678", "extra"]]
    assert table.lines == [3, 6]


def test_a_quote_after_a_separator_and_a_blank_is_a_quote():
    table = read_table(b'name, phone\n"Vidal, Elena", "+34612345678"\n', most_rows=10)

    assert table.rows[1] == ["Vidal, Elena", "+34612345678"]


def test_a_cell_may_hold_line_ends_and_separators():
    table = read_table(b'a,b\n"one\ntwo, three","4"\n', most_rows=10)

    assert table.rows[1] == ["one\ntwo, three", "4"]


def test_the_first_line_of_excel_names_the_separator():
    table = read_table(b"sep=|\na,b|c\n", most_rows=10)

    assert (table.rows, table.separator) == ([["a,b", "c"]], "|")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(b"", "empty_file", id="nothing"),
        pytest.param(b"\xef\xbb\xbf\n\n", "empty_file", id="blank lines"),
        pytest.param(b"a\n" * 5, "too_many_rows", id="too many rows"),
        pytest.param(b'a,"' + b"x" * 200_000, "unreadable", id="an open quote"),
        pytest.param(b'a,b\nx,"y\nz,1\n', "unreadable", id="an open quote in a short file"),
        pytest.param(b'a,b\nx,"y""', "unreadable", id="an open quote at the end"),
        pytest.param(b"PK\x03\x04\x14" + b"\0" * 50, "unreadable", id="a workbook"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "unreadable", id="a picture"),
        pytest.param(bytes(range(256)) * 9, "unreadable", id="any other bytes"),
    ],
)
def test_what_is_no_table_is_refused(raw, code):
    with pytest.raises(InvalidInput) as refusal:
        read_table(raw, most_rows=3)

    assert refusal.value.code == code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_other_alphabets_are_text(encoding):
    rows = [["имя", "телефон"], ["Анна", "+79161234567"]]
    text = "\n".join(map(",".join, rows))

    assert read_table(text.encode(encoding), most_rows=10).rows == rows


def test_a_row_and_a_cell_have_limits():
    table = read_table((",".join(["x" * 9000] * 200)).encode(), most_rows=1)

    assert [len(table.rows[0]), len(table.rows[0][0])] == [MOST_COLUMNS, LONGEST_CELL]
